// Whole answers as nubra.md section 4.1 gives them (read 2031, from the original page, the SDK and working clients), with invented values.
import { mintJwt } from "@x/sandbox";
import type { ScriptedAnswer } from "@x/core/testing";

/** Planted values that must never come out of an error. */
export const canaries = {
  phone: "9000000001",
  email: "canary-mail@example.com",
  mpin: "135797",
  otp: "80246135",
  totpSecret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
  tempToken: "eyJjYW5hcnkiOiJ0ZW1wIn0.canary-temp.token",
  authToken: "0b9c2f4e-canary-auth-8b9c0d",
  deviceId: "canary-device-4711",
} as const;

/** 09:00:10 IST: in the middle of a TOTP time step, so that nothing waits for another one. */
export const startedAt: number = Date.UTC(2031, 2, 3, 3, 30, 10);

/** @param exp epoch seconds; default the documented seven hours after `startedAt` */
export function sessionToken(exp: number | undefined = startedAt / 1000 + 7 * 3600): string {
  return mintJwt({
    deviceId: canaries.deviceId,
    ...(exp === undefined ? {} : { exp }),
    login_mode: "TOTP",
    sessionId: "s-1",
    sub: canaries.email,
    userId: 1001,
  });
}

export function otpSent(next = "VERIFY_MOBILE", tempToken: string = canaries.tempToken): ScriptedAnswer {
  return {
    json: {
      attempts_left: 4,
      email: canaries.email,
      expiry: 30,
      flow: "LOGIN",
      message: "OTP sent",
      next,
      phone: canaries.phone,
      temp_token: tempToken,
    },
  };
}

export const firstFactorAccepted: ScriptedAnswer = {
  status: 201,
  json: { auth_token: canaries.authToken, flow: "LOGIN", message: "User Created Successfully", next: "ENTER_MPIN" },
};

export const pinAccepted: ScriptedAnswer = {
  json: {
    email: canaries.email,
    message: "Login Successful",
    next: "DASHBOARD",
    phone: canaries.phone,
    session_token: sessionToken(),
    userId: 1001,
  },
};

export const totpSecretMade: ScriptedAnswer = {
  json: {
    data: { secret_key: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", qr_image: "data:image/png;base64,AAAA" },
    message: "Enable TOTP flow by verifying TOTP",
  },
};

export const totpEnabled: ScriptedAnswer = { json: { message: "TOTP verified successfully" } };
export const totpDisabled: ScriptedAnswer = { json: { message: "Disabled TOTP successfully" } };

export function userInfo(version = "ACTIVE"): ScriptedAnswer {
  return {
    json: {
      env_info: { user_ws_url: "wss://api.nubra.io/ws", market_ws_url: "wss://api.nubra.io/apibatch/ws" },
      version_info: { status: version },
    },
  };
}

export const addressMatched: ScriptedAnswer = {
  json: {
    is_matched: true,
    current_ip_address: "203.0.113.10",
    primary_ip_address: "203.0.113.10",
    secondary_ip_address: "",
  },
};

/** The current shape of a refusal: the code is always there and always empty (nubra.md section 8). */
export function refusedWith(
  status: number,
  text: string,
  field: "error" | "message" | "detail" = "error",
): ScriptedAnswer {
  return { status, json: field === "error" ? { error: text, nubra_error_code: "" } : { [field]: text } };
}
