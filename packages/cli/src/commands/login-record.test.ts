import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { compared, recordedAnswer } from "../answer-record.ts";
import { Trial } from "../testing/trial.ts";
import { wireContract } from "../wire-contract.ts";

interface Written {
  readonly answers: readonly { broker: string; call: string; status: number; fields: Record<string, string> }[];
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

const canary = "c4n4ryTOKENvalue77";

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
      },
    });
    const { code, err, answers } = await recorded(trial, "main", "hedge");
    const bySms = await answered(trial, "sms", async () => trial.sandbox.nubra.inbox("sms").at(-1)?.code);
    const byPage = await answered(trial, "kite", async (seen) => {
      const [url] = /http:\S+/.exec(seen) ?? [];
      return url === undefined ? undefined : trial.logInAtPage(url);
    });
    const found: Record<string, Record<string, Record<string, string>>> = {};
    for (const { broker, call, status, fields } of [...answers, ...bySms, ...byPage])
      if (status < 400) (found[broker] ??= {})[call] = fields;
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
        "nubra POST /verifypin: further[] (yes or no)",
        "nubra POST /other",
      ],
      gone: ["nubra POST /verifypin: message"],
    });
  });
});

describe("login --notify", { timeout: 240_000 }, () => {
  it("runs the command once for each account that was not logged in, and not for the others", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [], hedge: [], sms: [] });
    trial.sandbox.kotakNeo.setScenario("hedge", { name: "wrong-pin" });
    const note = join(trial.home, "note");
    const command = `echo "$BROKER_AUTH_ACCOUNT $BROKER_AUTH_CODE" >> ${note}; exit 1`;
    expect((await trial.run(["login", "main", "--notify", command])).code).toBe(0);
    expect(existsSync(note)).toBe(false);
    await trial.run(["login", "--notify", command]);
    expect(readFileSync(note, "utf8")).toBe("hedge pin_rejected\nsms needs_input\n");
  });
});
