// Whole answers in the shape of angel-one.md sections 2 to 4, with invented values. No live answer was recorded.

/** 2031-03-03 09:30:10 IST, well inside a TOTP time step. */
export const startedAt: number = Date.UTC(2031, 2, 3, 4, 0, 10);

/** 2031-03-04 00:00 IST. */
export const midnight: number = Date.UTC(2031, 2, 3, 18, 30);

/** A token as section 3 has it: issued in the morning, over at midnight. */
export function invented(claims: Readonly<Record<string, unknown>> = {}): string {
  const body = { username: "T100001", iat: startedAt / 1000, exp: midnight / 1000, ...claims };
  return `${part({ alg: "HS512", typ: "JWT" })}.${part(body)}.aW52ZW50ZWQtc2lnbmF0dXJl`;
}

function part(value: unknown): string {
  return btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export const jwtToken: string = invented();
export const refreshToken: string = invented({ use: "refresh" });
export const feedToken: string = invented({ use: "feed", exp: midnight / 1000 + 54_000 });

/** The services' envelope around a success. */
export function success(data: unknown): Record<string, unknown> {
  return { status: true, message: "SUCCESS", errorcode: "", data };
}

/** The answer to a login or a renewal. */
export function granted(changes: Readonly<Record<string, unknown>> = {}): { readonly json: Record<string, unknown> } {
  return { json: success({ jwtToken, refreshToken, feedToken, ...changes }) };
}

/** A refusal in the services' envelope. */
export function refusedBy(errorcode: string, message = "invented"): Record<string, unknown> {
  return { status: false, message, errorcode, data: null };
}

/** A refusal in the gateway's envelope. */
export function stoppedBy(errorCode: string, message = "invented"): Record<string, unknown> {
  return { success: false, message, errorCode, data: "" };
}
