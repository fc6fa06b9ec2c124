// For programs beside a running `broker-auth agent`: sessions, requests and events of the agent's accounts, without credentials or a store.
export {
  agentClient,
  type AgentClient,
  type AgentClientOptions,
  type AgentEvent,
  type AgentSession,
  type AgentSessionOptions,
} from "./agent/client.ts";
export type { AgentRequestInit } from "./agent/carried-request.ts";
