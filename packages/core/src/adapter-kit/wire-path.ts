import { remembered } from "./remembered.ts";

/**
 * A path as it goes over the wire: without query and fragment, and with dot segments, backslashes and line breaks gone as `URL` takes them
 * out. It is for comparing with a list, so nothing else is forgiven: capitals, a doubled or an added slash and percent signs stay. Undefined
 * for what does not begin with a slash, and for an encoded slash, which some servers take for a real one.
 */
export const wirePath: (path: string) => string | undefined = remembered((path) => {
  const address = `https://host.invalid${path}`;
  if (!path.startsWith("/") || !URL.canParse(address)) return undefined;
  const { pathname } = new URL(address);
  return /%(?:2f|5c)/i.test(pathname) ? undefined : pathname;
});
