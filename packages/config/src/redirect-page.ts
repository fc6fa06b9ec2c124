import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { BrokerAuthError } from "@x/core";

/** Where a broker leads the browser back to, on this machine. */
export interface RedirectPage extends AsyncDisposable {
  /** The first address that the browser was led to here. */
  readonly arrived: Promise<string>;
}

// Nothing of the address is shown: it carries a request token. It is taken out of the address bar, too.
const page = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Logged in</title></head>
<body><p>The login goes on in the program. You can close this page.</p>
<script>history.replaceState(null, "", "/"); window.close();</script></body></html>
`;

const headers = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; script-src 'unsafe-inline'",
  connection: "close",
};

/**
 * Listens at the redirect address until the browser comes, on loopback alone.
 * @throws BrokerAuthError `configuration` for an address that is not on loopback, has no port, or whose port is taken
 */
export async function openRedirectPage(redirectUrl: string): Promise<RedirectPage> {
  const at = loopbackAddress(redirectUrl);
  const { promise: arrived, resolve } = Promise.withResolvers<string>();
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", at.origin);
    // A browser also asks for icons, and other programs for whatever they like.
    const isOurs = request.method === "GET" && url.pathname === at.pathname && url.search !== "";
    response.writeHead(isOurs ? 200 : 404, headers).end(isOurs ? page : "");
    if (isOurs) response.on("finish", () => resolve(url.href));
  });
  await listen(server, at);
  return {
    arrived,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}

function loopbackAddress(redirectUrl: string): URL {
  const url = URL.canParse(redirectUrl) ? new URL(redirectUrl) : undefined;
  const isLoopback = url !== undefined && ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  if (url?.protocol === "http:" && isLoopback && url.port !== "") return url;
  throw wrongAddress("must be http, 127.0.0.1 (or localhost) and a port, as registered at the broker");
}

function listen(server: Server, { hostname, port }: URL): Promise<void> {
  const host = hostname === "localhost" ? "127.0.0.1" : hostname.replaceAll(/[[\]]/g, "");
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "is in use by another program" : "cannot be listened at";
      reject(wrongAddress(`its port ${port} ${why}`));
    });
    server.listen({ host, port: Number(port) }, resolve);
  });
}

function wrongAddress(what: string): BrokerAuthError {
  return new BrokerAuthError("configuration", `redirectUrl: ${what}`, { field: "redirectUrl" });
}
