import { type BrokerAuthError, isBrokerAuthError, Secret, type Session } from "@x/core/adapter";
import { type TestContext, testContext, type TestContextOptions } from "@x/core/testing";
import type { KotakNeoAccess, KotakNeoClient } from "../client.ts";
import { type KotakNeoAccount, parseCredentials } from "../credentials.ts";
import { type KotakNeoOptions, parseOptions } from "../options.ts";
import type { KotakNeoTokens } from "../tokens.ts";
import { tradeSid, tradeToken } from "./answers.ts";

/** What every login needs, without what a person would type. Invented. */
export const attended: { readonly accessToken: string; readonly mobileNumber: string; readonly ucc: string } = {
  accessToken: "5a4db0c5-0000-4000-8000-0000000000aa",
  mobileNumber: "+919000000007",
  ucc: "XY42Z",
};

/** The same with everything that an unattended login needs. */
export const account: typeof attended & { readonly mpin: string; readonly totpSecret: string } = {
  ...attended,
  mpin: "482913",
  totpSecret: "KNEOADAPTERTESTACCOUNTSECRET2345",
};

export function clientFor(input: KotakNeoAccount = account, options: KotakNeoOptions = {}): KotakNeoAccess {
  const settings = parseOptions(options);
  return { settings, credentials: parseCredentials(input, settings) };
}

export interface TestClient extends KotakNeoClient {
  readonly context: TestContext;
}

export function clientWith(
  context: TestContextOptions,
  input: KotakNeoAccount = account,
  options: KotakNeoOptions = {},
): TestClient {
  return { ...clientFor(input, options), context: testContext(context) };
}

/** A session as call 2 of the documented answers gives it. */
export function sessionWith(changes: Partial<KotakNeoTokens> = {}): Session<KotakNeoTokens> {
  const issuedAt = Date.UTC(2031, 2, 3, 3, 30);
  return {
    tokens: {
      token: new Secret(tradeToken),
      sid: new Secret(tradeSid),
      baseUrl: "https://e21.kotaksecurities.com",
      feedUrl: "https://feed.kotaksecurities.com/apifeed",
      rtUrl: "https://rt.kotaksecurities.com/realtime",
      dataCenter: "E21",
      ucc: new Secret("XY42Z"),
      ...changes,
    },
    issuedAt,
    expiresAt: Date.UTC(2031, 2, 3, 18, 30),
    deviceId: new Secret("device-0001"),
    generation: 1,
  };
}

/** The error that something ends in; anything else than one of ours fails the test. */
export async function refusalOf(run: () => unknown): Promise<BrokerAuthError> {
  try {
    await run();
  } catch (error) {
    if (isBrokerAuthError(error)) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
