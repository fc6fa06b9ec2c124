import { randomUUID } from "node:crypto";
import { mintJwt } from "../jwt.ts";
import type { AngelOneSandboxAccount } from "./account.ts";

export interface TokenFacts {
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly use: "session" | "refresh" | "feed";
}

/** The claims but for `iat` and `exp` are invented: the reference tells of these two only (section 3). Bare, without `Bearer `. */
export function mintToken({ clientCode }: AngelOneSandboxAccount, { issuedAt, expiresAt, use }: TokenFacts): string {
  const times = { iat: Math.floor(issuedAt / 1000), exp: Math.floor(expiresAt / 1000) };
  return mintJwt({ username: clientCode, use, jti: randomUUID(), ...times }, { alg: "HS512", typ: "JWT" });
}
