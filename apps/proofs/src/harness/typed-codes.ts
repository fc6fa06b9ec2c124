import type { TestEnvironment } from "@x/test-environment";

/** What a person types: the code that was texted last, or the one that the app shows. */
export function typedCodes(
  { sandbox: { nubra, kotakNeo } }: Pick<TestEnvironment, "sandbox">,
  account: string,
): { otp(this: void): string; totp(this: void): string } {
  return {
    otp: () => nubra.inbox(account).at(-1)?.code ?? "000000",
    totp: () => kotakNeo.totpCode(account) ?? "000000",
  };
}
