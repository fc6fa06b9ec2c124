import type { Server } from "node:http";
import { SandboxError } from "./sandbox-error.ts";

/**
 * Listens on 127.0.0.1. `name` says in errors whose port it is.
 * @throws SandboxError port_in_use, bad_option
 */
export function listenOn(server: Server, port: number, name: string): Promise<void> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new SandboxError("bad_option", `The port of the ${name} listener must be a whole number from 0 to 65535.`);
  }
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const what = `the ${name} listener cannot start`;
      reject(
        error.code === "EADDRINUSE"
          ? new SandboxError(
              "port_in_use",
              `Port ${port} on 127.0.0.1 is in use, so ${what}; stop what listens there, or choose another port (0 picks a free one).`,
            )
          : new SandboxError(
              "bad_option",
              `Port ${port} on 127.0.0.1 is refused (${error.code ?? "unknown"}), so ${what}; choose another port.`,
            ),
      );
    });
    server.listen({ port, host: "127.0.0.1", exclusive: true }, resolve);
  });
}
