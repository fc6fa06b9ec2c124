import { isBrokerAuthError } from "@x/core";
import { Hono } from "hono";
import type { AccountActions } from "./account-actions.ts";
import { readForm, required } from "./desk-form.ts";
import { answerOf, refusalView, stepView } from "./login-answer.ts";

/** Beside the picture of a secret: what confirms it. */
const enrolmentHeader = "x-enrolment";

/** What the page asks of an account, below `/accounts/:account`. */
export function accountRoutes(actions: AccountActions): Hono {
  const app = new Hono();
  app.post("/:account/login", async (context) => {
    return context.json(stepView(await actions.beginLogin(context.req.param("account"))));
  });
  app.post("/:account/answer", async (context) => {
    const account = context.req.param("account");
    const form = await readForm(context);
    const handle = required(form, "handle", "The form has lost its login; begin again.");
    const answer = answerOf(form);
    try {
      return context.json(stepView(await actions.answerLogin(account, handle, answer)));
    } catch (error) {
      if (!isBrokerAuthError(error)) throw error;
      const over = !(await actions.takesAnswer(account, error));
      return context.json({ refusal: { ...refusalView(error), over } });
    }
  });
  app.post("/:account/logout", async (context) => {
    await actions.logout(context.req.param("account"));
    return context.json({});
  });
  app.post("/:account/unlock", async (context) => {
    await actions.unlock(context.req.param("account"));
    return context.json({});
  });
  app.post("/:account/unlock-at-broker", async (context) => {
    await actions.unlockEverywhere(context.req.param("account"));
    return context.json({});
  });
  // The one answer that holds a secret, on purpose: the picture of the TOTP secret that is being enrolled. It is made once, is never stored, and
  // is of use to nobody but the person who scans it.
  app.post("/:account/enrolment", async (context) => {
    const { id, picture } = await actions.beginEnrolment(context.req.param("account"));
    const headers = { "content-type": "image/svg+xml", "cache-control": "no-store", [enrolmentHeader]: id };
    return context.body(picture, 200, headers);
  });
  app.post("/:account/enrolment/confirm", async (context) => {
    const id = required(await readForm(context), "enrolment", "The form has lost its secret; begin again.");
    return context.json({ line: await actions.confirmEnrolment(context.req.param("account"), id) });
  });
  app.post("/:account/enrolment/cancel", async (context) => {
    const id = required(await readForm(context), "enrolment", "The form has lost its secret.");
    actions.cancelEnrolment(context.req.param("account"), id);
    return context.json({});
  });
  app.post("/:account/enrolment/remove", async (context) => {
    await actions.disableTotp(context.req.param("account"));
    return context.json({});
  });
  return app;
}
