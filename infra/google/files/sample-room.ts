import type { Scratch } from "../../../functions/files.ts";
import { tooLarge } from "../../../functions/problems.ts";
import { scratch } from "../../scratch.ts";

/** What a sample may take when it is unpacked: the disk of an instance is its memory, and admin answers
 *  others beside. */
export const sampleBytesMax = 128 * 1024 * 1024;

/** Room for samples that are checked in the panel. Files that are imported have that of the function import.
 *  Its `keep` throws too_large. */
export const sampleRoom: Scratch = { keep: (bytes) => scratch.keep(limited(bytes)) };

async function* limited(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of bytes) {
    total += chunk.length;
    if (total > sampleBytesMax)
      throw tooLarge({
        what: "Unpacked, the sample has",
        bytesMax: sampleBytesMax,
        advice: "check it with afterclick imports check FILE on a machine of your own",
      });
    yield chunk;
  }
}
