import { jsonVersion } from "../json-output.ts";
import { tell } from "../terminal.ts";
import { configurationPath, configurationState } from "../configuration-path.ts";
import { agentPlaces, hasSocket } from "./agent-places.ts";

// A login that the agent makes for it may wait for the next TOTP code.
const limitMs = 60_000;
// An agent that runs takes a request up at once; one that was stopped (SIGSTOP) is connected to by the kernel all the same.
const takenUpMs = 1500;
// It says each second that it is at work: one that was stopped meanwhile does not.
const atWorkMs = 5000;

/**
 * What the agent of this user answers, where one runs on the same configuration. Undefined where none does, where it has an error to tell, and, with
 * a line on standard error, where it is silent: whoever asks then does the work itself, with the configuration as it is now.
 */
export async function askRunningAgent(
  verb: "/v1/get" | "/v1/headers",
  input: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const places = agentPlaces();
  if (!hasSocket(places)) return undefined;
  const { socket } = places;
  const configuration = configurationState(configurationPath(undefined));
  if (configuration === undefined) return undefined;
  try {
    const text = await exchange(socket, verb, JSON.stringify({ ...input, configuration }));
    const [head = "", body = ""] = text.split("\r\n\r\n", 2);
    if (!head.startsWith("HTTP/1.1 200 ")) return undefined;
    const answer = JSON.parse(body) as Readonly<Record<string, unknown>>;
    return answer["version"] === jsonVersion ? answer : undefined;
  } catch (error) {
    if (error instanceof Silent) tell(`the agent at ${socket} is silent: done without it`);
    return undefined;
  }
}

/**
 * Nobody has taken the request up, so that it was not sent; or somebody has, and stands still. What that one still does it does under the account's
 * lock, which it has as long as it lives.
 */
class Silent extends Error {}

/**
 * By hand, because node:http takes longer to load than the agent to answer. The body leaves when the agent asks for it (`Expect: 100-continue`): one
 * that is stopped and goes on later has no request, and logs in for nobody.
 */
function exchange(socketPath: string, verb: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // Taken here, because loading it takes a tenth of an empty Node's start, and without an agent nobody needs it.
    const socket = process.getBuiltinModule("node:net").createConnection(socketPath);
    socket.setEncoding("utf8");
    const limit = setTimeout(() => socket.destroy(new Error("silent")), limitMs);
    let silence = setTimeout(() => socket.destroy(new Silent()), takenUpMs);
    let text = "";
    let sent = false;
    socket.on("data", (chunk: string) => {
      clearTimeout(silence);
      silence = setTimeout(() => socket.destroy(new Silent()), atWorkMs);
      text += chunk;
      for (; text.startsWith(goOn); sent = true) {
        text = text.slice(goOn.length);
        // Left open: an HTTP server of Node takes an end for the end of the whole call, and drops what it has not answered by then.
        if (!sent) socket.write(body);
      }
    });
    socket.once("error", reject).once("end", () => resolve(text));
    socket.once("close", () => {
      clearTimeout(silence);
      clearTimeout(limit);
    });
    const length = Buffer.byteLength(body);
    socket.write(
      `POST ${verb} HTTP/1.1\r\nhost: agent\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`,
    );
  });
}

const goOn = "HTTP/1.1 100 Continue\r\n\r\n";
