import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { compared, isRefusal, type RecordedAnswer, recordedAnswer } from "../answer-record.ts";
import { Trial } from "../testing/trial.ts";
import { wireContract } from "../wire-contract.ts";

interface Written {
  readonly answers: readonly RecordedAnswer[];
  readonly comparison: { readonly new: readonly string[]; readonly gone: readonly string[] };
}

async function recorded(trial: Trial, ...args: string[]) {
  const path = join(trial.home, "record.json");
  const { code, err } = await trial.run(["login", ...args, "--record", path]);
  const text = readFileSync(path, "utf8");
  return { code, err, text, ...(JSON.parse(text) as Written) };
}

/** A login with one answer of a person, who sees what the command tells. */
async function answered(trial: Trial, account: string, person: (seen: string) => Promise<string | undefined>) {
  const path = join(trial.home, `record-${account}.json`);
  const child = trial.start(["login", account, "--stdin", "--record", path]);
  let seen = "";
  child.stderr?.on("data", (chunk) => (seen += String(chunk)));
  const answer = await vi.waitFor(
    async () => {
      const found = await person(seen);
      if (found === undefined) throw new Error(`nothing to answer yet: ${seen}`);
      return found;
    },
    { timeout: 60_000 },
  );
  child.stdin?.end(`${answer}\n`);
  await once(child, "close");
  return (JSON.parse(readFileSync(path, "utf8")) as Written).answers;
}

/** The one call of a login that is made only after a session has ended: its answer, by the sandbox's other customer. */
async function renewalAtAngelOne({ sandbox: { angelOne } }: Trial) {
  const { clientCode, pin, apiKey } = angelOne.accountInput("spare");
  const headers = { "content-type": "application/json", "x-privatekey": apiKey };
  const send = async (path: string, body: unknown, further = {}) => {
    const init = { method: "POST", headers: { ...headers, ...further }, body: JSON.stringify(body) };
    const found = await fetch(`${angelOne.url}${path}`, init);
    return { status: found.status, contentType: found.headers.get("content-type"), text: await found.text() };
  };
  const login = { clientcode: clientCode, password: pin, totp: angelOne.totpCode("spare") };
  const { text } = await send("/rest/auth/angelbroking/user/v1/loginByPassword", login);
  const { jwtToken, refreshToken } = (JSON.parse(text) as { data: Record<"jwtToken" | "refreshToken", string> }).data;
  const path = "/rest/auth/angelbroking/jwt/v1/generateTokens";
  const renewal = await send(path, { refreshToken }, { authorization: `Bearer ${jwtToken}` });
  return recordedAnswer("angel-one", { method: "POST", path }, renewal);
}

const canary = "c4n4ryTOKENvalue77";

const percent = (value: string): string => value.replaceAll(/./g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);

/** Of the first call of a broker's login. */
const pathOf = (broker: string): string => Object.keys(wireContract[broker] ?? {})[0]?.replace("POST ", "") ?? "";

/** What the contract says of an answer to that call, of status 200. */
function difference(broker: string, body: unknown) {
  const found = { status: 200, contentType: null, text: JSON.stringify(body) };
  return compared([recordedAnswer(broker, { method: "POST", path: pathOf(broker) }, found)], wireContract);
}

const answer = (text: string, status = 200, path = "/verifypin") =>
  recordedAnswer("nubra", { method: "POST", path }, { status, contentType: "application/json", text });

