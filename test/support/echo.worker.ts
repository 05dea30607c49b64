import { Moved, serve } from "../../infra/local/thread/worker.ts";

/** A worker for tests: answers, throws, or dies as it is told. */
export interface EchoApi {
  echo(text: string): string;
  later(text: string): Promise<string>;
  bytes(given: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  fail(message: string): undefined;
  die(message: string): undefined;
  hang(nothing: undefined): Promise<undefined>;
}

serve<EchoApi>({
  echo: (text) => text,
  later: async (text) => text,
  bytes: (given) => new Moved(given, [given.buffer]),
  fail(message) {
    throw Object.assign(new Error(message), { code: "made_up", given: [7] });
  },
  die(message) {
    setImmediate(() => {
      throw new Error(message);
    });
    return undefined;
  },
  hang: () => new Promise(() => undefined),
});
