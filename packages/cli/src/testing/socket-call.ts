import { type ClientRequest, type RequestOptions, request } from "node:http";

export interface SocketAnswer {
  readonly status: number;
  readonly body: string;
}

/** One HTTP call over a socket or a port, with its path and headers exactly as they are given. */
export function call(options: RequestOptions, body = ""): Promise<SocketAnswer> {
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = request({ agent: false, ...options }, (answer) => {
      answer.setEncoding("utf8");
      let text = "";
      answer.on("data", (chunk: string) => (text += chunk));
      answer.once("end", () => resolve({ status: answer.statusCode ?? 0, body: text }));
      answer.once("error", reject);
    });
    sent.once("error", reject);
    // Even where its method has none.
    sent.end(body);
  });
}
