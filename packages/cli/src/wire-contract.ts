/** What brokers answer to the calls of a login, by broker and call: the type of each field. */
export type WireContract = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;

// What both of its calls answer.
const kotakNeoLogin = {
  data: "object",
  "data.token": "text",
  "data.sid": "text",
  "data.rid": "text",
  "data.hsServerId": "text",
  "data.isUserPwdExpired": "yes or no",
  "data.ucc": "text",
  "data.greetingName": "text",
  "data.isTrialAccount": "yes or no",
  "data.dataCenter": "text",
  "data.searchAPIKey": "text",
  "data.derivativesRiskDisclosure": "text",
  "data.mfAccess": "number",
  "data.dataCenterMap": "null",
  "data.dormancyStatus": "text",
  "data.asbaStatus": "text",
  "data.clientType": "text",
  "data.isNRI": "yes or no",
  "data.kId": "text",
  "data.kType": "text",
  "data.status": "text",
  "data.incRange": "number",
  "data.incUpdFlag": "text",
  "data.clientGroup": "text",
  "data.kraStatus": "text",
  "data.rcFlag": "number",
} as const;

// What both of its calls answer.
const angelOneGrant = {
  status: "yes or no",
  message: "text",
  errorcode: "text",
  data: "object",
  "data.jwtToken": "text",
  "data.refreshToken": "text",
  "data.feedToken": "text",
} as const;

/** As the sandboxes answer, which follow the brokers' references. A test compares the two. */
export const wireContract: WireContract = {
  nubra: {
    "POST /totp/login": {
      auth_token: "text",
      flow: "text",
      message: "text",
      next: "text",
    },
    "POST /verifypin": {
      email: "text",
      message: "text",
      next: "text",
      phone: "text",
      session_token: "text",
      userId: "number",
    },
    "POST /sendphoneotp": {
      attempts_left: "number",
      email: "text",
      expiry: "number",
      flow: "text",
      message: "text",
      next: "text",
      phone: "text",
      temp_token: "text",
    },
    "POST /verifyphoneotp": {
      auth_token: "text",
      flow: "text",
      message: "text",
      next: "text",
    },
  },
  "kotak-neo": {
    "POST /login/1.0/tradeApiLogin": {
      ...kotakNeoLogin,
    },
    "POST /login/1.0/tradeApiValidate": {
      ...kotakNeoLogin,
      "data.baseUrl": "text",
      "data.feedUrl": "text",
      "data.rtUrl": "text",
    },
  },
  zerodha: {
    "POST /session/token": {
      status: "text",
      data: "object",
      "data.user_type": "text",
      "data.email": "text",
      "data.user_name": "text",
      "data.user_shortname": "text",
      "data.broker": "text",
      "data.exchanges[]": "text",
      "data.products[]": "text",
      "data.order_types[]": "text",
      "data.avatar_url": "null",
      "data.user_id": "text",
      "data.api_key": "text",
      "data.access_token": "text",
      "data.public_token": "text",
      "data.refresh_token": "text",
      "data.login_time": "text",
      "data.meta": "object",
      "data.meta.demat_consent": "text",
    },
  },
  "angel-one": {
    "POST /rest/auth/angelbroking/user/v1/loginByPassword": {
      ...angelOneGrant,
    },
    "POST /rest/auth/angelbroking/jwt/v1/generateTokens": {
      ...angelOneGrant,
    },
  },
};

// Of refusals, and of the other calls that a login may make: it asks whether a session lives, and for the time.
const furtherNames: Readonly<Record<string, string>> = {
  nubra: "error detail userinfo",
  "kotak-neo":
    "error code message stat stCode errMsg emsg errorCode fault description type login v6 totp validate get-client-ip quick user positions",
  zerodha: "message error_type user profile",
  "angel-one": "success errorCode state rest secure angelbroking user v1 getProfile",
};

/** The names of fields and the words of paths that a broker's reference has: none of them is anybody's. */
export function knownNames(broker: string): ReadonlySet<string> {
  const calls = Object.entries(Object.hasOwn(wireContract, broker) ? (wireContract[broker] ?? {}) : {});
  const names = [
    ...calls.flatMap(([call, fields]) => [
      ...call.replace(/^\w+ /, "").split("/"),
      ...Object.keys(fields).flatMap((field) => field.replaceAll("[]", "").split(".")),
    ]),
    ...((Object.hasOwn(furtherNames, broker) ? furtherNames[broker] : undefined) ?? "").split(" "),
  ];
  return new Set(names.filter((name) => name !== ""));
}
