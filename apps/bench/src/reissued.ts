/** A recorded answer so much later: the times in its tokens move with it, and they name no client. */
export function reissued(body: string, shiftMs: number): string {
  const seconds = Math.round(shiftMs / 1_000);
  return body.replaceAll(/(eyJ[\w-]+)\.([\w-]+)\.([\w-]+)/g, (_, head: string, claims: string, seal: string) => {
    const {
      iat,
      exp,
      ucc: _ucc,
      ...others
    } = JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, unknown>;
    const times = { iat: Number(iat) + seconds, exp: Number(exp) + seconds };
    return `${head}.${Buffer.from(JSON.stringify({ ...others, ...times })).toString("base64url")}.${seal}`;
  });
}
