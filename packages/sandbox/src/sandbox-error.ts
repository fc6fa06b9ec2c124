/**
 * - `port_in_use`: another process listens there; choose another port or 0 for a free one.
 * - `bad_option`: an option or a control call that cannot be carried out; the message names it.
 * - `unknown_account`, `unknown_scenario`, `unknown_control`: the name is none of those the message lists.
 * - `state_file_corrupt`, `state_file_version`, `state_file_unusable`: the state file was left as it is; move it away or fix its folder.
 */
export type SandboxErrorCode =
  | "port_in_use"
  | "bad_option"
  | "unknown_account"
  | "unknown_scenario"
  | "unknown_control"
  | "state_file_corrupt"
  | "state_file_version"
  | "state_file_unusable";

/** The one error of the sandbox itself: a mistake of whoever runs it. What a broker refuses is an HTTP answer, never this. */
export class SandboxError extends Error {
  override readonly name: string = "SandboxError";
  readonly code: SandboxErrorCode;

  constructor(code: SandboxErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
