import ky from "ky";
import { createGuardrails, generate } from "otplib";
import { object, parse, string } from "zod/mini";
import type { Accounts } from "./accounts.ts";
import { type BareLogin, bareLogin } from "./bare-login.ts";

/** On the libraries that this one is made of. */
export function kyLogin(accounts: Accounts): BareLogin {
  return bareLogin(accounts, {
    post: (url, headers, json) => ky.post(url, { headers, json, retry: 0 }).json(),
    code: (secret) =>
      generate({
        secret,
        epoch: Math.floor(Date.now() / 1000),
        guardrails: createGuardrails({ MIN_SECRET_BYTES: 10 }),
      }),
    pick: (answer, name) => parse(object({ [name]: string() }), answer)[name] ?? "",
  });
}