describe("login --record", { timeout: 240_000 }, () => {
  it("the contract that records are compared with is what the sandboxes answer", async () => {
    const trial = await Trial.start();
    trial.write({
      accounts: {
        main: trial.account("main"),
        hedge: trial.account("hedge"),
        sms: trial.account("sms"),
        kite: trial.redirectAccount(),
        angel: trial.angelAccount(),
      },
    });
    const { code, err, answers } = await recorded(trial, "main", "hedge", "angel");
    const bySms = await answered(trial, "sms", async () => trial.sandbox.nubra.inbox("sms").at(-1)?.code);
    const byPage = await answered(trial, "kite", async (seen) => {
      const [url] = /http:\S+/.exec(seen) ?? [];
      return url === undefined ? undefined : trial.logInAtPage(url);
    });
    const found: Record<string, Record<string, RecordedAnswer["fields"]>> = {};
    const renewed = await renewalAtAngelOne(trial);
    for (const one of [...answers, ...bySms, ...byPage, renewed])
      if (!isRefusal(one)) (found[one.broker] ??= {})[one.call] = one.fields;
    expect(wireContract).toStrictEqual(found);
    expect([code, err]).toEqual([0, expect.stringMatching(/ answers in .*record\.json, as the wire contract says\n$/)]);
  });

  it("holds no secret, no token and no identity of the accounts, also where the login fails and the broker repeats what it got", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [], hedge: [] });
    const { text } = await recorded(trial);
    const headers = await Promise.all(["main", "hedge"].map((name) => trial.run(["headers", name])));
    const tokens = headers.flatMap(({ out }) =>
      Object.values((JSON.parse(out) as { headers: Record<string, string> }).headers),
    );
    const second = await Trial.start();
    second.configure({ main: [], hedge: [] });
    second.sandbox.nubra.setScenario("main", { name: "echo-secrets" });
    second.sandbox.kotakNeo.setScenario("hedge", { name: "wrong-pin" });
    const failed = await recorded(second);
    expect(failed.code).not.toBe(0);
    const secrets = [
      "9000000001",
      "1357",
      "246810",
      "XY42Z",
      "JBSWY3DPEHPK3PXP",
      "KNEOSANDBOXACCOUNT",
      "127.0.0.1",
      ...tokens,
    ];
    for (const secret of secrets) expect(`${text}${failed.text}`).not.toContain(secret.replace(/^Bearer /, ""));
    expect(failed.answers.some(({ status }) => status >= 400) || failed.answers.length > 0).toBe(true);
  });

  it.each([
    ["as a value", { data: { token: canary } }],
    ["as a name", { data: { [canary]: 1, "9000000001": 2, JBSWY3DPEHPK3PXP: 3 } }],
    ["in a list", { data: [canary, { [canary]: canary }] }],
    ["where a known word may stand", { status: canary, stat: canary, error_type: canary }],
    ["as the whole body", canary],
  ])("a value is written nowhere: %s", (_, body) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const call = { method: "POST", path: `/login/${canary}/9000000001` };
    const found = JSON.stringify(recordedAnswer("nubra", call, { status: 200, contentType: `x/${canary}1234`, text }));
    expect(found).not.toMatch(/c4n4ry|9000000001|JBSWY/);
  });

  // Letters only, as the name of a customer is, and what else it may come as.
  it.each(["Ramesh", "RAMESH_KUMAR", "XY42Z", "9000000001", "c4n4ryTOKENvalue77"])(
    "%s is written nowhere in four encodings: as a name at any depth, in a list, as a value, as a part of the path",
    (value) => {
      const spellings = [
        value,
        Buffer.from(value).toString("base64"),
        Buffer.from(value).toString("hex"),
        percent(value),
      ];
      for (const spelling of spellings)
        for (const broker of ["nubra", "kotak-neo", "zerodha", "angel-one", "another"]) {
          const nested = { [spelling]: { [spelling]: [{ [spelling]: spelling }] } };
          const text = JSON.stringify({
            ...nested,
            data: { ...nested, token: spelling },
            status: spelling,
            message: spelling,
          });
          const call = { method: spelling, path: `/login/${spelling}` };
          const answers = [recordedAnswer(broker, call, { status: 200, contentType: `text/${spelling}`, text })];
          const written = JSON.stringify([answers, compared(answers, wireContract)]);
          for (const one of spellings) expect(written).not.toContain(one);
        }
    },
  );

  it("a name that is not known is told by how it is made up, each of several alike as one of its own", () => {
    const text = JSON.stringify({ session_token: "x", Ramesh: 1, Suresh: "a", x1: { y: true }, "": null });
    expect(answer(text).fields).toEqual({
      session_token: "text",
      "(6 letters)": "number",
      "(6 letters) 2": "text",
      "(2 letters, digits)": "object",
      "(2 letters, digits).(1 letters)": "yes or no",
      "(empty)": "null",
    });
  });

  it("what says in a success status that it is a refusal is none of the contract's answers", () => {
    const refusals: [string, unknown][] = [
      ["angel-one", { status: false, message: "Invalid totp", errorcode: "AB1050", data: null }],
      ["angel-one", { success: "false", message: "Invalid API Key", errorCode: "AG8004", data: "" }],
      ["kotak-neo", { stCode: 401, errMsg: "Invalid MPIN", status: "failure" }],
      ["kotak-neo", { error: [{ code: "401", message: "Invalid TOTP" }] }],
      ["zerodha", { status: "error", message: "no", error_type: "TokenException" }],
      ["nubra", { error: "Invalid MPIN" }],
    ];
    for (const [broker, body] of refusals)
      expect([broker, difference(broker, body)]).toEqual([broker, { new: [], gone: [] }]);
    expect(difference("angel-one", { status: true, message: "SUCCESS", errorcode: "", data: {} }).gone).toHaveLength(3);
  });

  it("says what is new and what is gone, by name and type, and passes over refusals", () => {
    const contract = { nubra: { "POST /verifypin": { session_token: "text", message: "text" } } };
    expect(compared([answer('{"session_token":"x","message":"y"}')], contract)).toEqual({ new: [], gone: [] });
    expect(
      compared(
        [answer('{"session_token":5,"further":[true]}'), answer("{}", 401), answer("{}", 200, "/other")],
        contract,
      ),
    ).toEqual({
      new: [
        "nubra POST /verifypin: session_token is number, it was text",
        "nubra POST /verifypin: (7 letters)[] (yes or no)",
        "nubra POST /(5 letters)",
      ],
      gone: ["nubra POST /verifypin: message"],
    });
  });
});
