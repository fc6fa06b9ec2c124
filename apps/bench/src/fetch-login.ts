import type { Accounts } from "./accounts.ts";
import { type BareLogin, bareLogin } from "./bare-login.ts";

/** On fetch alone, with a code that was made beforehand: nothing can do these round trips in less. */
export function fetchLogin(accounts: Accounts): BareLogin {
  return bareLogin(accounts, {
    async post(url, headers, json) {
      const response = await fetch(url, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(json),
      });
      return response.json();
    },
    code: async () => "123456",
    pick: (answer, name) => (answer as Record<string, string>)[name] ?? "",
  });
}
