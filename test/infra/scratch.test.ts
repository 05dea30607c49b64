import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "@jest/globals";
import { scratch } from "../../infra/scratch.ts";

async function* bytes(text: string, fails = false): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
  if (fails) throw new Error("cut short");
}

test("what is kept is read in any order, and gone afterwards", async () => {
  let folder: string;
  {
    await using kept = await scratch.keep(bytes("hello"));
    folder = dirname(kept.name);
    const read: Uint8Array[] = [];
    for await (const chunk of kept.read({ from: 1, to: 3 })) read.push(chunk);
    expect([kept.bytes, Buffer.concat(read).toString()]).toEqual([5, "el"]);
    expect(existsSync(folder)).toBe(true);
  }
  expect(existsSync(folder)).toBe(false);
});

test("bytes that fail on their way say so", () =>
  expect(scratch.keep(bytes("hel", true))).rejects.toThrow("cut short"));
