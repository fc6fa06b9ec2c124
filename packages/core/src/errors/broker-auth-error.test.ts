import { spawnSync } from "node:child_process";
import { inspect } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { BrokerAuthError, isBrokerAuthError } from "./broker-auth-error.ts";
import { type BrokerAuthErrorCode, errorCodes } from "./error-codes.ts";
import { Secret } from "../contract/secret.ts";

const canary = "canary-77aa-token";

const everyFact = {
  broker: "nubra",
  account: "main",
  step: "verifypin",
  status: 400,
  brokerCode: "ERR_PIN-1.2",
  attemptsLeft: 2,
  retryAfterMs: 1_500,
  field: "accounts.main.mpin",
  challenge: "mpin",
  action: "Correct the MPIN.",
};

/** Everything that any usual way of printing shows of an error and of what hangs on it. */
function printed(error: Error): string {
  const parts = [String(error), error.stack, JSON.stringify(error), JSON.stringify(Object.entries(error))];
  for (const customInspect of [true, false])
    parts.push(inspect({ error }, { depth: Infinity, customInspect, showHidden: true }));
  for (let layer: unknown = error; layer instanceof Error; layer = layer.cause) {
    parts.push(layer.message, layer.name, layer.stack, JSON.stringify(Object.getOwnPropertyDescriptors(layer)));
  }
  return parts.join("\n");
}

/** What an HTTP library throws: the request with its headers and body, and the address in the message. */
function libraryError(): Error {
  const request = {
    url: `https://api.example/login?token=${canary}`,
    headers: new Headers({ authorization: canary }),
    body: `{"mpin":"${canary}"}`,
  };
  const socket = Object.assign(new Error(`read ECONNRESET ${canary}`), { code: "ECONNRESET", request });
  const fetchFailed = Object.assign(new TypeError(`fetch failed for ${request.url}`, { cause: socket }), { request });
  fetchFailed.stack = `TypeError: ${canary}\n    at ${canary}`;
  return fetchFailed;
}

describe("an error", () => {
  it("carries its code, its facts, and the code's own next step", () => {
    const { action, ...facts } = everyFact;
    const error = new BrokerAuthError("pin_rejected", "verifypin: the broker refused the MPIN", facts);
    expect(error).toMatchObject({ code: "pin_rejected", ...facts, action: errorCodes.pin_rejected.action });
    expect(new BrokerAuthError("pin_rejected", "refused", { action }).action).toBe(action);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe("BrokerAuthError");
    expect(error.stack).toMatch(/^BrokerAuthError: verifypin: the broker refused the MPIN\n\s+at /);
  });

  it.each(Object.keys(errorCodes) as BrokerAuthErrorCode[])(
    "takes retry advice and next step of %s from the table",
    (code) => {
      const error = new BrokerAuthError(code, "m");
      expect([error.retry, error.action]).toEqual([errorCodes[code].retry, errorCodes[code].action]);
    },
  );

  it.each([-1, 2.5, 11, 4821, 1e306, Number.NaN, Number.POSITIVE_INFINITY, "3", null])(
    "takes %s for no number of attempts: it may be an echo",
    (attemptsLeft) => {
      const error = new BrokerAuthError("otp_rejected", "refused", { attemptsLeft: attemptsLeft as number });
      expect(error.attemptsLeft).toBeUndefined();
      expect(error.toJSON()).not.toHaveProperty("attemptsLeft");
      expect(error.with({ attemptsLeft: 10 }).attemptsLeft).toBe(10);
    },
  );

  it("shows in JSON exactly the facts that are known", () => {
    const error = new BrokerAuthError("rate_limited", "slow down", everyFact);
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: "BrokerAuthError",
      message: "slow down",
      code: "rate_limited",
      ...everyFact,
    });
    expect(JSON.parse(JSON.stringify(new BrokerAuthError("aborted", "ended")))).toEqual({
      name: "BrokerAuthError",
      message: "ended",
      code: "aborted",
      action: errorCodes.aborted.action,
    });
  });

  it("shows in inspect its stack and the known facts, and nothing that was put on it later", () => {
    const error = Object.assign(new BrokerAuthError("rate_limited", "slow down", everyFact), { request: canary });
    const text = inspect(error);
    for (const [name, value] of Object.entries(everyFact)) expect(text).toContain(`${name}: ${value}`);
    expect(text).toContain("code: rate_limited");
    expect(text).toContain("broker-auth-error.test.ts");
    expect(text).not.toContain(canary);
    expect(JSON.stringify(error)).not.toContain(canary);
    expect(inspect(new BrokerAuthError("aborted", "ended"))).not.toContain("undefined");
  });
});

