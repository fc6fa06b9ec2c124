/** The commands that the store's user may have to run, each of them for something that the store does. */
export const redisRights: readonly string[] = [
  "HMGET",
  "HSET",
  "DEL",
  "EXISTS",
  "EVAL",
  "EVALSHA",
  "GET",
  "SET",
  "PEXPIRE",
  "PTTL",
  "PUBLISH",
  "SUBSCRIBE",
  "SCAN",
  "INFO",
];

/** Whether the server's answer says that its user may not do this. In a script it has no word of its own. */
export function isNotAllowed(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(?:NOPERM |ERR (?:The user executing|ACL failure in) (?:the )?script)/.test(error.message)
  );
}
