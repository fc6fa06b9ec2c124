import { BrokerAuthError } from "../src/errors/broker-auth-error.ts";
import { type BrokerAnswer, callBroker } from "../src/adapter-kit/broker-call.ts";
import type { ProviderContext } from "../src/contract/provider-context.ts";
import { trustedUrl } from "../src/adapter-kit/origin-policy.ts";
import type { BrokerAuthProvider } from "../src/contract/provider.ts";
import { Secret } from "../src/contract/secret.ts";
import type { Session } from "../src/contract/session.ts";
import { takeTotpCode } from "../src/adapter-kit/totp.ts";
import { toy, type ToyAccount, toyCalls, type ToyCredentials, toyOrigin, type ToyTokens } from "./toy-adapter.ts";

export type FullToy = BrokerAuthProvider<"toy", ToyAccount, ToyCredentials, ToyTokens>;

/** The toy adapter with what a broker may have beside it: logout, a socket, TOTP enrolment. It keeps every rule of the kit. */
export function fullToy(): FullToy {
  return {
    ...toy(),
    async revoke(session, _account, context) {
      const answered = await call("logout", {}, session, context);
      if (answered.ok && answered.body === "json") return;
      if (answered.status !== 440) throw refused("logout", answered);
    },
    async socket(session, _account, purpose, context) {
      if (purpose !== "feed")
        throw new BrokerAuthError("configuration", "purpose: there is only the feed", { field: "purpose" });
      const answered = await call("feed", {}, session, context);
      const { url: given } = (answered.json ?? {}) as { readonly url?: unknown };
      const url = trustedUrl(String(given), toyCalls.policy);
      if (!answered.ok || url === undefined) throw refused("feed", answered);
      return { url: url.href, headers: {}, frames: [session.tokens.token], classify: () => "other" };
    },
    enrolment: {
      async generate(session, _account, context) {
        const answered = await call("generate", {}, session, context);
        const { secret } = (answered.json ?? {}) as { readonly secret?: unknown };
        if (!answered.ok || typeof secret !== "string") throw refused("generate", answered);
        return { secret: new Secret(secret) };
      },
      async enable(secret, session, { pin }, context) {
        await context.recordAttempt({ factor: "mpin", step: "enable" });
        const code = new Secret(await takeTotpCode(secret, "enable", context));
        const answered = await call("enable", { ...(pin && { pin }), code }, session, context);
        if (!answered.ok) throw refused("enable", answered);
      },
      async disable(session, { pin }, context) {
        await context.recordAttempt({ factor: "mpin", step: "disable" });
        const answered = await call("disable", { ...(pin && { pin }) }, session, context);
        if (!answered.ok) throw refused("disable", answered);
      },
    },
  };
}

function call(
  step: string,
  json: Readonly<Record<string, Secret>>,
  { tokens }: Session<ToyTokens>,
  context: ProviderContext,
): Promise<BrokerAnswer> {
  const headers = { "x-token": tokens.token };
  const carriesFactor = "pin" in json;
  return callBroker(
    { step, method: "POST", origin: toyOrigin, path: `/${step}`, headers, json, carriesFactor },
    toyCalls,
    context,
  );
}

function refused(step: string, { status }: BrokerAnswer): BrokerAuthError {
  const code = status >= 500 ? "broker_unavailable" : "protocol_error";
  return new BrokerAuthError(code, `${step}: it was not confirmed`, { broker: "toy", step, status });
}
