import { Secret } from "../src/contract/secret.ts";
import { fakeClock } from "../src/testing/fake-clock.ts";
import { type FullToy, fullToy } from "./full-toy.ts";
import type { ProviderTestEnvironment } from "../src/testing/provider-kit/test-environment.ts";
import { testContext } from "../src/testing/test-context.ts";
import { toyOrigin } from "./toy-adapter.ts";
import { type ToyBroker, toyBroker, toyTotpSecret } from "./toy-broker.ts";

/** What another toy declares in its own way. */
type DeclaredOfToy = Partial<Pick<ProviderTestEnvironment, "calls" | "refusals" | "endsAt" | "tokenInAddress">>;

/** What the full toy calls. */
const toyCallLists: ProviderTestEnvironment["calls"] = {
  login: [["totp > POST /totp", "mpin > POST /pin"]],
  byHand: [["sms > POST /sms"], ["otp > POST /otp"], ["mpin > POST /pin"]],
  renew: ["mpin > POST /renew"],
  probe: ["GET /whoami"],
  revoke: ["POST /logout"],
  serverTime: ["GET /time"],
  socket: { feed: ["POST /feed"] },
};

// By status, and one under 200 as many brokers give it.
const wrongPin = { status: 400, json: { error: "pin" }, code: "pin_rejected" } as const;
export const toyRefusals: ProviderTestEnvironment["refusals"] = {
  login: [
    { call: "POST /totp", status: 400, json: { error: "totp" }, code: "totp_rejected" },
    { call: "POST /otp", status: 400, json: { error: "otp", left: 3 }, code: "otp_rejected" },
    { call: "POST /pin", ...wrongPin },
    {
      call: "POST /pin",
      status: 200,
      json: { error: "pin", code: "P-17", message: "that is not your PIN" },
      code: "pin_rejected",
    },
  ],
  renew: [
    { call: "POST /renew", ...wrongPin },
    { call: "POST /renew", status: 440, json: {}, code: "session_expired" },
  ],
};

/** What is wrong with an adapter: members in place of the good ones. */
export type Spoil = (toy: FullToy, broker: ToyBroker) => Partial<FullToy>;

/** The full toy with a renewal that shows its token and nothing else. */
export const renewsByTokenAlone: Spoil = (toy) => ({
  renew: (renewal, account, context) =>
    toy.renew!(
      renewal,
      // Whatever it is: this broker does not look at it.
      { ...account, pin: new Secret("0000") },
      Object.create(context, {
        recordAttempt: { value: async () => undefined },
        fetch: { value: (_input: string, init: RequestInit) => context.fetch(`${toyOrigin}/token`, init) },
      }) as typeof context,
    ),
});

export const renewsByTokenEnvironment: DeclaredOfToy = {
  calls: { ...toyCallLists, renew: ["POST /token"] },
  refusals: { ...toyRefusals, renew: [{ call: "POST /token", status: 440, json: {}, code: "session_expired" }] },
};

/** The provider kit's test environment of the full toy, or for one that is spoilt. @param declared goes over what the test environment says of the toy */
export function toyEnvironment(spoil: Spoil = () => ({}), declared: DeclaredOfToy = {}): ProviderTestEnvironment {
  // Ten seconds into a TOTP step.
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10));
  const broker = toyBroker(clock);
  broker.rotatesRenewals = true;
  const toy = fullToy();
  const account = { user: "user-4711", pin: broker.pin, totpSecret: toyTotpSecret };
  return {
    provider: { ...toy, ...spoil(toy, broker) },
    account,
    otherAccount: { ...account, user: "user-4712" },
    markers: Object.values(account),
    origins: [toyOrigin, "wss://feed.toy.example"],
    calls: toyCallLists,
    refusals: toyRefusals,
    verdicts: {
      dead: [{ path: "/whoami", status: 440, json: {} }],
      living: [
        { path: "/report", status: 440, json: {} },
        { path: "/order", status: 403, json: {}, code: "permission_denied" },
        { path: "/order", status: 401, json: {} },
        { path: "/order", status: 429, code: "rate_limited" },
      ],
    },
    endsAt: (issuedAt) => issuedAt + broker.lifetimeMs,
    context: (options) => testContext({ clock, fetch: broker.fetch, ...options }),
    answer: ({ kind }) => (kind === "otp" ? broker.otp : broker.pin),
    endSessions: () => broker.evict(),
    arrived: () => broker.requests.length,
    ...declared,
  };
}
