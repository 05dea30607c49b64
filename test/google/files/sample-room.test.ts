import { expect, test } from "@jest/globals";
import { sampleBytesMax, sampleRoom } from "../../../infra/google/files/sample-room.ts";

/** An instance of the panel unpacks what fits beside its other work. */

const mebibyte = 1024 * 1024;
async function* zeros(bytes: number): AsyncGenerator<Uint8Array> {
  for (let left = bytes; left > 0; left -= mebibyte) yield Buffer.alloc(Math.min(mebibyte, left));
}

test("a sample may be so large unpacked, and one that is larger is refused", async () => {
  await using kept = await sampleRoom.keep(zeros(sampleBytesMax));
  expect(kept.bytes).toBe(sampleBytesMax);
  await expect(sampleRoom.keep(zeros(sampleBytesMax + 1))).rejects.toThrow(
    "Unpacked, the sample has more than 134217728 bytes",
  );
});
