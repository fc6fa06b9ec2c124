import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** A certificate and its key, as `node:tls` takes them. */
export interface Certified {
  readonly key: string;
  readonly cert: string;
}

export interface CertificateAuthority extends Certified {
  /** A certificate for a host, an IPv4 address or a name. @param until its end; default far in the future */
  issue(host: string, until?: Date): Certified;
}

const begin = new Date("2020-01-01T00:00:00Z");
const end = new Date("2049-12-31T00:00:00Z");

/** An authority that nobody trusts unless told to, for TLS on this machine (X.509 by RFC 5280, ECDSA on P-256). */
export function certificateAuthority(name: string): CertificateAuthority {
  const issuer = newKey();
  const by = { name, key: issuer };
  return {
    ...certified(by, by, end, authority),
    issue: (host, until = end) => certified({ name: host, key: newKey() }, by, until, alternativeName(host)),
  };
}

function newKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
}

interface Party {
  readonly name: string;
  readonly key: KeyObject;
}

let serial = 1;

function certified(subject: Party, issuer: Party, until: Date, extension: Buffer): Certified {
  const algorithm = sequence(oid("2a8648ce3d040302"));
  const signed = sequence(
    der(0xa0, integer(2)),
    integer((serial += 1)),
    algorithm,
    nameOf(issuer.name),
    sequence(time(begin), time(until)),
    nameOf(subject.name),
    createPublicKey(subject.key).export({ type: "spki", format: "der" }),
    der(0xa3, sequence(extension)),
  );
  const signature = sign("sha256", signed, { key: issuer.key, dsaEncoding: "der" });
  const certificate = sequence(signed, algorithm, der(0x03, Buffer.from([0]), signature));
  const lines = certificate.toString("base64").replaceAll(/.{64}/g, "$&\n");
  return {
    key: subject.key.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

function nameOf(text: string): Buffer {
  return sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from(text)))));
}

function alternativeName(host: string): Buffer {
  const address = /^\d+(\.\d+){3}$/.test(host);
  const name = address ? der(0x87, Buffer.from(host.split(".").map(Number))) : der(0x82, Buffer.from(host));
  return sequence(oid("551d11"), der(0x04, sequence(name)));
}

// Basic constraints, critical: this one may issue others.
const authority = sequence(
  oid("551d13"),
  der(0x01, Buffer.from([0xff])),
  der(0x04, sequence(der(0x01, Buffer.from([0xff])))),
);

function time(at: Date): Buffer {
  const digits = at.toISOString().replaceAll(/[-:T]|\..*/g, "");
  return der(0x17, Buffer.from(`${digits.slice(2)}Z`));
}

function integer(value: number): Buffer {
  return der(0x02, Buffer.from([value]));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, "hex"));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
