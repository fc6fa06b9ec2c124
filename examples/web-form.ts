// A login by a texted code over two requests of a web form. The page carries an opaque handle and nothing that could be read or altered.
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { loadConfig } from "@x/config";
import { createBrokerAuth, isBrokerAuthError, type LoginProgress } from "@x/core";
import { localStore } from "@x/stores/local";
import { brokers } from "./brokers.ts";
import { endWithMessage } from "./one-message.ts";

process.once("uncaughtException", endWithMessage);
const configuration = await loadConfig(process.argv[2] ?? "sandbox.yaml", { brokers });
const auth = createBrokerAuth({ ...configuration, store: localStore() });

function page(progress: LoginProgress): string {
  if (progress.kind === "session") return "<p>Logged in.</p>";
  const { handle, refused } = progress;
  return `<form method="post">
  <p>${refused === undefined ? "A code was sent to your phone." : "That code was refused; write it once more."}</p>
  <input type="hidden" name="handle" value="${handle}" />
  <label>Code <input name="code" inputmode="numeric" autocomplete="one-time-code" required /></label>
  <button>Log in</button>
</form>`;
}

const server = createServer(async (request, response) => {
  try {
    const form = new URLSearchParams(request.method === "POST" ? await text(request) : "");
    const handle = form.get("handle");
    const progress =
      handle === null
        ? await auth.beginLogin("sms")
        : await auth.answerLogin("sms", handle, { kind: "otp", value: form.get("code") ?? "" });
    response.setHeader("content-type", "text/html; charset=utf-8").end(page(progress));
  } catch (error) {
    // Messages of this library hold no secret. Whatever else fails is not for the reader of the page.
    response.writeHead(400, { "content-type": "text/plain; charset=utf-8" });
    response.end(isBrokerAuthError(error) ? `${error.message}. ${error.action}` : "Something failed.");
  }
});
server.listen(Number(process.env["PORT"] ?? 8030), "127.0.0.1", () => {
  const address = server.address();
  console.log(`http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : ""}/`);
});
process.once("SIGINT", () => void auth.close().then(() => server.close()));
