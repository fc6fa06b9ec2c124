import { mintJwt } from "@x/sandbox";
import type { RelayedAnswer } from "./answer-relay.ts";

export type Fields = Readonly<Record<string, unknown>>;

export type Change = (answer: RelayedAnswer) => RelayedAnswer;

/** The same answer under another content type; none for "". */
export function labelled(type: string): Change {
  return (answer) => {
    const { "content-type": _, ...others } = answer.headers;
    return { ...answer, headers: type === "" ? others : { ...others, "content-type": type } };
  };
}

/** A refusal of Nubra that tells of attempts, as JSON text. */
export function refusedWith(message: string, attemptsLeft: string): RelayedAnswer {
  const body = `{"error":"${message}","nubra_error_code":"","attempts_left":${attemptsLeft}}`;
  return { status: 400, headers: { "content-type": "application/json" }, body };
}

/** With further fields at the top. */
export function withFields(fields: Fields): Change {
  return (answer) => rewritten(answer, (body) => ({ ...body, ...fields }));
}

/** With further fields beside the token of Kotak Neo. */
export function withData(fields: Fields): Change {
  return (answer) => rewritten(answer, (body) => ({ ...body, data: { ...(body["data"] as Fields), ...fields } }));
}

/** With a field whose value is this JSON text. */
export function withRaw(field: string, text: string): Change {
  return (answer) => {
    const marked = rewritten(answer, (body) => ({ ...body, [field]: placeholder }));
    return { ...marked, body: marked.body.replace(`"${placeholder}"`, text) };
  };
}

/** The token of the answer with other claims. The broker does not look at it again in these cases. */
export function withClaims(claims: Fields): Change {
  return (answer) =>
    rewritten(answer, (body) => {
      const data = body["data"] as Fields;
      return { ...body, data: { ...data, token: mintJwt({ ...claimsOf(data["token"]), ...claims } as never) } };
    });
}

/** The token with this JSON text as the claim of its end. */
export function withRawClaim(field: "token" | "session_token", exp: string): Change {
  const alter = (value: unknown): string => {
    const text = JSON.stringify({ ...claimsOf(value), exp: placeholder }).replace(`"${placeholder}"`, exp);
    return `${btoa("{}")}.${Buffer.from(text).toString("base64url")}.aW52ZW50ZWQ`;
  };
  return (answer) =>
    rewritten(answer, (body) => {
      const data = body["data"] as Fields | undefined;
      return data?.[field] === undefined
        ? { ...body, [field]: alter(body[field]) }
        : { ...body, data: { ...data, [field]: alter(data[field]) } };
    });
}

const placeholder = "to be replaced";

function claimsOf(token: unknown): Fields {
  return JSON.parse(Buffer.from(String(token).split(".")[1] ?? "", "base64url").toString()) as Fields;
}

function rewritten(answer: RelayedAnswer, change: (body: Fields) => Fields): RelayedAnswer {
  return { ...answer, body: JSON.stringify(change(JSON.parse(answer.body) as Fields)) };
}
