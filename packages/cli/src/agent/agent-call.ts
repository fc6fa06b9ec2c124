import { request } from "node:http";
import { BrokerAuthError } from "@x/core";
import type { AgentPlaces } from "./agent-places.ts";
import { requireOwnFolder } from "./socket-folder.ts";

// It is asked who it is, which it says at once unless it is stopped.
const limitMs = 5000;

/**
 * Asks the agent of this user, which runs.
 * @throws BrokerAuthError `store_unavailable` where it is silent or answers what is no answer; what the agent says of a failure
 */
export async function askAgent(
  places: AgentPlaces,
  method: "GET" | "POST",
  path: string,
  input?: unknown,
): Promise<Readonly<Record<string, unknown>>> {
  requireOwnFolder(places);
  const text = await new Promise<string>((resolve, reject) => {
    const asked = request(
      { socketPath: places.socket, method, path, signal: AbortSignal.timeout(limitMs) },
      (answer) => {
        answer.setEncoding("utf8");
        let body = "";
        answer.on("data", (chunk: string) => {
          body += chunk;
          if (body.length > 1_048_576) answer.destroy(new Error("too long"));
        });
        answer.once("end", () => resolve(body));
        answer.once("error", reject);
      },
    );
    asked.once("error", reject);
    asked.end(input === undefined ? "" : JSON.stringify(input));
  }).catch((cause: unknown) => {
    throw new BrokerAuthError("store_unavailable", `an agent runs already and does not answer at ${places.socket}`, {
      cause,
      action: "It is starting, or it was stopped: look for the process broker-auth agent.",
    });
  });
  try {
    const answer = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (typeof answer === "object" && answer["version"] === 1) return answer;
  } catch {
    // What is no JSON is told below.
  }
  throw new BrokerAuthError("store_unavailable", `what answers at ${places.socket} is no agent of this version`, {
    action: "End it, and start broker-auth agent again.",
  });
}
