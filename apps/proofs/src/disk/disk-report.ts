import type { TestAccount, TestPlan } from "@x/test-environment";

export interface DiskPlan extends TestPlan {
  /** Where the store is moved to and fro. */
  readonly workDirectory: string;
}

/** How the program that used the store last has left it. */
export type Leaving = "closed" | "in use" | "killed";

export type DiskOrder =
  /** A small disk of its own for the store, which only this process and its children see. */
  | { readonly kind: "mount"; readonly megabytes: number }
  /** Puts the store into the state that it was left in. */
  | { readonly kind: "leave"; readonly as: Leaving }
  /** Fills the disk but for so many bytes. */
  | { readonly kind: "fill"; readonly but: number }
  | { readonly kind: "free" }
  | { readonly kind: "make read-only" | "make writable" }
  /** As a program that starts afresh: `adopt` and `log in` ask for a session, `ask for an OTP` begins a login by SMS. */
  | { readonly kind: "try"; readonly what: "session" | "ask for an OTP"; readonly account: TestAccount }
  | { readonly kind: "end" };

export interface DiskReport {
  /** `session`, `challenge`, the code of an error, or `untyped: …`. */
  readonly result: string;
  readonly generation: number;
}
