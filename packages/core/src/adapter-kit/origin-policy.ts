/** Which addresses may see an account's credentials. */
export interface OriginPolicy {
  /** Domains with a leading dot, such as `.nubra.io`: that host and everything below it, by https on the default port. */
  readonly domains: readonly string[];
  /** Further exact origins that the user has named. */
  readonly origins?: readonly string[];
  /** In `sandbox` loopback addresses are allowed and nothing else, everywhere else anything but those. */
  readonly environment: string;
}

const secureSchemes = new Set(["https:", "wss:"]);
const plainSchemes = new Set(["http:", "https:", "ws:", "wss:"]);

/**
 * The address if credentials may go there, else undefined. Refused: another host or a look-alike of one, plain http, a user name in the
 * address, an unusual port, an IP literal, a text that is no address.
 */
export function trustedUrl(address: string, policy: OriginPolicy): URL | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.username !== "" || url.password !== "") return undefined;
  if (policy.environment === "sandbox")
    return plainSchemes.has(url.protocol) && isLoopback(url.hostname) ? url : undefined;
  if (!secureSchemes.has(url.protocol)) return undefined;
  if (policy.origins?.includes(url.origin)) return url;
  if (url.port !== "") return undefined;
  return policy.domains.some(
    (domain) => /^\../.test(domain) && (url.hostname === domain.slice(1) || url.hostname.endsWith(domain)),
  )
    ? url
    : undefined;
}

/** Whether a host name is this machine: `localhost`, 127.0.0.0/8 or ::1. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Whether a host name means this machine or no machine in particular, in any spelling: wider than `isLoopback`, for refusing. */
export function isLocal(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, "");
  return isLoopback(name) || name.endsWith(".localhost") || /^(0\.0\.0\.0|\[::\]|\[::ffff:(7f|0)[^\]]*\])$/.test(name);
}
