import { writeSync } from "node:fs";
import { Moved, ownSettings as opened, serve } from "../../../infra/local/thread/worker.ts";

/** A worker for tests: answers, throws, or dies as it is told. */
export interface EchoApi {
  echo(text: string): string;
  later(text: string): Promise<string>;
  bytes(given: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  data(nothing: undefined): unknown;
  pid(nothing: undefined): number;
  fail(message: string): undefined;
  die(message: string): undefined;
  /** Answers with what no message can hold, now or later. */
  unsendable(when: "now" | "later"): unknown;
  /** Ends the process as native code does, with these words. */
  abort(words: string): undefined;
  hang(nothing: undefined): Promise<undefined>;
  /** Never answers, nor anything that is asked later. */
  spin(nothing: undefined): undefined;
  /** Takes so many bytes and holds them. */
  eat(bytes: number): Promise<number>;
}

serve<EchoApi>({
  echo: (text) => text,
  later: async (text) => text,
  bytes: (given) => new Moved(given, [given.buffer]),
  data: () => opened<unknown>(),
  pid: () => process.pid,
  fail(message) {
    throw Object.assign(new Error(message), { code: "made_up", facts: [7] });
  },
  die(message) {
    setImmediate(() => {
      throw new Error(message);
    });
    return undefined;
  },
  unsendable: (when) => (when === "now" ? () => 1 : Promise.resolve(() => 1)),
  abort(words) {
    writeSync(2, words);
    process.abort();
  },
  hang: () => new Promise(() => undefined),
  spin() {
    for (;;);
  },
  async eat(bytes) {
    const eaten: Buffer[] = [];
    for (let at = 0; at < bytes; at += 10_000_000) eaten.push(Buffer.alloc(10_000_000, 1));
    await new Promise((resolve) => setTimeout(resolve, 60_000).unref());
    return eaten.length;
  },
});
