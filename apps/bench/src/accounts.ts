import type { KotakNeoAccount } from "@x/kotak-neo";
import type { NubraAccount } from "@x/nubra";
import { demoAccounts } from "@x/sandbox";

/** What a program configures for the sandbox's accounts. */
export interface Accounts {
  /** By TOTP. */
  readonly main: { readonly broker: "nubra" } & NubraAccount;
  /** By OTP. */
  readonly sms: { readonly broker: "nubra" } & NubraAccount;
  /** By TOTP. */
  readonly hedge: { readonly broker: "kotak-neo" } & KotakNeoAccount;
}

/** @param kotakNeoOrigin default: the same, for servers that answer as both brokers */
export function accountsAt(nubraOrigin: string, kotakNeoOrigin: string = nubraOrigin): Accounts {
  const [main, sms] = demoAccounts.nubra;
  const [hedge] = demoAccounts.kotakNeo;
  if (main === undefined || sms === undefined || hedge === undefined)
    throw new Error("the sandbox has not the accounts that are expected");
  const atNubra = { broker: "nubra", environment: "sandbox", baseUrl: nubraOrigin } as const;
  const { accessToken, mobileNumber, ucc, mpin, totpSecret } = hedge;
  return {
    main: { ...atNubra, phone: main.phone, mpin: main.mpin, totpSecret: main.totpSecret },
    sms: { ...atNubra, phone: sms.phone, mpin: sms.mpin },
    hedge: {
      broker: "kotak-neo",
      environment: "sandbox",
      loginBaseUrl: kotakNeoOrigin,
      accessToken,
      mobileNumber,
      ucc,
      mpin,
      totpSecret,
    },
  };
}

/** When the recorded answers were given: 2031-03-03 09:00:10 IST, ten seconds into a TOTP step, so that nothing has to be waited for. */
export const startedAt: number = Date.UTC(2031, 2, 3, 3, 30, 10, 500);

/** Half an hour later, as far into a step: the session of then is over. */
export const laterAt: number = startedAt + 1_800_000;
