import { createHmac, createSecretKey } from "node:crypto";
import { secret } from "@x/core";
import { totpCode } from "@x/core/adapter";
import { createGuardrails, generateSync } from "otplib";
import { anchor, type Bench, floor, ours, ratioAtMost } from "./bench.ts";
import { microsecondsEach, takeTurns } from "./rounds.ts";

const base32 = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export const totp: Bench = {
  name: "totp",
  measures: "one TOTP code, which otplib makes",
  async run({ scale }) {
    const codes = scale === "full" ? 5_000 : 100;
    const rounds = scale === "full" ? 30 : 3;
    const sealed = secret(base32);
    const key = createSecretKey(decoded(base32));
    const guardrails = createGuardrails({ MIN_SECRET_BYTES: 10 });
    const first = 64_000_000;
    if ((await totpCode(sealed, first)) !== bareCode(key, first)) throw new Error("the two codes are not the same");
    const samples = await takeTurns(
      {
        ours: async () => {
          const started = performance.now();
          for (let step = first; step < first + codes; step++) await totpCode(sealed, step);
          return microsecondsEach(started, codes);
        },
        bare: () => {
          const started = performance.now();
          for (let step = first; step < first + codes; step++) bareCode(key, step);
          return microsecondsEach(started, codes);
        },
        otplib: () => {
          const started = performance.now();
          for (let step = first; step < first + codes; step++)
            generateSync({ secret: base32, epoch: step * 30, guardrails });
          return microsecondsEach(started, codes);
        },
      },
      { rounds },
    );
    return [
      {
        what: "one code",
        unit: "us",
        figures: [
          ours("totpCode()", samples.ours),
          floor("node:crypto HMAC with a KeyObject", samples.bare),
          anchor("otplib, generateSync()", samples.otplib),
        ],
        goals: [ratioAtMost("x otplib", samples.ours, samples.otplib, 1.1)],
      },
    ];
  },
};

// RFC 6238 with SHA-1 and six digits.
function bareCode(key: ReturnType<typeof createSecretKey>, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac("sha1", key).update(counter).digest();
  const number = digest.readUInt32BE((digest.at(-1) ?? 0) & 0xf) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

function decoded(text: string): Uint8Array {
  const bits = Array.from(text, (character) => alphabet.indexOf(character).toString(2).padStart(5, "0")).join("");
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}
