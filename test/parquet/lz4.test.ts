import { expect, test } from "@jest/globals";
import { lz4Block } from "../../infra/parquet/lz4.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

test.each([
  ["literals alone", "50 68656c6c6f", "hello"],
  ["a match that overlaps with itself", "1f 61 0100 05 10 62", `a${"a".repeat(24)}b`],
  ["a long run of literals", `f0 01 ${"61".repeat(16)}`, "a".repeat(16)],
  ["nothing", "00", ""],
])("%s", (_, packed, text) => expect(Buffer.from(lz4Block(hex(packed), text.length)).toString()).toBe(text));

test.each([
  ["literals past the end of the block", "50 6161", 5],
  ["a match from before the beginning", "14 61 0500", 10],
  ["an offset of nothing", "14 61 0000", 10],
  ["more than was said", "1f 61 0100 ff 00", 30],
  ["a length that never ends", "f0 ff ff", 1000],
])("%s is damage", (_, packed, bytes) => expect(() => lz4Block(hex(packed), bytes)).toThrow(RangeError));
