import { totpLogin, verifyPin } from "./login-calls.ts";
import { sendPhoneOtp, verifyPhoneOtp } from "./otp-calls.ts";
import {
  furtherReads,
  holdings,
  logout,
  placeOrder,
  positions,
  report,
  userInfo,
  validateIp,
} from "./session-calls.ts";
import type { NubraStep } from "./step.ts";
import { disableTotp, enableTotp, generateTotpSecret } from "./totp-enrolment.ts";

/** All calls there are. */
export const nubraSteps: readonly NubraStep[] = [
  sendPhoneOtp,
  verifyPhoneOtp,
  totpLogin,
  verifyPin,
  generateTotpSecret,
  enableTotp,
  disableTotp,
  logout,
  userInfo,
  validateIp,
  holdings,
  positions,
  ...furtherReads,
  placeOrder,
  report,
];
