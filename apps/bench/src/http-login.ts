import { request } from "node:http";
import { text } from "node:stream/consumers";
import type { Accounts } from "./accounts.ts";
import { type BareLogin, bareLogin } from "./bare-login.ts";

/** On Node's own client, which does not load fetch. */
export function httpLogin(accounts: Accounts): BareLogin {
  return bareLogin(accounts, {
    post: (url, headers, json) =>
      new Promise((resolve, reject) => {
        const body = JSON.stringify(json);
        const length = Buffer.byteLength(body);
        request(url, {
          method: "POST",
          headers: { ...headers, "content-type": "application/json", "content-length": length },
        })
          .on("response", (response) => void text(response).then((answer) => resolve(JSON.parse(answer)), reject))
          .on("error", reject)
          .end(body);
      }),
    code: async () => "123456",
    pick: (answer, name) => (answer as Record<string, string>)[name] ?? "",
  });
}
