import { randomUUID } from "node:crypto";
import { mintJwt } from "../jwt.ts";
import type { KotakNeoSandboxAccount } from "./account.ts";

export interface TokenFacts {
  /** What `kType` says too: the token of call 1 or that of call 2. */
  readonly scope: "View" | "Trade";
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/**
 * A token with the claims of reference section 6. `nap` carries the (invented) PAN, as the real one does: a client has to treat it as
 * personal data. The names of the last two claims are invented, the reference tells only what they are about.
 */
export function mintToken(account: KotakNeoSandboxAccount, facts: TokenFacts): string {
  return mintJwt(
    {
      scope: [facts.scope],
      exp: Math.floor(facts.expiresAt / 1000),
      iat: Math.floor(facts.issuedAt / 1000),
      jti: randomUUID(),
      iss: "login-service",
      sub: userId(account),
      ucc: account.ucc,
      nap: panOf(account),
      fetchcaching: "FULL_CACHE",
      fezcat: "0",
    },
    { alg: "RS256", typ: "JWT" },
  );
}

export function panOf(account: KotakNeoSandboxAccount): string {
  return account.pan ?? "ABCDE1234F";
}

// A user id that is the same in every run and is not the UCC.
function userId(account: KotakNeoSandboxAccount): string {
  return `${Buffer.from(account.ucc.padEnd(8, "0")).toString("hex").slice(0, 8)}-6666-4a6b-8c7d-5e4f3a2b1c0d`;
}
