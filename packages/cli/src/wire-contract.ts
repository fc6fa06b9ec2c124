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
};
