import { expect } from "@jest/globals";
import { createHash } from "node:crypto";
import type { KeptFiles, StoredFile } from "../../functions/files.ts";
import { badRequest } from "../../functions/problems.ts";
import { promiseSuite } from "./suite.ts";

/** What every place promises in which files are kept that arrived. */
export function keptFilesPromises(
  driver: string,
  open: () => Promise<{ kept: KeptFiles; close(): Promise<void> }>,
  cannot: Record<string, string> = {},
): void {
  const { promise, end } = promiseSuite<KeptFiles>(
    driver,
    async () => {
      const { kept, close } = await open();
      return { setup: kept, close };
    },
    cannot,
  );

  promise(
    "a file comes out byte for byte as it went in, whole and in parts, as often as it is read",
    async (kept) => {
      // More than a piece of an upload, and no multiple of one.
      const whole = Buffer.alloc(9_000_001);
      for (let at = 0; at < whole.length; at += 4_001) whole.writeUInt8((at / 4_001) % 251, at);
      const sha256 = createHash("sha256").update(whole).digest("hex");
      const parts = [whole.subarray(0, 1), whole.subarray(1, 8_500_000), whole.subarray(8_500_000)];
      expect(await kept.keep("a", chunks(...parts))).toEqual({ bytes: whole.length, sha256 });
      const file = (await kept.open("a"))!;
      expect(file.bytes).toBe(whole.length);
      for (let time = 0; time < 2; time += 1) expect((await read(file)).equals(whole)).toBe(true);
      for (const [from, to] of [
        [0, 1],
        [8_499_999, 8_500_001],
        [whole.length - 1, whole.length],
        [5, 5],
      ] as const)
        expect((await read(file, { from, to })).equals(whole.subarray(from, to))).toBe(true);
    },
  );

  promise("an empty file is a file", async (kept) => {
    expect(await kept.keep("empty", chunks())).toMatchObject({ bytes: 0 });
    const file = (await kept.open("empty"))!;
    expect([file.bytes, (await read(file)).length]).toEqual([0, 0]);
  });

  promise(
    "of a file that breaks off on its way nothing is kept, and what broke it off is said",
    async (kept) => {
      const gone = badRequest({ what: "The connection was closed." });
      async function* broken() {
        yield Buffer.alloc(10_000_000);
        throw gone;
      }
      await expect(kept.keep("a", broken())).rejects.toBe(gone);
      expect(await kept.open("a")).toBeUndefined();
    },
  );

  promise(
    "files are removed one by one, and those that are old; a file that is not there is none",
    async (kept) => {
      expect(await kept.open("a")).toBeUndefined();
      await kept.removeOld(Date.now());
      for (const id of ["a", "b", "c", "d", "e"]) await kept.keep(id, chunks(Buffer.from(id)));
      await kept.remove("a");
      await kept.remove("a");
      await kept.removeOld(0);
      const there = async () => {
        const found = await Promise.all(["a", "b", "c", "d", "e"].map((id) => kept.open(id)));
        return found.map((file) => file !== undefined);
      };
      expect(await there()).toEqual([false, true, true, true, true]);
      // However far the clocks of two machines are apart.
      await kept.removeOld(Date.now() + 86_400_000);
      expect(await there()).toEqual([false, false, false, false, false]);
    },
  );

  end();
}

async function* chunks(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

async function read(file: StoredFile, range?: { from: number; to: number }): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of file.read(range)) parts.push(part);
  return Buffer.concat(parts);
}
