import type { TestAccountName } from "@x/test-environment";
import type { ModelFactor, Outcome } from "./model-watch.ts";

/** What happens to the next calls that carry a factor. */
export interface ModelFault {
  readonly kind: "500" | "429" | "page" | "reset" | "unreachable";
  /** The broker has done its part, and the answer is lost. */
  readonly acted: boolean;
  readonly times: number;
}

type JsonFields = Readonly<Record<string, unknown>>;

/** The factors that a call of each broker carries. */
export const factorPaths: Readonly<Record<TestAccountName, Readonly<Record<string, readonly ModelFactor[]>>>> = {
  main: {
    "/totp/login": ["totp"],
    "/verifypin": ["mpin"],
    "/sendphoneotp": ["sms"],
    "/verifyphoneotp": ["otp"],
    "/totp/enable": ["mpin", "totp"],
  },
  hedge: { "/login/1.0/tradeApiLogin": ["totp"], "/login/1.0/tradeApiValidate": ["mpin"] },
};

/** What a program gets in place of the broker's answer. */
export function lost({ kind }: ModelFault): Response {
  switch (kind) {
    case "500":
      return Response.json({ error: "Internal server error" }, { status: 500 });
    case "429":
      return Response.json({ error: "Too many requests" }, { status: 429, headers: { "retry-after": "7" } });
    case "page":
      return new Response("<html>busy</html>", { status: 502, headers: { "content-type": "text/html" } });
    case "reset":
      throw new TypeError("fetch failed", { cause: Object.assign(new Error("reset"), { code: "ECONNRESET" }) });
    case "unreachable": {
      const facts = { code: "ECONNREFUSED", syscall: "connect" };
      throw new TypeError("fetch failed", { cause: Object.assign(new Error("connect ECONNREFUSED"), facts) });
    }
  }
}

export async function jsonOf(answer: Response): Promise<JsonFields> {
  return (await answer.json().catch(() => ({}))) as JsonFields;
}

/** What the broker made of a factor, by its reference. */
export function outcomeOf(account: TestAccountName, status: number, json: JsonFields, factor: ModelFactor): Outcome {
  if (account === "main") {
    if (status < 300) return "accepted";
    const text = JSON.stringify(json);
    // The auth token, the session or the chain of sends had ended: the factor beside it was not looked at.
    if (status === 440 || /expired|unauthorized|generate a secret/i.test(text)) return "free";
    if (status === 429) return "told";
    if (status >= 500) return "unclear";
    if (/locked|maximum attempts/i.test(text)) return "locked";
    // Of two factors in one request the text names the one that is wrong.
    const other = factor === "mpin" ? /totp/i : /mpin/i;
    return other.test(text) ? "free" : "refused";
  }
  const { token } = (json["data"] ?? {}) as { readonly token?: unknown };
  if (status === 200 && token !== undefined) return "accepted";
  // The view session is over: the MPIN was not looked at.
  if (json["stCode"] === 100_022) return "free";
  if (status === 429) return "told";
  if (status >= 500) return "unclear";
  return /lock/i.test(JSON.stringify(json)) ? "locked" : "refused";
}

export function saysDead(account: TestAccountName, path: string, status: number, json: JsonFields): boolean {
  // At Nubra a 440 is a verdict at the probe alone.
  if (account === "main") return path === "/userinfo" && status === 440;
  return json["stCode"] === 100_022;
}
