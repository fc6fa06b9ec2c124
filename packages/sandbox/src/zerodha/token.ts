import { randomBytes } from "node:crypto";

/** 32 letters and digits, of which nothing can be read: the broker's tokens are no JWT (reference section 4). */
export function opaqueText(): string {
  return randomBytes(48).toString("base64").replaceAll(/[+/=]/g, "").slice(0, 32);
}
