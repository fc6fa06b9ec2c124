import { type Answer, isBrokerAuthError } from "@x/core";
import { Hono } from "hono";
import { type DeskForm, failureView, readForm, required, stepView, wrongField } from "./desk-form.ts";
import type { OpenDesk } from "./open-desk.ts";

const answers = new Map([
  ["otp", { pattern: /^\d{4,8}$/, message: "Write the digits of the message, 4 to 8 of them." }],
  ["totp", { pattern: /^\d{6}$/, message: "Write the six digits that the app shows." }],
  ["mpin", { pattern: /^\d{4,6}$/, message: "Write the MPIN, 4 to 6 digits." }],
]);

/** What the page asks of an account, below `/accounts/:account`: a name or an alias. */
export function accountRoutes({ desk, actions, enrolments }: OpenDesk): Hono {
  const app = new Hono();
  const routes: Readonly<Record<string, (account: string, form: DeskForm) => Promise<object | void> | void>> = {
    login: async (account) => stepView(await actions.beginLogin(account)),
    async answer(account, form) {
      const handle = required(form, "handle", "The form has lost its login; begin again.");
      const answer = answerOf(form);
      try {
        return stepView(await actions.answerLogin(account, handle, answer));
      } catch (error) {
        if (!isBrokerAuthError(error)) throw error;
        return { failure: { ...failureView(error), over: !(await actions.takesAnswer(account, error)) } };
      }
    },
    logout: async (account) => actions.logout(account),
    unlock: async (account) => actions.unlock(account),
    "unlock-at-broker": async (account) => actions.unlockAtBroker(account),
    // The one answer that holds a secret, on purpose: the picture of the TOTP secret that is being enrolled. It is made once, is never stored, and
    // is of use to nobody but the person who scans it. The id beside it confirms it.
    enrolment: async (account) => enrolments.begin(account),
    "enrolment/confirm": async (account, form) => ({ line: await enrolments.confirm(account, enrolmentIn(form)) }),
    "enrolment/cancel": (account, form) => enrolments.cancel(account, enrolmentIn(form)),
    "enrolment/remove": async (account) => enrolments.disable(account),
  };
  for (const [path, work] of Object.entries(routes))
    app.post(`/:account/${path}`, async (context) => {
      const account = desk.engine.accountOf(context.req.param("account") ?? "");
      return context.json((await work(account, await readForm(context))) ?? {});
    });
  return app;
}

function enrolmentIn(form: DeskForm): string {
  return required(form, "enrolment", "The form has lost its secret; begin again.");
}

/** What a person answered. @throws BrokerAuthError `configuration`, with the field, before anything is sent */
function answerOf({ kind = "", value = "" }: DeskForm): Answer {
  if (kind === "resend") return { kind };
  const expected = answers.get(kind);
  if (expected === undefined) throw wrongField("kind", "The form has lost its question; begin again.");
  const digits = value.replaceAll(/\s/g, "");
  if (!expected.pattern.test(digits)) throw wrongField("value", expected.message);
  return { kind: kind as "otp" | "totp" | "mpin", value: digits };
}
