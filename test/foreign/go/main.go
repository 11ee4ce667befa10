// A client of the Go SDK: URL, revision or "auto", tool, number of calls. Prints what it got as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type outcome struct {
	Answers []string `json:"answers"`
	Error   string   `json:"error,omitempty"`
}

func run(url, mode, tool string, count int) outcome {
	out := outcome{Answers: []string{}}
	client := mcp.NewClient(&mcp.Implementation{Name: "foreign-go", Version: "1.0.0"}, nil)
	options := &mcp.ClientSessionOptions{}
	if mode != "auto" {
		options.ProtocolVersion = mode
	}
	ctx := context.Background()
	session, err := client.Connect(ctx, &mcp.StreamableClientTransport{Endpoint: url}, options)
	if err != nil {
		out.Error = err.Error()
		return out
	}
	defer session.Close()
	for range count {
		result, err := session.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: map[string]any{}})
		if err != nil {
			out.Error = err.Error()
			return out
		}
		if text, ok := result.Content[0].(*mcp.TextContent); ok {
			out.Answers = append(out.Answers, text.Text)
		}
	}
	return out
}

func main() {
	count, _ := strconv.Atoi(os.Args[4])
	text, _ := json.Marshal(run(os.Args[1], os.Args[2], os.Args[3], count))
	fmt.Println(string(text))
}
