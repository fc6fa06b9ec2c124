/** What the broker says about the address that calls come from. */
export interface NetworkReport {
  /** The address the broker sees, where it tells. */
  readonly address?: string | undefined;
  /** Whether that address may trade; undefined where the broker does not tell. */
  readonly allowed?: boolean | undefined;
  /** One sentence for a person, with what to do. */
  readonly message: string;
}
