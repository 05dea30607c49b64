import { createHash } from "node:crypto";
import type { KeptFiles } from "../../../functions/files.ts";

/** Files that arrived, for tests of what is done with them.
 *  @param now the clock by which they are old, where a test has one of its own */
export function memoryFiles(
  now: () => number = Date.now,
): KeptFiles & { readonly files: Map<string, Buffer> } {
  const files = new Map<string, Buffer>();
  const keptAt = new Map<string, number>();
  return {
    files,
    async keep(id, bytes) {
      const all: Uint8Array[] = [];
      for await (const chunk of bytes) all.push(chunk);
      const whole = Buffer.concat(all);
      files.set(id, whole);
      keptAt.set(id, now());
      return { bytes: whole.length, sha256: createHash("sha256").update(whole).digest("hex") };
    },
    async open(id) {
      const whole = files.get(id);
      if (whole === undefined) return undefined;
      return {
        name: id,
        bytes: whole.length,
        async *read({ from, to } = { from: 0, to: whole.length }) {
          yield whole.subarray(from, to);
        },
      };
    },
    remove: async (id) => void files.delete(id),
    async removeOld(before) {
      for (const [id, at] of keptAt) if (at < before) files.delete(id);
    },
  };
}
