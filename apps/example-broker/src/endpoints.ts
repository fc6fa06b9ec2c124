/** What this broker is called in configuration, errors and records. */
export const brokerId = "example-broker";

/** Where people log in, in a browser. */
export const loginOrigin = "https://login.example-broker.test";

/** Where programs call. */
export const apiOrigin = "https://api.example-broker.test";

/** At the login host: the page that a person logs in at. It leads back to the app's redirect address. */
export const loginPagePath = "/connect/login";

/** At the API host: POST trades a request token for a session, DELETE ends one. */
export const sessionTokenPath = "/session/token";

/** At the API host: the cheapest read that looks at the session. */
export const profilePath = "/user/profile";

/** When every session ends: 06:00 IST. */
export const cutoff = { hour: 6, minute: 0 } as const;

/** The calls that only read, by method. A path in another spelling is another path. */
export const readingPaths: Readonly<Partial<Record<string, readonly string[]>>> = {
  GET: [profilePath, "/portfolio/holdings"],
  HEAD: [profilePath, "/portfolio/holdings"],
};
