import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";

/** Stands between a browser and a server and keeps every byte that the browser received. */
export class ByteTap implements AsyncDisposable {
  /** What a browser opens in place of the server. */
  readonly address: string;
  readonly #received: Buffer[] = [];
  readonly #close: () => Promise<void>;

  private constructor(address: string, received: Buffer[], close: () => Promise<void>) {
    this.address = address;
    this.#received = received;
    this.#close = close;
  }

  static async open(server: string): Promise<ByteTap> {
    const { port } = new URL(server);
    const received: Buffer[] = [];
    const tap = createServer((browser) => {
      const behind = connect(Number(port), "127.0.0.1");
      behind.on("data", (bytes) => received.push(bytes));
      browser.pipe(behind).pipe(browser);
      for (const [socket, other] of [
        [browser, behind],
        [behind, browser],
      ] as const)
        socket.on("error", () => other.destroy()).on("close", () => other.destroy());
    });
    tap.listen(0, "127.0.0.1");
    await once(tap, "listening");
    const address = new URL(server);
    address.port = String((tap.address() as AddressInfo).port);
    return new ByteTap(address.href, received, async () => void (await new Promise((resolve) => tap.close(resolve))));
  }

  /** Everything so far, headers too. */
  get received(): Buffer {
    return Buffer.concat(this.#received);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

/** Which of these texts are among the bytes: as they are, percent-encoded, or as part of anything in base64. */
export function found(bytes: Buffer, secrets: readonly string[]): string[] {
  return secrets.filter((secret) => spellings(secret).some((spelling) => bytes.includes(spelling)));
}

function spellings(secret: string): string[] {
  const plain = Buffer.from(secret);
  const percent = [...plain].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
  // Where in a group of three bytes it begins decides how it looks; its ends mix with what stands beside it.
  const grouped = [0, 1, 2].flatMap((shift) => {
    const start = (3 - shift) % 3;
    const whole = plain.subarray(start, start + Math.floor((plain.length - start) / 3) * 3);
    // Six letters of base64 could be there by chance.
    return whole.length < 6 ? [] : [whole.toString("base64"), whole.toString("base64url")];
  });
  return [
    secret,
    encodeURIComponent(secret),
    percent,
    percent.toUpperCase(),
    plain.toString("base64"),
    plain.toString("hex"),
    ...grouped,
  ];
}
