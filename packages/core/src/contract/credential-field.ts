/**
 * One field that an account of a broker is configured with. The table of fields feeds configuration files, environment variables,
 * the JSON Schema and the documentation; the provider's `parseCredentials` stays the classify of the values.
 */
export interface CredentialField {
  /** What it is and in which form, for documentation. */
  readonly description: string;
  /** Whether its value must never be shown. A literal value in a configuration file then gives a warning. */
  readonly secret: boolean;
  readonly required: boolean;
  /**
   * Environment variables that hold it, the first one preferred; names that the broker's own SDK uses come last. `false`: no variable may set it,
   * by whatever name. So it is for an address that credentials are sent to: a line in a neighbour's `.env` must not move a login elsewhere.
   */
  readonly env?: readonly string[] | false;
  /** The closed list of values, where there is one. */
  readonly values?: readonly string[];
}
