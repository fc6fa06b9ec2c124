/** What the error code of a connection means, for servers of every kind. Codes of Node and of OpenSSL; a client's text may name the host. */
export interface ConnectionFault {
  readonly message: string;
  readonly action?: string;
  /** It may be over in a moment: the server starts again, or another one takes its place. */
  readonly passes?: true;
}

const away: ConnectionFault = { message: "cannot be reached", passes: true };
const certificate: ConnectionFault = {
  message: "showed a certificate that is not trusted",
  action:
    "Give the client the authority that signed it (ca), and the name that it is made out to. Do not switch the check off.",
};

const faults: Readonly<Record<string, ConnectionFault>> = {
  ECONNREFUSED: away,
  ECONNRESET: away,
  EPIPE: away,
  ETIMEDOUT: away,
  EHOSTUNREACH: away,
  ENETUNREACH: away,
  EAI_AGAIN: away,
  ENOTFOUND: { message: "has an address that no name server knows", action: "Correct the address." },
  ENOENT: { message: "has no socket at the path it was looked for", action: "Correct the path." },
  DEPTH_ZERO_SELF_SIGNED_CERT: certificate,
  SELF_SIGNED_CERT_IN_CHAIN: certificate,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: certificate,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: certificate,
  CERT_HAS_EXPIRED: { message: "showed a certificate that has expired", action: "Renew the server's certificate." },
  ERR_TLS_CERT_ALTNAME_INVALID: certificate,
};
const tls: ConnectionFault = {
  message: "did not agree on TLS",
  action: "See whether both sides speak TLS, and on which port.",
};

export function connectionFault(error: unknown): ConnectionFault | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  if (typeof code !== "string") return undefined;
  if (Object.hasOwn(faults, code)) return faults[code];
  return /^(?:ERR_SSL_|ERR_TLS_|EPROTO$)/.test(code) ? tls : undefined;
}
