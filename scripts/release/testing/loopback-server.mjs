import { createServer } from "node:http";
import { text } from "node:stream/consumers";

/**
 * An HTTP server on a free port of the loopback address, and what has arrived at it.
 * @param {(request: { method: string, path: string, body: string }) => { status: number, body: unknown }} answer
 */
export async function loopbackServer(answer) {
  const arrived = [];
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    const arrival = { method: request.method ?? "", path, headers: request.headers, body: await text(request) };
    arrived.push(arrival);
    const { status, body } = answer(arrival);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    arrived,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}
