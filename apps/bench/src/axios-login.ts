import axios from "axios";
import { createGuardrails, generate } from "otplib";
import type { Accounts } from "./accounts.ts";
import { type BareLogin, bareLogin } from "./bare-login.ts";

export function axiosLogin(accounts: Accounts): BareLogin {
  return bareLogin(accounts, {
    post: async (url, headers, json) => (await axios.post<unknown>(url, json, { headers })).data,
    code: (secret) =>
      generate({
        secret,
        epoch: Math.floor(Date.now() / 1000),
        guardrails: createGuardrails({ MIN_SECRET_BYTES: 10 }),
      }),
    pick: (answer, name) => (answer as Record<string, string>)[name] ?? "",
  });
}
