import { isJsonObject } from "../json.ts";
import type { ReceivedRequest } from "../listener.ts";
import type { Reply } from "../reply.ts";
import { type Account, resetAccessToken } from "./account-state.ts";
import { type KotakNeoWorld, type Visit, refused } from "./kotak-neo-world.ts";
import { deviationsOf } from "./deviations.ts";
import { afterwards, interruptionOf } from "./faults.ts";
import { type Route, absentStep, routesAt } from "./routes.ts";

/** One request from its arrival to its answer: what stands in front of the broker, the broker, what happens to the answer. */
export function dispatch(world: KotakNeoWorld, routes: readonly Route[], request: ReceivedRequest): Reply {
  const here = routesAt(routes, request.path);
  const route = here.find(({ method }) => method === request.method);
  const visit = openVisit(world, request, (route ?? here[0])?.step ?? absentStep(request.path) ?? "");

  if (visit.account !== undefined && visit.take("token-reset") !== undefined)
    resetAccessToken(visit.account, world.now());
  const interruption = interruptionOf(world, visit);
  if (interruption?.acted === false) {
    request.entry.tell({ outcome: `fault: ${interruption.name}` });
    return interruption.reply;
  }
  if (route === undefined) {
    const allow = here.map(({ method }) => method).join(", ");
    return here.length > 0
      ? refused(visit, "wrong-method", { status: 405, headers: { allow } })
      : refused(visit, "not-found", { status: 404 });
  }
  const deviations = deviationsOf(visit);
  for (const text of deviations) request.entry.note(text);
  if (world.lint && deviations.length > 0) {
    return refused(visit, "lint", {
      status: 400,
      body: { error: [{ code: "400", message: `lint: ${deviations.join("; ")}` }] },
    });
  }

  const reply = route.answer(world, visit);
  if (interruption !== undefined) {
    request.entry.note(`fault: ${interruption.name}`);
    return interruption.reply;
  }
  const accepted = request.entry.current.outcome === "accepted";
  if (visit.step === "validate" && accepted && visit.take("reset-after-validate") !== undefined) {
    request.entry.note("fault: reset-after-validate");
    return { ...reply, fault: { kind: "reset" } };
  }
  return afterwards(world, visit, reply);
}

export function openVisit(world: KotakNeoWorld, request: ReceivedRequest, step: string): Visit {
  const account = trace(world.accounts, request);
  const name = account?.customer.name;
  request.entry.tell({ account: name, ...(step === "" ? {} : { step }) });
  return { request, step, account, take: (scenario) => world.scenarios.take(name, scenario, step) };
}

/** Whose call it seems to be, by whatever it carries; nothing is decided by it but the journal and the scenarios. */
function trace(accounts: readonly Account[], request: ReceivedRequest): Account | undefined {
  const { authorization = "", auth = "", sid = "" } = request.headers;
  const accessToken = authorization.replace(/^Bearer\s+/i, "");
  const body = isJsonObject(request.json) ? request.json : {};
  const { ucc, mobileNumber } = body;
  return (
    accounts.find(({ state }) => state.accessToken === accessToken) ??
    accounts.find(({ state }) => [...state.sessions, ...state.viewPairs].some((one) => one.token === auth)) ??
    accounts.find(({ state }) => [...state.sessions, ...state.viewPairs].some((one) => one.sid === sid)) ??
    accounts.find(({ state }) => state.formerAccessTokens.includes(accessToken)) ??
    accounts.find(({ customer }) => customer.ucc === ucc) ??
    accounts.find(({ customer }) => customer.mobileNumber === mobileNumber)
  );
}
