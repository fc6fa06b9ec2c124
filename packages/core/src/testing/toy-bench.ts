import { fakeClock } from "./fake-clock.ts";
import { type FullToy, fullToy } from "./full-toy.ts";
import type { ProviderBench } from "./provider-kit/bench.ts";
import { testIo } from "./test-io.ts";
import { toyOrigin } from "./toy-adapter.ts";
import { type ToyBroker, toyBroker, toyTotpSecret } from "./toy-broker.ts";

/** What is wrong with an adapter: members in place of the good ones. */
export type Spoil = (toy: FullToy, broker: ToyBroker) => Partial<FullToy>;

/** The provider kit's bench for the full toy, or for one that is spoilt. */
export function toyBench(spoil: Spoil = () => ({})): ProviderBench {
  // Ten seconds into a TOTP step.
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10));
  const broker = toyBroker(clock);
  const toy = fullToy();
  const account = { user: "user-4711", pin: broker.pin, totpSecret: toyTotpSecret };
  return {
    provider: { ...toy, ...spoil(toy, broker) },
    account,
    otherAccount: { ...account, user: "user-4712" },
    markers: Object.values(account),
    origins: [toyOrigin, "wss://feed.toy.example"],
    calls: {
      login: [["totp > POST /totp", "mpin > POST /pin"]],
      byHand: [["sms > POST /sms"], ["otp > POST /otp"], ["mpin > POST /pin"]],
      renew: ["mpin > POST /renew"],
      probe: ["GET /whoami"],
      revoke: ["POST /logout"],
      serverTime: ["GET /time"],
      socket: { feed: ["POST /feed"] },
    },
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
    io: (options) => testIo({ clock, fetch: broker.fetch, ...options }),
    answer: ({ kind }) => (kind === "otp" ? broker.otp : broker.pin),
    endSessions: () => broker.evict(),
    arrived: () => broker.requests.length,
  };
}
