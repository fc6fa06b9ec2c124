/** A way in which nothing of a request leaves, or, for comparison, in which it leaves and no answer comes. */
export interface CutOff {
  readonly name: string;
  /** Where it happens: before the broker, at the proxy, at the program's descriptors, or at the name of the host. */
  readonly at: "broker" | "proxy" | "descriptors" | "name";
  /** Only a limit of our own ends it. */
  readonly silent?: true;
  /** The request arrives whole. */
  readonly arrives?: true;
}

const broker = ["refused", "closed", "reset", "ended-in-tls", "reset-in-tls", "plain-text"] as const;
const alerts = ["alert-0", "alert-40", "alert-70", "alert-80", "alert-112"] as const;
const certificates = ["other-name", "expired", "not-trusted"] as const;
const proxy = ["proxy-407", "proxy-403", "proxy-502", "proxy-garbage", "proxy-refused", "tunnel-closed"] as const;

/** Every way in which nothing leaves that can be had on loopback. The other system codes are tested by their shape (unsent-failure.test.ts). */
export const cutOffs: readonly CutOff[] = [
  ...[...broker, ...alerts, ...certificates].map((name): CutOff => ({ name, at: "broker" })),
  { name: "silent-tls", at: "broker", silent: true },
  { name: "packets-dropped", at: "broker", silent: true },
  ...proxy.map((name): CutOff => ({ name, at: "proxy" })),
  { name: "proxy-silent", at: "proxy", silent: true },
  // Node 24.21 tries again without end, 26.10 and the others tell at once.
  { name: "proxy-closed", at: "proxy", silent: true },
  { name: "descriptors", at: "descriptors" },
  { name: "no-address", at: "name" },
];

/** What leaves and gets no answer: it counts, or none of the above would show anything. */
export const arrivals: readonly CutOff[] = [
  { name: "arrives-closed", at: "broker", arrives: true },
  { name: "arrives-reset", at: "broker", arrives: true },
  { name: "arrives-silent", at: "broker", arrives: true, silent: true },
];
