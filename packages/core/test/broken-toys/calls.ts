import { BrokerAuthError, isBrokerAuthError } from "../../src/errors/broker-auth-error.ts";
import type { BrokerAuthErrorCode } from "../../src/errors/error-codes.ts";
import type { ProviderContext } from "../../src/contract/provider-context.ts";
import { Secret } from "../../src/contract/secret.ts";
import type { FullToy } from "../full-toy.ts";
import { toyOrigin } from "../toy-adapter.ts";
import { addressOf, type BrokenToy, lending } from "./broken-toy.ts";

type Input = string | URL | Request;

/** Adapters that call badly, and those that make the wrong thing of an answer. */
export const brokenCalls: readonly BrokenToy[] = [
  {
    what: "probes by a fetch of its own",
    spoil: (toy, broker) => ({ probe: lending(toy, () => ({ fetch: broker.fetch })).probe! }),
    fails: ["sends through the fetch", "makes the declared calls of everything else", "learns nothing"],
  },
  {
    what: "tells another host of each probe",
    spoil: (toy) => ({
      async probe(session, account, context) {
        const state = await toy.probe!(session, account, context);
        await context.fetch("https://statistics.example/", { redirect: "manual" }).catch(() => undefined);
        return state;
      },
    }),
    fails: ["sends through the fetch", "goes to no address", "makes the declared calls of everything else"],
  },
  {
    what: "puts its user into an address",
    spoil: (toy) =>
      lending(toy, (context, { user }) => ({
        fetch: (input, init) => context.fetch(`${addressOf(input)}?user=${user.reveal()}`, init),
      })),
    fails: ["sends through the fetch", "reads the broker's clock"],
  },
  {
    what: "puts its token into the address of a socket",
    spoil: (toy) => ({
      async socket(session, ...given) {
        const plan = await toy.socket!(session, ...given);
        return { ...plan, url: `${plan.url}?token=${session.tokens.token.reveal()}` };
      },
    }),
    fails: ["sends through the fetch"],
  },
  {
    what: "leaves redirects to the platform",
    spoil: (toy) => fetching(toy, (context, input, init) => context.fetch(input, { ...init, redirect: "follow" })),
    fails: ["follows no redirect"],
  },
  {
    what: "goes where a redirect points",
    spoil: (toy) =>
      fetching(toy, async (context, input, init) => {
        const answer = await context.fetch(input, init);
        const location = answer.headers.get("location");
        return location === null ? answer : context.fetch(location, init);
      }),
    fails: ["follows no redirect"],
  },
  {
    what: "opens a socket wherever an answer says",
    spoil: () => ({
      async socket({ tokens }, _account, _purpose, context) {
        const init = { method: "POST", headers: { "x-token": tokens.token.reveal() }, redirect: "manual" } as const;
        const { url } = (await (await context.fetch(`${toyOrigin}/feed`, init)).json()) as { readonly url: string };
        return { url, headers: {}, frames: [tokens.token], classify: () => "other" };
      },
    }),
    fails: ["goes to no address", "makes no call when"],
  },
  {
    what: "reads every answer to its end",
    spoil: (toy) =>
      fetching(toy, async (context, input, init) => {
        const answer = await context.fetch(input, init);
        return new Response((await answer.text()) || null, answer);
      }),
    fails: ["reads no answer without end"],
  },
  {
    what: "does not know its signal",
    spoil: (toy) => lending(toy, () => ({ signal: undefined })),
    fails: ["makes no call when"],
  },
  {
    what: "looks at its signal only before a call",
    spoil: (toy) =>
      lending(toy, (context) => ({
        signal: undefined,
        async fetch(input, init) {
          if (context.signal?.aborted) throw new BrokerAuthError("aborted", "nothing was sent");
          return context.fetch(input, init);
        },
      })),
    fails: ["makes no call when"],
  },
  {
    what: "takes a lost answer for a broker that is away",
    spoil: (toy) =>
      failing(toy, (error) =>
        error.code === "outcome_unknown" && error.status === undefined ? withCode(error, "broker_unavailable") : error,
      ),
    fails: ["tells failures of the network apart"],
  },
  {
    what: "takes a lost renewal for a broker that is away",
    spoil: (toy) => ({
      renew: async (...given) =>
        toy.renew!(...given).catch((error: unknown) => {
          const isLost = isBrokerAuthError(error) && error.code === "outcome_unknown" && error.status === undefined;
          throw isLost ? withCode(error, "broker_unavailable") : error;
        }),
    }),
    fails: ["tells failures of the network apart"],
  },
  {
    what: "says in its error what the HTTP library said",
    spoil: (toy) =>
      fetching(toy, (context, input, init) =>
        context.fetch(input, init).catch((error: unknown) => {
          if (context.signal?.aborted) throw error;
          const { code } = (error as { readonly cause: { readonly code: string } }).cause;
          throw new BrokerAuthError(code === "ECONNRESET" ? "outcome_unknown" : "broker_unavailable", String(error));
        }),
      ),
    fails: ["tells failures of the network apart"],
  },
  {
    what: "tries again after a refusal",
    spoil: (toy) =>
      fetching(toy, async (context, input, init) => {
        const answer = await context.fetch(input, init);
        return answer.status === 400 ? context.fetch(input, init) : answer;
      }),
    fails: ["sends a factor once", "knows the declared refusals"],
  },
  {
    what: "tries again after a refused renewal",
    spoil: (toy) =>
      fetching(toy, async (context, input, init) => {
        const answer = await context.fetch(input, init);
        return addressOf(input).endsWith("/renew") && answer.status === 409 ? context.fetch(input, init) : answer;
      }),
    fails: ["sends a factor once"],
  },
  {
    what: "tries again after a refusal under HTTP 200",
    spoil: (toy) => hearing(toy, async ({ error, message }, answer, again) => (error && message ? again() : answer)),
    fails: ["knows the declared refusals", "takes no success that bears"],
  },
  {
    what: "does not know a refusal under HTTP 200",
    spoil: (toy) => hearing(toy, ({ error }, answer) => (error ? Response.json({}) : answer)),
    fails: ["knows the declared refusals"],
  },
  {
    what: "takes tokens beside the mark of a refusal",
    spoil: (toy) =>
      hearing(toy, ({ error, ...body }, answer) => (error && body["token"] ? Response.json(body) : answer)),
    fails: ["takes no success that bears"],
  },
  {
    what: "tries again when no answer came",
    spoil: (toy) =>
      fetching(toy, (context, input, init) => context.fetch(input, init).catch(() => context.fetch(input, init))),
    fails: ["makes no call when", "tells failures of the network apart", "sends a factor once"],
  },
  {
    what: "takes a 5xx for an attempt that did not count",
    spoil: (toy) =>
      failing(toy, (error) => ((error.status ?? 0) === 500 ? withCode(error, "broker_unavailable") : error)),
    fails: ["sends a factor once"],
  },
  {
    what: "blames the PIN for a firewall's page",
    spoil: (toy) => failing(toy, (error) => (error.status === 403 ? withCode(error, "pin_rejected") : error)),
    fails: ["blames no factor"],
  },
  {
    what: "keeps to itself how long to wait",
    spoil: (toy) => failing(toy, (error) => (error.retryAfterMs === undefined ? error : withCode(error, error.code))),
    fails: ["blames no factor"],
  },
  {
    what: "takes any 200 for a session",
    spoil: (toy) => ({
      async begin(account, context) {
        try {
          return await toy.begin(account, context);
        } catch (error) {
          const { code, step, status } = error as BrokerAuthError;
          if (code !== "protocol_error" || step !== "pin" || status !== undefined) throw error;
          const [token, issuedAt] = [new Secret("undefined"), context.now()];
          const session = {
            tokens: { token },
            issuedAt,
            expiresAt: toy.latestExpiry(issuedAt),
            deviceId: context.deviceId,
          };
          return { kind: "session", session, renewal: { token, issuedAt } };
        }
      },
    }),
    fails: ["takes no answer that it does not know"],
  },
  {
    what: "goes on without the ticket that it did not get",
    spoil: (toy) =>
      fetching(toy, async (context, input, init) => {
        const answer = await context.fetch(input, init);
        if (!addressOf(input).endsWith("/totp") || !answer.ok) return answer;
        const given = (await answer.json().catch(() => ({}))) as object | null;
        return Response.json({ ticket: "undefined", ...given });
      }),
    fails: ["reads no answer without end", "takes no answer that it does not know"],
  },
  {
    what: "repeats the broker's words",
    spoil: (toy) =>
      quoting(toy, ({ code, message: own, retryAfterMs }, { message }) => {
        return new BrokerAuthError(code, `${own}: ${String(message)}`, { retryAfterMs });
      }),
    fails: ["keeps secrets out of its errors"],
  },
  {
    what: "shows whatever the broker calls a code",
    spoil: (toy) => quoting(toy, (error, { code }) => error.with({ brokerCode: String(code) })),
    fails: ["keeps secrets out of its errors"],
  },
  {
    what: "repeats the broker's words of a refusal under HTTP 200",
    spoil: (toy) =>
      quoting(
        toy,
        (error, { message }) =>
          typeof message === "string" ? new BrokerAuthError(error.code, `${error.message}: ${message}`) : error,
        ({ ok }) => ok,
      ),
    fails: ["knows the declared refusals"],
  },
  {
    what: "shows whatever the broker calls a code under HTTP 200",
    spoil: (toy) =>
      quoting(
        toy,
        (error, { code }) => (typeof code === "string" ? error.with({ brokerCode: code }) : error),
        ({ ok }) => ok,
      ),
    fails: ["knows the declared refusals"],
  },
  {
    what: "says whose PIN was refused",
    spoil: (toy) => ({
      begin: async (account, context) =>
        toy.begin(account, context).catch((error: unknown) => {
          const isPin = isBrokerAuthError(error) && error.code === "pin_rejected";
          throw isPin ? new BrokerAuthError(error.code, `${error.message} for ${account.user.reveal()}`) : error;
        }),
    }),
    fails: ["knows the declared refusals"],
  },
  {
    what: "hangs the request on its error",
    spoil: (toy) =>
      fetching(toy, async (context, input, init) => {
        const answer = await context.fetch(input, init);
        if (answer.status !== 401) return answer;
        throw Object.assign(new BrokerAuthError("permission_denied", "denied"), { request: new Request(input, init) });
      }),
    fails: ["keeps secrets out of its errors"],
  },
  {
    what: "shows the token when a logout fails",
    spoil: (toy) => ({
      async revoke(session, account, context) {
        try {
          await toy.revoke!(session, account, context);
        } catch (error) {
          if (!isBrokerAuthError(error)) throw error;
          throw new BrokerAuthError(error.code, `${error.message} for ${session.tokens.token.reveal()}`);
        }
      },
    }),
    fails: ["keeps secrets out of its errors"],
  },
];

