import { spawn } from "node:child_process";

/** What a program of the user's is told. */
export interface Notice {
  readonly account: string;
  readonly code: string;
  readonly message: string;
}

/** Runs a command of the user's by the shell. What happened stands in its environment, and not on its command line. Its failure changes nothing. */
export function notify(command: string, { account, code, message }: Notice): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(command, {
      shell: true,
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, BROKER_AUTH_ACCOUNT: account, BROKER_AUTH_CODE: code, BROKER_AUTH_MESSAGE: message },
    });
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  });
}
