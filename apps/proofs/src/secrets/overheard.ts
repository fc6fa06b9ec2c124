import { format, inspect } from "node:util";
import type { BrokerAuthEvent } from "@x/core";

/** Everything that a program, its logs and its crash reports get to see of the library, as texts. */
export class Overheard {
  readonly texts: Set<string> = new Set();
  errors = 0;
  events = 0;
  bytes = 0;
  /** Configurations that were tried. */
  configurations = 0;
  /** Rejections that nobody handled. */
  lost = 0;

  /** Runs a part of a program, and keeps what came of it or what was thrown. */
  async run<Result>(work: () => Promise<Result> | Result): Promise<Result | undefined> {
    try {
      const result = await work();
      // What a broker answered to a program's own request is the program's.
      if (result instanceof Response) await result.body?.cancel();
      else this.value(result);
      return result;
    } catch (error) {
      this.error(error);
      return undefined;
    }
  }

  error(error: unknown): void {
    this.errors += 1;
    this.value(error);
    for (let layer = error, depth = 0; layer instanceof Error && depth < 5; layer = layer.cause, depth++) {
      this.text(String(layer), layer.stack ?? "", layer.message);
      // Also what printing leaves out, under names of every kind.
      for (const name of Reflect.ownKeys(layer)) this.text(String(name), format("%s", Reflect.get(layer, name)));
    }
  }

  event(event: BrokerAuthEvent): void {
    this.events += 1;
    this.value(event);
  }

  /** Printed in all the ways that programs print. */
  value(value: unknown): void {
    const whole = { depth: Number.POSITIVE_INFINITY, maxArrayLength: null, maxStringLength: null, breakLength: 200 };
    this.text(
      inspect(value, { ...whole, showHidden: true }),
      // Past the classes' own printing, down to the fields.
      inspect(value, { ...whole, customInspect: false }),
      format("%s %o %O %j", value, value, value, value),
      asJson(value),
    );
  }

  text(...texts: readonly string[]): void {
    for (const text of texts) {
      if (this.texts.has(text)) continue;
      this.texts.add(text);
      this.bytes += text.length;
    }
  }

  /** Listens to standard output, standard error, warnings and lost rejections until it is disposed of. */
  listen(): Disposable {
    const { stdout, stderr } = process;
    const originals = [stdout, stderr].map((stream) => ({ stream, write: stream.write.bind(stream) }));
    for (const { stream, write } of originals) {
      stream.write = (chunk: string | Uint8Array, ...rest: []) => {
        this.text(Buffer.from(chunk).toString("latin1"));
        return write(chunk, ...rest);
      };
    }
    const warned = (warning: Error): void => this.error(warning);
    const lost = (reason: unknown): void => {
      this.lost += 1;
      this.error(reason);
    };
    process.on("warning", warned).on("unhandledRejection", lost);
    return {
      [Symbol.dispose]() {
        for (const { stream, write } of originals) stream.write = write;
        process.off("warning", warned).off("unhandledRejection", lost);
      },
    };
  }
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    // A cycle: inspect has seen it.
    return "";
  }
}