function fetching(
  toy: FullToy,
  send: (context: ProviderContext, input: Input, init?: RequestInit) => Promise<Response>,
): Partial<FullToy> {
  return lending(toy, (context) => ({ fetch: (input, init) => send(context, input, init) }));
}

/** Makes another answer of a JSON object under HTTP 200. */
function hearing(
  toy: FullToy,
  change: (
    body: Readonly<Record<string, unknown>>,
    answer: Response,
    again: () => Promise<Response>,
  ) => Response | Promise<Response>,
): Partial<FullToy> {
  return fetching(toy, async (context, input, init) => {
    const answer = await context.fetch(input, init);
    if (answer.status !== 200) return answer;
    return change(await bodyOf(answer), answer, () => context.fetch(input, init));
  });
}

// Its first piece: of an answer without end, no more is read here.
async function bodyOf(answer: Response): Promise<Readonly<Record<string, unknown>>> {
  const reader = answer.clone().body?.getReader();
  const piece = await reader?.read();
  // Not awaited: it ends together with the other half.
  void reader?.cancel();
  try {
    return (JSON.parse(new TextDecoder().decode(piece?.value)) ?? {}) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

/** Says something else of a failed login. */
function failing(toy: FullToy, say: (error: BrokerAuthError) => BrokerAuthError): Partial<FullToy> {
  const changed = (error: unknown): never => {
    throw isBrokerAuthError(error) ? say(error) : error;
  };
  return {
    begin: async (account, context) => toy.begin(account, context).catch(changed),
    answer: async (pending, answer, account, context) => toy.answer(pending, answer, account, context).catch(changed),
  };
}

/** Makes its errors of what the broker said last. @param hears to which answers it listens */
function quoting(
  toy: FullToy,
  say: (error: BrokerAuthError, body: Readonly<Record<string, unknown>>) => BrokerAuthError,
  hears: (answer: Response) => boolean = ({ ok }) => !ok,
): Partial<FullToy> {
  let body: Readonly<Record<string, unknown>> = {};
  const heard = fetching(toy, async (context, input, init) => {
    const answer = await context.fetch(input, init);
    if (hears(answer)) body = await bodyOf(answer);
    return answer;
  });
  return {
    ...heard,
    ...failing({ ...toy, ...heard }, (error) => (error.status === undefined ? error : say(error, body))),
  };
}

function withCode(error: BrokerAuthError, code: BrokerAuthErrorCode): BrokerAuthError {
  return new BrokerAuthError(code, error.message, { step: error.step, status: error.status });
}
