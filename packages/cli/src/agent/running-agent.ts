import { createConnection } from "node:net";
import { jsonVersion } from "../json-output.ts";
import { configurationPath, configurationState } from "../configuration-path.ts";
import { agentPlaces, isOwnFolder, statOf } from "./agent-places.ts";

const limitMs = 60_000;

/**
 * What the agent of this user answers, where one runs on the same configuration. Undefined where none does, and where it has an error to tell: whoever
 * asks then does the work itself, with the configuration as it is now.
 */
export async function askRunningAgent(
  verb: "/v1/get" | "/v1/headers",
  input: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { folder, socket } = agentPlaces();
  const stat = statOf(folder);
  if (stat === undefined || !isOwnFolder(stat) || statOf(socket) === undefined) return undefined;
  const configuration = configurationState(configurationPath(undefined));
  if (configuration === undefined) return undefined;
  try {
    const text = await exchange(socket, verb, JSON.stringify({ ...input, configuration }));
    const [head = "", body = ""] = text.split("\r\n\r\n", 2);
    if (!head.startsWith("HTTP/1.1 200 ")) return undefined;
    const answer = JSON.parse(body) as Readonly<Record<string, unknown>>;
    return answer["version"] === jsonVersion ? answer : undefined;
  } catch {
    return undefined;
  }
}

// By hand, because node:http takes longer to load than the agent to answer.
function exchange(socketPath: string, verb: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath);
    socket.setEncoding("utf8").setTimeout(limitMs, () => socket.destroy(new Error("silent")));
    let text = "";
    socket.on("data", (chunk: string) => (text += chunk));
    socket.once("error", reject).once("end", () => resolve(text));
    const length = Buffer.byteLength(body);
    socket.end(
      `POST ${verb} HTTP/1.1\r\nhost: agent\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`,
    );
  });
}
