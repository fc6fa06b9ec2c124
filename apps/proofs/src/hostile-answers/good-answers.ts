import { mintJwt } from "@x/sandbox";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export const at: number = Date.UTC(2031, 2, 3, 3, 30, 10, 500);
const jwt = (claims: Record<string, Json>): string => mintJwt({ exp: Math.floor(at / 1000) + 7 * 3_600, ...claims });

// Answers as the references show them (sections 4.1), with invented values.
export const otpSent = (next: string): Json => ({
  attempts_left: 4,
  email: "trader@example.com",
  expiry: 30,
  flow: "LOGIN",
  message: "OTP sent",
  next,
  phone: "9000000001",
  temp_token: jwt({ factor: "OTP" }),
});
export const authToken = "0b9c2f4e-1111-4a2b-9c3d-5e6f7a8b9c0d";
export const firstFactor: Json = {
  auth_token: authToken,
  flow: "LOGIN",
  message: "User Created Successfully",
  next: "ENTER_MPIN",
};
const sessionToken = jwt({ deviceId: "device-0001", userId: 1001 });
export const pinAccepted: Json = {
  email: "trader@example.com",
  message: "Login Successful",
  next: "DASHBOARD",
  phone: "9000000001",
  session_token: sessionToken,
  userId: 1001,
};
export const userInfo: Json = {
  env_info: { user_ws_url: "wss://api.nubra.io/ws", market_ws_url: "wss://api.nubra.io/apibatch/ws" },
  version_info: { status: "ACTIVE" },
};
export const address: Json = {
  is_matched: true,
  current_ip_address: "203.0.113.10",
  primary_ip_address: "203.0.113.10",
  secondary_ip_address: "",
};
export const secretMade: Json = {
  data: { secret_key: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", qr_image: "data:image/png;base64,AAAA" },
  message: "Enable TOTP flow by verifying TOTP",
};
export const viewToken: string = jwt({ scope: ["View"], jti: "view" });
const tradeToken = jwt({ scope: ["Trade"], jti: "trade" });
const granted = (kType: "View" | "Trade"): { [key: string]: Json } => ({
  token: kType === "View" ? viewToken : tradeToken,
  sid: kType === "View" ? "7c1d0e52-1111-4f0a-8b2e-0a1b2c3d4e5f" : "9a8b7c6d-3333-4d5e-8f90-abcdef012345",
  rid: "2f6a9b10-2222-4c3d-9e8f-1a2b3c4d5e6f",
  isUserPwdExpired: false,
  ucc: "XY42Z",
  greetingName: "TEST USER",
  dataCenter: "E21",
  dormancyStatus: "A",
  kId: "ABCDE1234F",
  kType,
  status: "success",
});
export const viewGranted: Json = { data: granted("View") };
export const tradeGranted: Json = {
  data: {
    ...granted("Trade"),
    baseUrl: "https://e21.kotaksecurities.com",
    feedUrl: "https://feed.kotaksecurities.com/apifeed",
    rtUrl: "https://rt.kotaksecurities.com/realtime",
  },
};
export const clientIp: Json = {
  data: [{ ip: "203.0.113.10", time: "2031-03-02 10:00:00.000" }],
  stCode: 1000,
  status: "success",
};
export const positions: Json = { stat: "Ok", stCode: 200, data: [] };
