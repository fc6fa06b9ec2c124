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
  return (answer) => ({ ...answer, body: withLast(answer.body, field, text) });
}

/** The token of the answer with other claims. The broker does not look at it again in these cases. */
export function withClaims(claims: Fields): Change {
  return withToken("token", (token) => mintJwt({ ...(JSON.parse(claimsOf(token)) as Fields), ...claims } as never));
}

/** The token with this JSON text as the claim of its end. */
export function withRawClaim(field: "token" | "session_token", exp: string): Change {
  return withToken(field, (token) => {
    const claims = Buffer.from(withLast(claimsOf(token), "exp", exp)).toString("base64url");
    return `${btoa("{}")}.${claims}.aW52ZW50ZWQ`;
  });
}

function withToken(field: string, change: (token: string) => string): Change {
  const place = new RegExp(`(?<="${field}":")[^"]+`);
  return (answer) => ({ ...answer, body: answer.body.replace(place, change) });
}

// Of two fields of a name the last one counts.
function withLast(object: string, field: string, text: string): string {
  return object.replace(/\}$/, `,"${field}":${text}}`);
}

function claimsOf(token: string): string {
  return Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
}

function rewritten(answer: RelayedAnswer, change: (body: Fields) => Fields): RelayedAnswer {
  return { ...answer, body: JSON.stringify(change(JSON.parse(answer.body) as Fields)) };
}
