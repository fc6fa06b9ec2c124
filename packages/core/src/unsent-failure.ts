const beforeConnecting =
  /^(ENOTFOUND|EAI_AGAIN|EAI_FAIL|UND_ERR_CONNECT_TIMEOUT|CERT_[A-Z_]+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_[A-Z_]+|ERR_TLS_CERT_ALTNAME_INVALID)$/;
// These can also end a connection that was open, so they are believed only of the call that opens one.
const whileConnecting = /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ETIMEDOUT)$/;

/**
 * Whether a failed fetch provably never sent its request: no address, no connection, no trusted certificate.
 * Only Node tells this apart; elsewhere the answer is no, which is the safe one.
 */
export function neverLeft(error: unknown): boolean {
  try {
    return isBeforeSending(error, 0);
  } catch {
    // An error whose facts cannot be read tells nothing.
    return false;
  }
}

function isBeforeSending(error: unknown, from: number): boolean {
  for (let layer = error, depth = from; typeof layer === "object" && layer !== null && depth < 5; depth++) {
    const { code, syscall, errors, cause } = layer as {
      code?: unknown;
      syscall?: unknown;
      errors?: unknown;
      cause?: unknown;
    };
    if (typeof code === "string" && beforeConnecting.test(code)) return true;
    if (typeof code === "string" && whileConnecting.test(code) && syscall === "connect") return true;
    if (Array.isArray(errors) && errors.length > 0) return errors.every((one) => isBeforeSending(one, depth + 1));
    layer = cause;
  }
  return false;
}
