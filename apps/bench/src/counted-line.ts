import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A way to a server that counts what passes. */
export interface CountedLine extends AsyncDisposable {
  readonly port: number;
  /** Bytes in both directions so far. */
  bytes(): number;
}

export async function openCountedLine(to: number): Promise<CountedLine> {
  let passed = 0;
  const sockets = new Set<Socket>();
  const lead = (from: Socket, into: Socket): void => {
    sockets.add(from);
    from.setNoDelay(true);
    from.on("error", () => undefined);
    from.on("data", (chunk) => (passed += chunk.byteLength));
    from.on("close", () => into.destroy());
    from.pipe(into);
  };
  const listener = createServer((near) => {
    const far = connect(to, "127.0.0.1");
    lead(near, far);
    lead(far, near);
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    bytes: () => passed,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
