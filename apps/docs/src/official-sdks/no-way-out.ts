// Loaded before a program: it reaches loopback and nothing else, whatever its libraries ask. Each address that was asked for is told on standard error.
import dgram from "node:dgram";
import dns from "node:dns";
import net from "node:net";

type Connect = (this: net.Socket, ...given: readonly unknown[]) => net.Socket;

const connect = Reflect.get(net.Socket.prototype, "connect") as Connect;

function hostOf(given: readonly unknown[]): string {
  // Node's own callers hand over one list of arguments.
  const [first, second] = (Array.isArray(given[0]) ? given[0] : given) as readonly unknown[];
  const { host, path } = (typeof first === "object" && first !== null ? first : {}) as Record<string, unknown>;
  if (typeof path === "string") return "127.0.0.1";
  const named = host ?? (typeof first === "object" ? undefined : second);
  return typeof named === "string" ? named : "127.0.0.1";
}

function refused(host: string): Error {
  process.stderr.write(`no way out to ${host}\n`);
  return Object.assign(new Error(`no way out to ${host}`), { code: "ENETUNREACH" });
}

const isHere = (host: string): boolean => ["127.0.0.1", "::1", "localhost"].includes(host);

net.Socket.prototype.connect = function (this: net.Socket, ...given: readonly unknown[]) {
  const host = hostOf(given);
  return isHere(host) ? connect.call(this, ...given) : this.destroy(refused(host));
};
dgram.createSocket = () => {
  throw refused("a name server");
};
const lookup = dns.lookup as unknown as (...given: readonly unknown[]) => void;
dns.lookup = ((host: string, ...rest: readonly unknown[]) => {
  if (isHere(host)) return lookup(host, ...rest);
  const done = rest.at(-1) as (error: Error) => void;
  return done(refused(host));
}) as typeof dns.lookup;
