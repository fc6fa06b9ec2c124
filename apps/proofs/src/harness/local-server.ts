import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";

/** A server of a proof's own. Its connections end with it. */
export interface LocalServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Ends all connections. */
  hangUp(): void;
}

/** Lets a server listen on a free port of this machine. */
export async function listenLocally(server: Server, host = "127.0.0.1"): Promise<LocalServer> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    url: `http://${host}:${port}`,
    hangUp,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      hangUp();
      await closed;
    },
  };
}
