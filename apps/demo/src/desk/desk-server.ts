import { randomBytes, timingSafeEqual } from "node:crypto";
import type { AddressInfo } from "node:net";
import { type ServerType, serve } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { isBrokerAuthError } from "@x/core";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getCookie, setCookie } from "hono/cookie";
import { csrf } from "hono/csrf";
import { html } from "hono/html";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import { streamSSE } from "hono/streaming";
import { accountRoutes } from "./account-routes.ts";
import { nextTime } from "./desk-clock.ts";
import { failureView, readForm, required, wrongField } from "./desk-form.ts";
import { redirectAddress } from "./greeting.ts";
import type { OpenDesk } from "./open-desk.ts";
import { control } from "./sandbox-side.ts";

export interface DeskServerOptions {
  readonly opened: OpenDesk;
  /** The folder with the page's files. */
  readonly page: string;
  /** 0: a free one. */
  readonly port: number;
  /** Whether the address holds a key without which nothing is answered: another user of this computer cannot know it. For real accounts. */
  readonly keyed: boolean;
}

export interface DeskServer {
  /** What a browser opens. */
  readonly address: string;
  close(): Promise<void>;
}

// A screen that changes more often than this cannot be read.
const shownEveryMs = 250;
const cookie = "desk-key";
const callback = "/callback";

/** Serves a desk on 127.0.0.1. @throws the system's error for a port that cannot be used */
export async function serveDesk({ opened, page, port: wanted, keyed }: DeskServerOptions): Promise<DeskServer> {
  const key = keyed ? randomBytes(24).toString("base64url") : undefined;
  const { fetch } = deskApp(opened, page, key);
  const server = await new Promise<ServerType>((resolve, reject) => {
    const opening = serve({ fetch, hostname: "127.0.0.1", port: wanted }, () => resolve(opening));
    opening.once("error", reject);
  });
  const { port } = server.address() as AddressInfo;
  const address = `http://127.0.0.1:${port}/${key === undefined ? "" : `?key=${key}`}`;
  // The sandbox's apps are registered with this desk.
  const { sandbox, accounts } = opened.desk;
  for (const { name } of accounts)
    if (sandbox !== undefined) control(sandbox, name, "redirect-url", { url: redirectAddress(address) });
  return {
    address,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      // A page that is open holds its stream open.
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}

function deskApp(opened: OpenDesk, page: string, key: string | undefined): Hono {
  const { desk, actions, scenarios, view } = opened;
  const app = new Hono();
  protect(app, key);

  app.get("/desk", (context) => context.json(view()));
  app.get("/desk/stream", (context) =>
    streamSSE(context, async (stream) => {
      let news = Promise.withResolvers<void>();
      const stop = desk.log.on(() => news.resolve());
      stream.onAbort(() => news.resolve());
      while (!stream.aborted && !stream.closed) {
        await stream.writeSSE({ data: JSON.stringify(view()) });
        await stream.sleep(shownEveryMs);
        await news.promise;
        news = Promise.withResolvers();
      }
      stop();
    }),
  );

  // Where a broker's login page leads back to. It comes from another site, so without the cookie: the login's own value in it is the key.
  app.get(callback, async (context) => {
    const step = await actions.answerRedirect(context.req.url).catch((error: unknown) => {
      if (isBrokerAuthError(error)) return { refused: error };
      throw error;
    });
    const refused = "refused" in step && step.refused !== undefined ? failureView(step.refused) : undefined;
    const onward = html`<meta http-equiv="refresh" content="0;url=/" />`;
    return context.html(
      html`<!doctype html>
        <html lang="en">
          <head>
            <meta name="viewport" content="width=device-width" />
            ${refused === undefined ? onward : ""}
            <title>Trading desk</title>
          </head>
          <body>
            <h1>Trading desk</h1>
            <p>${refused === undefined ? "Logged in." : `Not logged in. ${refused.message}. ${refused.action}`}</p>
            <p><a href="/">To the desk</a></p>
          </body>
        </html>`,
    );
  });
  app.route("/accounts", accountRoutes(opened));
  app.post("/use/:alias", async (context) => {
    const account = required(await readForm(context), "account", "Write the name of an account.");
    await desk.setAlias(context.req.param("alias"), account);
    return context.json({});
  });
  if (scenarios !== undefined) {
    app.post("/scenarios/:id", async (context) => {
      const { account = desk.engine.auth.accounts[0] ?? "" } = await readForm(context);
      await scenarios.cause(context.req.param("id"), desk.engine.accountOf(account));
      return context.json({});
    });
    app.post("/clock", async (context) => {
      const at = nextTime(desk.clock.now(), (await readForm(context))["time"] ?? "");
      if (at === undefined) throw wrongField("time", "Write a time of day such as 09:14.");
      return context.json({ told: desk.goTo(at) });
    });
  }
  // The name of an asset holds a hash of its content.
  const kept = "public, max-age=31536000, immutable";
  app.use("/assets/*", serveStatic({ root: page, onFound: (_, context) => context.header("cache-control", kept) }));
  app.get("/", serveStatic({ root: page }));

  app.notFound((context) => context.text("There is no such page.", 404));
  app.onError((error, context) => {
    // An answer like others: the page says it at the field, and a browser shows no failed request.
    if (isBrokerAuthError(error)) return context.json({ failure: failureView(error) });
    if (error instanceof HTTPException) return error.getResponse();
    // What it is about may be a request with all that is in it.
    console.error(`desk: ${context.req.method} ${context.req.routePath}: ${error.name}`);
    const failure = { code: "unexpected", message: "The server could not do this.", action: "Look at its output." };
    return context.json({ failure }, 500);
  });
  return app;
}

/** Who may ask, for what, and what a browser may do with the answer. */
function protect(app: Hono, key: string | undefined): void {
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        // blob: is the picture of a TOTP secret, which has no address of its own.
        imgSrc: ["'self'", "blob:"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      xFrameOptions: "DENY",
      referrerPolicy: "no-referrer",
      // There is no https on loopback to insist on.
      strictTransportSecurity: false,
      permissionsPolicy: { camera: [], microphone: [], geolocation: [], clipboardRead: [] },
    }),
  );
  app.use(async (context, next) => {
    // A page of another name that leads to this computer (DNS rebinding) is another site, whatever its address is.
    if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(context.req.header("host") ?? ""))
      return context.text("This page is only for the computer it runs on.", 403);
    await next();
    if (!context.res.headers.has("cache-control")) context.header("cache-control", "no-store");
    return undefined;
  });
  if (key !== undefined) {
    app.use(async (context, next) => {
      if (sameText(context.req.query("key"), key)) {
        setCookie(context, cookie, key, { httpOnly: true, sameSite: "Strict", path: "/" });
        // Out of the address, and so out of the history.
        return context.redirect("/");
      }
      if (context.req.path === callback || sameText(getCookie(context, cookie), key)) return next();
      return context.text("Open the address that npm start printed: it holds the key to this page.", 403);
    });
  }
  app.use(csrf());
  app.use(async (context, next) => {
    // Only what csrf() looks at gets through: a form's own type, never JSON.
    const [type = ""] = (context.req.header("content-type") ?? "").split(";");
    if (context.req.method === "POST" && type.trim().toLowerCase() !== "application/x-www-form-urlencoded")
      return context.text("Send a form.", 415);
    return next();
  });
  app.use(bodyLimit({ maxSize: 4096 }));
}

function sameText(given: string | undefined, wanted: string): boolean {
  const [left, right] = [Buffer.from(given ?? ""), Buffer.from(wanted)];
  return left.length === right.length && timingSafeEqual(left, right);
}