it("an error that nobody catches is printed without a line for a fact that is not known", () => {
  const module = JSON.stringify(new URL("broker-auth-error.ts", import.meta.url).href);
  const program = `import { BrokerAuthError } from ${module}; throw new BrokerAuthError("configuration", "wrong", { field: "store" });`;
  const flags = ["--disable-warning=ExperimentalWarning", "--experimental-strip-types", "--input-type=module"];
  const { status, stderr } = spawnSync(process.execPath, [...flags, "-e", program], { encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toContain("field: 'store'");
  expect(stderr).not.toContain("undefined");
});

describe("the broker's own code", () => {
  it.each([
    ["text", "AUTH_5.1-x", "AUTH_5.1-x"],
    ["a number", 100008, "100008"],
    ["zero", 0, "0"],
    ["32 characters", "a".repeat(32), "a".repeat(32)],
    ["33 characters", "a".repeat(33), undefined],
    ["nothing", "", undefined],
    ["a sentence", "Invalid MPIN for 9876543210", undefined],
    ["an address", `https://x/?t=${canary}`, undefined],
    ["a line break at its end", "E1\n", undefined],
    ["markup", "<b>1</b>", undefined],
    ["an object", { code: canary } as never, undefined],
    ["null", null as never, undefined],
    ["true", true as never, undefined],
  ])("is kept or dropped by its form: %s", (_, brokerCode, kept) => {
    expect(new BrokerAuthError("protocol_error", "m", { brokerCode }).brokerCode).toBe(kept);
  });
});

describe("the cause", () => {
  it("is rebuilt from name and system code, so that no printing shows the request", () => {
    const error = new BrokerAuthError("outcome_unknown", "no answer", { cause: libraryError() });
    expect(error.cause).toMatchObject({ name: "TypeError", message: "TypeError (ECONNRESET)" });
    expect((error.cause as Error).cause).toBeUndefined();
    expect((error.cause as Error).stack).toBeUndefined();
    expect(Object.keys(error.cause as Error)).toEqual(["name"]);
    expect(printed(error)).not.toContain(canary);
  });

  it.each<[string, unknown, string]>([
    ["an error with a code of its own", Object.assign(new Error(canary), { code: "ENOENT" }), "Error (ENOENT)"],
    ["an error with a code that is a sentence", Object.assign(new Error(canary), { code: `no ${canary}!` }), "Error"],
    ["an error whose name is a sentence", Object.assign(new Error(canary), { name: `failed: ${canary}` }), "Error"],
    ["a DOM exception", new DOMException(canary, "TimeoutError"), "TimeoutError (23)"],
    ["a text", canary, "Error"],
    ["null", null, "Error"],
    ["a number", 5, "Error"],
    ["a secret", new Secret(canary), "Error"],
    ["an object", { message: canary, request: { headers: canary } }, "Error"],
  ])("is reduced for %s", (_, cause, message) => {
    const error = new BrokerAuthError("broker_unavailable", "no answer", { cause });
    expect((error.cause as Error).message).toBe(message);
    expect(printed(error)).not.toContain(canary);
  });

  it.each(["ECONNREFUSED", "UND_ERR_CONNECT_TIMEOUT", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"])(
    "shows the system's code however many libraries wrapped it: %s",
    (code) => {
      let cause: Error = Object.assign(new Error(canary), { code });
      for (const name of ["TypeError", "NetworkError"])
        cause = Object.assign(new Error(canary, { cause }), { name, request: { body: canary } });
      const error = new BrokerAuthError("broker_unavailable", "m", { cause });
      expect((error.cause as Error).message).toBe(`NetworkError (${code})`);
      expect(printed(error)).not.toContain(canary);
    },
  );

  it("has no end where errors cause each other in a circle, and is reduced all the same", () => {
    const [one, two] = [new Error(canary), new Error(canary)];
    one.cause = two;
    two.cause = one;
    const error = new BrokerAuthError("broker_unavailable", "m", { cause: one });
    expect((error.cause as Error).message).toBe("Error");
  });

  it("stays whole where it is an error of this library", () => {
    const cause = new BrokerAuthError("store_busy", "waited", { account: "main" });
    expect(new BrokerAuthError("session_expired", "over", { cause }).cause).toBe(cause);
  });

  it("is absent where none was given", () => {
    expect(Object.hasOwn(new BrokerAuthError("aborted", "ended"), "cause")).toBe(false);
  });
});

describe("adding facts", () => {
  it("keeps code, message, stack, cause and the facts known before", () => {
    const before = new BrokerAuthError("outcome_unknown", "no answer", { ...everyFact, cause: libraryError() });
    const after = before.with({ account: "hedge", status: 504 });
    expect(after).not.toBe(before);
    expect(after).toMatchObject({
      ...everyFact,
      account: "hedge",
      status: 504,
      code: "outcome_unknown",
      message: "no answer",
    });
    expect(after.stack).toBe(before.stack);
    expect(after.cause).toMatchObject({ name: "TypeError" });
    expect(before.account).toBe("main");
    expect(printed(after)).not.toContain(canary);
  });

  it("keeps the system's code of the cause, however often facts are added", () => {
    const before = new BrokerAuthError("broker_unavailable", "m", { cause: libraryError() });
    const after = before.with({ account: "main" }).with({ broker: "nubra" });
    expect((after.cause as Error).message).toBe("TypeError (ECONNRESET)");
    expect(printed(after)).not.toContain(canary);
  });

  it("does not forget a fact where undefined is given", () => {
    const before = new BrokerAuthError("rate_limited", "m", everyFact);
    const nothing = Object.fromEntries(Object.keys(everyFact).map((name) => [name, undefined]));
    expect(before.with({ ...nothing, cause: undefined }).toJSON()).toEqual(before.toJSON());
  });

  it("replaces the cause where a new one is given, and reduces it too", () => {
    const after = new BrokerAuthError("aborted", "ended", { cause: new RangeError("a") }).with({
      cause: libraryError(),
    });
    expect((after.cause as Error).message).toBe("TypeError (ECONNRESET)");
    expect(printed(after)).not.toContain(canary);
  });
});

describe("recognising an error", () => {
  it("works for one from another copy of the package", async () => {
    vi.resetModules();
    const other = await import("./broker-auth-error.ts");
    const foreign = new other.BrokerAuthError("login_blocked", "m");
    expect(foreign).not.toBeInstanceOf(BrokerAuthError);
    expect(isBrokerAuthError(foreign)).toBe(true);
    expect(new BrokerAuthError("aborted", "m", { cause: foreign }).cause).toBe(foreign);
  });

  it.each([
    ["another error", new Error("login_blocked")],
    [
      "an error with the same name and code",
      Object.assign(new Error("m"), { name: "BrokerAuthError", code: "login_blocked" }),
    ],
    ["its JSON", JSON.parse(JSON.stringify(new BrokerAuthError("login_blocked", "m")))],
    ["null", null],
    ["a text", "BrokerAuthError"],
  ])("does not take %s for one", (_, value) => {
    expect(isBrokerAuthError(value)).toBe(false);
  });
});
