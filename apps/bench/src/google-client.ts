import { OAuth2Client } from "google-auth-library";

/** google-auth-library with a token that a function of ours gives. */
export function googleClient(token: () => Promise<void>): OAuth2Client {
  const client = new OAuth2Client();
  client.refreshHandler = async () => {
    await token();
    return { access_token: "invented-access-token", expiry_date: Date.now() + 25_200_000 };
  };
  return client;
}
