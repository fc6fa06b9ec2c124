import { execFile } from "node:child_process";
import dns from "node:dns";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { demoAccounts, startSandbox } from "@x/sandbox";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type AnAccount, type ThreeLogins, threeLogins } from "./three-logins.ts";

const [aNubra] = demoAccounts.nubra;
const [aKotakNeo] = demoAccounts.kotakNeo;
const free = { codes: Array(3).fill("broker_unavailable"), state: "logged_out" };

/** Both brokers' accounts, as they would be for a real broker at this address. */
function accountsAt(url: string): readonly AnAccount[] {
  const { phone, mpin, totpSecret = "" } = aNubra!;
  const { accessToken, mobileNumber, ucc, mpin: pin, totpSecret: secret } = aKotakNeo!;
  return [
    { broker: "nubra", phone, mpin, totpSecret, baseUrl: url },
    { broker: "kotak-neo", accessToken, mobileNumber, ucc, mpin: pin, totpSecret: secret, loginBaseUrl: url },
  ];
}

function system(message: string, code: string, syscall: string): TypeError {
  return new TypeError("fetch failed", { cause: Object.assign(new Error(message), { code, syscall }) });
}

function byDeno(text: string): TypeError {
  const message = `error sending request for url (https://broker.invalid/): client error (Connect): ${text}`;
  return new TypeError("fetch failed", { cause: new Error(message) });
}

function byBun(text: string, code: string): TypeError {
  return Object.assign(new TypeError(`${code}: ${text}`), { code });
}

/** What is posted arrives, and its answer does not. */
const cutAfterPosts: typeof fetch = async (input, init) => {
  const answer = await fetch(input, init);
  if (init?.method !== "POST") return answer;
  throw system("read ECONNRESET", "ECONNRESET", "read");
};

describe("logins that did not leave are free, however often they are tried", () => {
  it.each<[string, Error]>([
    ["Node, a refused connection", system("connect ECONNREFUSED 127.0.0.1:443", "ECONNREFUSED", "connect")],
    ["Node, no descriptor left", system("connect EMFILE 127.0.0.1:443", "EMFILE", "connect")],
    ["Node, a firewall of Windows", system("connect EACCES 127.0.0.1:443", "EACCES", "connect")],
    ["Node, an interface that is down", system("connect ENETDOWN 127.0.0.1:443", "ENETDOWN", "connect")],
    ["Node, a reset while connecting", system("connect ECONNRESET 127.0.0.1:443", "ECONNRESET", "connect")],
    ["Node, a resolver without data", system("getaddrinfo EAI_NODATA x", "EAI_NODATA", "getaddrinfo")],
    ["Node, a resolver that fails", system("getaddrinfo EAI_SYSTEM x", "EAI_SYSTEM", "getaddrinfo")],
    ["Bun, a refused connection", byBun("Unable to connect. Is the computer able to access the url?", "ECONNREFUSED")],
    ["Deno, a refused connection", byDeno("tcp connect error: Connection refused (os error 111)")],
  ])("where fetch says so in the platform's words: %s", async (_, error) => {
    for (const account of accountsAt("https://broker.invalid"))
      expect(await threeLogins(account, () => Promise.reject(error))).toMatchObject(free);
  });

  it("and count where the code had arrived: one further try, then a person has to look", async () => {
    await using sandbox = await startSandbox();
    expect(await threeLogins(sandbox.kotakNeo.accountInput("hedge"), cutAfterPosts)).toMatchObject({
      codes: ["outcome_unknown", "outcome_unknown", "login_blocked"],
      state: "login_blocked",
    });
  });

  it.each<[string, (socket: Socket) => void]>([
    ["closes before TLS", (socket) => void socket.destroy()],
    ["resets while connecting", (socket) => void socket.resetAndDestroy()],
    ["resets once TLS has begun", (socket) => void socket.once("data", () => socket.resetAndDestroy())],
    ["answers plain text", (socket) => void socket.once("data", () => socket.end("HTTP/1.1 302 Found\r\n\r\n"))],
    ["refuses the handshake", (socket) => void socket.once("data", () => socket.end(Buffer.of(21, 3, 3, 0, 2, 2, 40)))],
  ])("where the port of a real broker %s", async (_, act) => {
    // An invented host that is this machine.
    const { lookup } = dns;
    const here: typeof lookup = ((host: string, options: dns.LookupOptions, callback: (...found: unknown[]) => void) =>
      host === "broker.invalid"
        ? process.nextTick(callback, null, options.all ? [{ address: "127.0.0.1", family: 4 }] : "127.0.0.1", 4)
        : lookup(host, options, callback)) as never;
    vi.spyOn(dns, "lookup").mockImplementation(here);
    onTestFinished(() => void vi.restoreAllMocks());
    const server = createServer((socket) => act(socket.on("error", () => undefined)));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const url = `https://broker.invalid:${(server.address() as AddressInfo).port}`;
    let connections = 0;
    server.on("connection", () => (connections += 1));
    for (const account of accountsAt(url)) expect(await threeLogins(account)).toMatchObject(free);
    expect(connections).toBe(6);
  });

  it.each([407, 403, 502])(
    "where a proxy refuses its tunnel with %d, which is named, and its password is not",
    async (status) => {
      const proxy = createHttpServer();
      proxy.on("connect", (_, socket) => socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`));
      proxy.listen(0, "127.0.0.1");
      await once(proxy, "listening");
      onTestFinished(() => void proxy.close());
      const address = `http://proxyuser:proxysecret@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const env = {
        ...process.env,
        NODE_USE_ENV_PROXY: "1",
        HTTPS_PROXY: address,
        https_proxy: address,
        NO_PROXY: "",
        no_proxy: "",
      };
      const program = fileURLToPath(new URL("./three-logins.ts", import.meta.url));
      for (const account of accountsAt("https://broker.invalid")) {
        const args = ["--conditions=@x/source", program, JSON.stringify(account)];
        const { stdout } = await promisify(execFile)(process.execPath, args, { env });
        const logins = JSON.parse(stdout) as ThreeLogins;
        expect(logins).toMatchObject(free);
        expect(logins.messages.join()).toMatch(/proxy of this computer refused.*nothing was sent/);
        expect(stdout).not.toMatch(/proxyuser|proxysecret|127\.0\.0\.1/);
      }
    },
  );
});
