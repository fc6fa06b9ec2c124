import type { Accounts } from "./accounts.ts";

/** The logins as a program without this library writes them: the same calls, nothing checked, nothing kept. */
export interface BareLogin {
  nubraByTotp(origin: string): Promise<string>;
  nubraByRenewal(origin: string): Promise<string>;
  nubraByOtp(origin: string): Promise<string>;
  kotakNeoByTotp(origin: string): Promise<string>;
}

export interface LoginTools {
  readonly post: (url: string, headers: Readonly<Record<string, string>>, json: unknown) => Promise<unknown>;
  readonly code: (secret: string) => Promise<string>;
  /** A text out of an answer. */
  readonly pick: (answer: unknown, name: string) => string;
}

const deviceId = "0f8fad5b-d9cb-469f-a165-70867728950e";

/** @param tools what the program makes requests, codes and sense of answers with */
export function bareLogin(accounts: Accounts, { post, code, pick }: LoginTools): BareLogin {
  const { main, sms, hedge } = accounts;
  const enterPin = async (origin: string, authToken: string, mpin: unknown): Promise<string> => {
    const headers = { authorization: `Bearer ${authToken}`, "x-device-id": deviceId };
    return pick(await post(`${origin}/verifypin`, headers, { pin: mpin }), "session_token");
  };
  return {
    async nubraByTotp(origin) {
      const totp = Number(await code(String(main.totpSecret)));
      const first = await post(`${origin}/totp/login`, { "x-device-id": deviceId }, { phone: main.phone, totp });
      return enterPin(origin, pick(first, "auth_token"), main.mpin);
    },
    nubraByRenewal: (origin) => enterPin(origin, "invented-auth-token", main.mpin),
    async nubraByOtp(origin) {
      const { phone, mpin } = sms;
      const sent = await post(`${origin}/sendphoneotp`, {}, { phone, skip_totp: false });
      const headers = { "x-temp-token": pick(sent, "temp_token"), "x-device-id": deviceId };
      const verified = await post(`${origin}/verifyphoneotp`, headers, { phone, otp: "123456" });
      return enterPin(origin, pick(verified, "auth_token"), mpin);
    },
    async kotakNeoByTotp(origin) {
      const { mobileNumber, ucc, mpin } = hedge;
      const headers = { authorization: String(hedge.accessToken), "neo-fin-key": "neotradeapi" };
      const totp = await code(String(hedge.totpSecret));
      const view = data(await post(`${origin}/login/1.0/tradeApiLogin`, headers, { mobileNumber, ucc, totp }));
      const pair = { sid: pick(view, "sid"), auth: pick(view, "token") };
      const trade = await post(`${origin}/login/1.0/tradeApiValidate`, { ...headers, ...pair }, { mpin });
      return pick(data(trade), "token");
    },
  };
}

// Kotak Neo wraps what it grants.
function data(answer: unknown): unknown {
  return (answer as { data: unknown }).data;
}
