import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { oneShotBody } from "./one-shot-body.ts";
import { neverLeft, unsentFailure } from "./unsent-failure.ts";

// What can end a connection that was open as well as the try to open one.
const ambiguous =
  "ECONNREFUSED ECONNRESET EHOSTUNREACH ENETUNREACH ENETDOWN EADDRNOTAVAIL ETIMEDOUT EACCES EPERM EMFILE ENFILE ENOBUFS".split(
    " ",
  );
const fetchFailed = (cause: unknown): TypeError => new TypeError("fetch failed", { cause });
const byBun = (code: string, text: string): Error =>
  Object.assign(new TypeError(`${code}: ${text}`), { code, errno: 0 });
const endBeforeTls = "Client network socket disconnected before secure TLS connection was established";
const tunnelOfNode = "Proxy response (407) !== 200 when HTTP Tunneling";
const byDeno = (text: string): TypeError =>
  fetchFailed(new Error(`error sending request for url (https://broker.example/a?b=c): client error ${text}`));

describe("what a failed fetch proves", () => {
  it.each<[string, unknown, boolean]>([
    ["a refused connection", coded("ECONNREFUSED", "connect"), true],
    ["a host without an address", coded("ENOTFOUND", "getaddrinfo"), true],
    ["one below two other errors", new TypeError("f", { cause: new Error("m", { cause: coded("ENOTFOUND") }) }), true],
    [
      "all addresses refused",
      new TypeError("f", {
        cause: new AggregateError([coded("ECONNREFUSED", "connect"), coded("ENETUNREACH", "connect")]),
      }),
      true,
    ],
    [
      "one address refused, one lost",
      new TypeError("f", {
        cause: new AggregateError([coded("ECONNREFUSED", "connect"), coded("ECONNRESET", "read")]),
      }),
      false,
    ],
    ["an address that was not got", fetchFailed(coded("EAI_SYSTEM", "getaddrinfo")), true],
    ["a resolver that fails", fetchFailed(coded("ESERVFAIL", "queryA")), true],
    ["a resolver that refuses the connection", fetchFailed(coded("ECONNREFUSED", "queryAaaa")), true],
    ["a local port that is taken", fetchFailed(coded("EADDRINUSE", "bind")), true],
    ["a connection that took too long", fetchFailed(coded("UND_ERR_CONNECT_TIMEOUT")), true],
    ["a certificate of another name", fetchFailed(coded("ERR_TLS_CERT_ALTNAME_INVALID")), true],
    ["a certificate that is over", fetchFailed(coded("CERT_HAS_EXPIRED")), true],
    ["a revoked certificate", fetchFailed(coded("CRL_HAS_EXPIRED")), true],
    ["an authority that is none", fetchFailed(coded("INVALID_CA")), true],
    ["a refused handshake, OpenSSL 3.0", fetchFailed(coded("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE")), true],
    ["a refused handshake, OpenSSL 3.5", fetchFailed(coded("ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE")), true],
    ["a refused version", fetchFailed(coded("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION")), true],
    ["an unknown name", fetchFailed(coded("ERR_SSL_TLSV1_UNRECOGNIZED_NAME")), true],
    ["an alert that comes at any time", fetchFailed(coded("ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR")), false],
    [
      "a client certificate that is asked for late",
      fetchFailed(coded("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED")),
      false,
    ],
    ["a record that cannot be read", fetchFailed(coded("ERR_SSL_WRONG_VERSION_NUMBER")), false],
    ["an end before TLS stands", fetchFailed(Object.assign(new Error(endBeforeTls), { code: "ECONNRESET" })), true],
    ["a refused tunnel, Node", fetchFailed(Object.assign(new Error(tunnelOfNode), { code: "UND_ERR_ABORTED" })), true],
    [
      "a refused tunnel, Bun",
      Object.assign(new Error("Proxy refused to open a tunnel: 407 No"), { code: "ERR_PROXY_TUNNEL" }),
      true,
    ],
    ["a refused tunnel, Deno", byDeno("(Connect): unsuccessful tunnel"), true],
    ["a request that was aborted", fetchFailed(coded("UND_ERR_ABORTED")), false],
    ["a connection that its other side closed", fetchFailed(coded("UND_ERR_SOCKET")), false],
    ["a broken pipe", fetchFailed(coded("EPIPE", "write")), false],
    ["a socket that hung up", coded("ECONNRESET"), false],
    [
      "a refused connection, Bun",
      byBun("ECONNREFUSED", "Unable to connect. Is the computer able to access the url?"),
      true,
    ],
    ["no descriptor left, Bun", byBun("EMFILE", "Was there a typo in the url or port?"), true],
    ["a reset, Bun", byBun("ECONNRESET", "The socket connection was closed unexpectedly. For more"), false],
    ["what Bun calls a handshake at any time", byBun("EPROTO", "The TLS handshake failed. Does"), false],
    ["no connection, Deno", byDeno("(Connect): tcp connect error: Connection refused (os error 111)"), true],
    ["no TLS, Deno", byDeno("(Connect): tls handshake eof"), true],
    ["a request that was under way, Deno", byDeno("(SendRequest): connection closed before message completed"), false],
    ["Deno's words in an address", byDenoAt("https://b.example/(Connect):"), false],
    ["no address tried", new AggregateError([]), false],
    ["a reset", new TypeError("f", { cause: coded("ECONNRESET") }), false],
    ["an error without a code", new TypeError("fetch failed"), false],
    ["the code in the message only", new Error("connect ECONNREFUSED"), false],
    ["a number as code", Object.assign(new Error("m"), { code: 111 }), false],
    ["a text", "ECONNREFUSED", false],
    ["nothing", undefined, false],
    ["null", null, false],
  ])("is that it never left, or nothing: %s: %s", (_, error, expected) => {
    expect(neverLeft(error)).toBe(expected);
  });

  it.each(ambiguous)("is nothing for %s unless connecting failed with it", (code) => {
    const failed = (syscall?: string): TypeError => new TypeError("fetch failed", { cause: coded(code, syscall) });
    expect([failed("connect"), failed("read"), failed("write"), failed()].map(neverLeft)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it("ends where errors cause each other in a circle", () => {
    const [one, two] = [new Error("one"), new Error("two")];
    one.cause = two;
    two.cause = one;
    expect(neverLeft(one)).toBe(false);
  });
});

describe("a body that is watched", () => {
  const late = new DOMException("The operation was aborted due to timeout", "TimeoutError");

  it("proves that nothing left where the platform never asked for it, whatever the error", () => {
    const body = oneShotBody({ method: "POST", body: "1" }, fetch);
    expect(unsentFailure(late)).toBeUndefined();
    expect(unsentFailure(late, body)?.message).toBe("the broker could not be reached; nothing was sent");
  });

  it("proves nothing where it was asked for", async () => {
    const server = createServer((socket) => void socket.on("data", () => socket.resetAndDestroy()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const body = oneShotBody({ method: "POST", body: "1" }, fetch);
    const { port } = server.address() as { readonly port: number };
    const error: unknown = await fetch(`http://127.0.0.1:${port}/`, body.init).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect(unsentFailure(error, body)).toBeUndefined();
  });

  it("that the platform may have sent again makes no error believed", () => {
    const refused = byDeno("(Connect): tcp connect error: Connection refused (os error 111)");
    const bodyless = oneShotBody({ method: "DELETE" }, fetch, "Deno/2.9.6");
    const whole = oneShotBody({ method: "POST", body: "1" }, fetch, "Deno/2.9.6");
    expect(unsentFailure(refused, bodyless)).toBeUndefined();
    expect(unsentFailure(refused, whole)).toBeDefined();
  });
});

it.each<[string, unknown]>([
  ["Node", fetchFailed(Object.assign(new Error(tunnelOfNode), { code: "UND_ERR_ABORTED" }))],
  ["Bun", Object.assign(new Error("Proxy refused to open a tunnel: 403 No"), { code: "ERR_PROXY_TUNNEL" })],
  ["Deno", byDeno("(Connect): proxy authentication required")],
  ["Deno, 403", byDeno("(Connect): unsuccessful tunnel")],
])("a proxy that refuses its tunnel is named as the cause, and not where it is: %s", (_, error) => {
  const { message, action } = unsentFailure(error) ?? {};
  expect(message).toBe("the proxy of this computer refused to connect to the broker; nothing was sent");
  expect(action).toMatch(/^Check the proxy/);
});

function byDenoAt(url: string): TypeError {
  return fetchFailed(new Error(`error sending request for url (${url}): client error (SendRequest): connection error`));
}

function coded(code: string, syscall?: string): Error {
  return Object.assign(new Error(code), { code, ...(syscall === undefined ? {} : { syscall }) });
}
