import type { BrokerAuthError } from "../errors/broker-auth-error.ts";
import type { OneShotBody } from "./one-shot-body.ts";

/** Why nothing of a request left. */
export interface UnsentFailure {
  /** To be put behind the request's name. */
  readonly message: string;
  /** What to do, where the code's own sentence says too little. */
  readonly action?: string;
}

// Of resolvers, of a connection that took too long, of proxies, of certificates (node:tls and OpenSSL's X509_V_ERR names): none of these is ever
// said of a connection that stood.
const beforeConnecting =
  /^(ENOTFOUND|EAI_[A-Z]+|UND_ERR_CONNECT_TIMEOUT|UND_ERR_PRX_(CONN|TLS)|ERR_PROXY_TUNNEL|CERT_[A-Z_]+|CRL_[A-Z_]+|ERROR_IN_C[A-Z_]+_FIELD|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_[A-Z_]+|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID)$/;
// Both sides have to agree on a handshake: whoever sends one of these has not read a request. Other alerts, and records that cannot be read,
// come at any time.
const handshakeRefused =
  /^ERR_SSL_(UNSUPPORTED_PROTOCOL|\S*(ALERT_HANDSHAKE_FAILURE|ALERT_PROTOCOL_VERSION|ALERT_INSUFFICIENT_SECURITY|UNRECOGNIZED_NAME|NO_APPLICATION_PROTOCOL))$/;
// Any system code can end a connection that was open, so it is believed only of the call that opens one.
const opening = /^(connect|bind|getaddrinfo|query[A-Z]\w*)$/;
// The proxy support of Node's fetch, with the code that every aborted request has.
const proxyOfNode = /^Proxy response \(\d+\) !== 200 when HTTP Tunneling$/;
const texts = [
  proxyOfNode,
  // Node's TLS socket, with the code ECONNRESET that a connection in use ends with as well.
  /^Client network socket disconnected before secure TLS connection was established$/,
  // Bun. Its "The TLS handshake failed" is not here: it says so of a connection in use, too.
  /^E[A-Z]+: (Unable to connect\.|Was there a typo in the url or port\?)/,
];
// Deno. An address has no space, so what follows it is Deno's.
const connectOfDeno = /^error sending request for url \(\S+\): client error \(Connect\): /;
const tunnelOfDeno =
  /: client error \(Connect\): (proxy authentication required|unsuccessful tunnel|unexpected eof while tunneling)/;

/**
 * Whether a failed fetch provably never sent its request: no address, no connection, no TLS, no tunnel through the proxy. Believed are the
 * shapes that Node, Bun and Deno were seen to give a failure before a request, and to give no failure after it. A fetch of the user's own that
 * tries again by itself, or makes such an error up, is believed too: it has to tell about all of its tries.
 */
export function neverLeft(error: unknown): boolean {
  return unsentFailure(error) !== undefined;
}

/**
 * What is to be said of a request that provably never left; undefined where it may have left.
 * @param body the request's body where it is watched: one that was not asked for is proof, whatever the error
 */
export function unsentFailure(error: unknown, body?: OneShotBody): UnsentFailure | undefined {
  try {
    if (!(body?.recall() ?? false) && ((body?.resent ?? false) || !isBeforeSending(error, 0))) return undefined;
    return isRefusedTunnel(error) ? refusedTunnel : unreachable;
  } catch {
    // An error whose facts cannot be read tells nothing.
    return undefined;
  }
}

const unsentErrors = new WeakSet<BrokerAuthError>();

/** Notes that nothing had left when this error was made, where its code alone does not say so. */
export function markUnsent(error: BrokerAuthError): BrokerAuthError {
  unsentErrors.add(error);
  return error;
}

export function isMarkedUnsent(error: BrokerAuthError): boolean {
  return unsentErrors.has(error);
}

const unreachable: UnsentFailure = { message: "the broker could not be reached; nothing was sent" };
const refusedTunnel: UnsentFailure = {
  message: "the proxy of this computer refused to connect to the broker; nothing was sent",
  action:
    "Check the proxy (such as HTTPS_PROXY), its user name and password, and whether it lets the broker's host through.",
};

function isBeforeSending(error: unknown, from: number): boolean {
  for (const { code, syscall, errors, message, depth } of layers(error, from)) {
    if (typeof code === "string") {
      if (beforeConnecting.test(code) || handshakeRefused.test(code)) return true;
      if (/^E[A-Z]/.test(code) && typeof syscall === "string" && opening.test(syscall)) return true;
    }
    if (typeof message === "string") {
      if (texts.some((text) => text.test(message)) || connectOfDeno.test(message)) return true;
    }
    if (Array.isArray(errors) && errors.length > 0) return errors.every((one) => isBeforeSending(one, depth + 1));
  }
  return false;
}

function isRefusedTunnel(error: unknown): boolean {
  return [...layers(error, 0)].some(
    ({ code, message }) =>
      code === "ERR_PROXY_TUNNEL" ||
      code === "UND_ERR_PRX_CONN" ||
      (typeof message === "string" && (proxyOfNode.test(message) || tunnelOfDeno.test(message))),
  );
}

interface Layer {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly errors?: unknown;
  readonly message?: unknown;
  readonly depth: number;
}

// Fetches wrap the system's error in one or more of their own, and errors may cause each other in a circle.
function* layers(error: unknown, from: number): Generator<Layer> {
  for (let layer = error, depth = from; typeof layer === "object" && layer !== null && depth < 5; depth++) {
    const { code, syscall, errors, message, cause } = layer as Omit<Layer, "depth"> & { readonly cause?: unknown };
    yield { code, syscall, errors, message, depth };
    layer = cause;
  }
}
