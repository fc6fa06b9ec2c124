/** Where a fetch is about to go, without touching its body. */
export function addressOf(input: string | URL | Request): URL {
  return new URL(input instanceof Request ? input.url : input);
}
