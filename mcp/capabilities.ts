/** What a client declares that it can do, as far as a server may act on it (specification: basic/lifecycle, "Capability Negotiation"). */
export interface ClientCapabilities {
  sampling?: { tools?: object; context?: object };
  elicitation?: { form?: object; url?: object };
  roots?: { listChanged?: boolean };
}
