"""A client of the Python SDK: URL, mode (auto, legacy or a revision), tool, number of calls. Prints what it got as JSON."""

import asyncio
import json
import sys

from mcp import Client

url, mode, tool, count = sys.argv[1:5]


async def main() -> None:
    answers: list[str] = []
    try:
        async with Client(url, mode=mode) as client:
            for _ in range(int(count)):
                result = await client.call_tool(tool, {})
                answers.append(result.content[0].text)
    except BaseException as error:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        print(json.dumps({"answers": answers, "error": str(error)}))
        return
    print(json.dumps({"answers": answers}))


asyncio.run(main())
