import { generateKeyPairSync } from "node:crypto";
import { createAppAuth } from "@octokit/auth-app";
import { request } from "@octokit/request";

/** @octokit/auth-app for one installation of an app. */
export interface OctokitApp {
  /** The installation's token, from the cache while it lives. */
  token(): Promise<unknown>;
  /** Puts the header onto a request, which is answered at once. */
  hook(): Promise<unknown>;
}

export function octokitApp(token: () => Promise<void>): OctokitApp {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const granting: typeof fetch = async () => {
    await token();
    return Response.json(
      {
        token: "invented-installation-token",
        expires_at: new Date(Date.now() + 3_600_000).toISOString(),
        permissions: { metadata: "read" },
      },
      { status: 201 },
    );
  };
  const auth = createAppAuth({
    appId: 1,
    installationId: 1,
    privateKey,
    request: request.defaults({ request: { fetch: granting } }),
  });
  // The hook calls this in place of the network: only its own work is measured.
  const answered = Object.assign(async () => ({ status: 200, headers: {}, data: {} }), {
    endpoint: request.endpoint,
    defaults: () => request.defaults({ request: { fetch: granting } }),
  }) as unknown as typeof request;
  return {
    token: () => auth({ type: "installation" }),
    hook: () => auth.hook(answered, "GET /repos/{owner}/{repo}", { owner: "o", repo: "r" }),
  };
}
