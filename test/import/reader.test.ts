import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { openCsv } from "../../functions/import/csv/reader.ts";
import { FileFault } from "../../functions/import/faults.ts";
import { bytesOf, cases, check, storedBytes } from "./cases.ts";

/** All records of a text that comes in these pieces, and how it ends. */
function read(pieces: readonly string[], delimiter = ","): unknown[] {
  const heard: unknown[] = [];
  const reader = openCsv({ delimiter, recordBytesMax: 60 }, (record) => {
    const { cells, lineFirst, lineLast, isMalformed } = record;
    heard.push(isMalformed ? [lineFirst, record.raw()] : [lineFirst, lineLast, [...cells], record.raw()]);
    return true;
  });
  try {
    for (const piece of pieces) reader.push(piece);
    reader.end();
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    heard.push([error.code, error.line]);
  }
  return heard;
}

const cellsOf = (text: string, delimiter = ",") =>
  read([text], delimiter).map((record) => (record as unknown[]).at(-2));

describe("CSV is read as people's programs write it", () => {
  test.each([
    ['a,"b""c",d\n', [["a", 'b"c', "d"]]],
    ["a;b\r\n\r\nc;d", [["a;b"], ["c;d"]]],
    ['a,  "b, c"  ,d', [["a", "b, c", "d"]]],
    ['a,b"c",d', [["a", 'b"c"', "d"]]],
    [
      "a,\n,b\r",
      [
        ["a", ""],
        ["", "b"],
      ],
    ],
    ["   \n \t\na", [["a"]]],
    ["a\r\n\u001a", [["a"]]],
    ['""\n', [[""]]],
  ])("%j", (text, cells) => expect(cellsOf(text)).toEqual(cells));

  test("lines are counted as an editor counts them, also inside quotes", () => {
    expect(read(['a,"1\r\n2\r3\n4"\r\n\r\nb,c\rd,e'])).toEqual([
      [1, 4, ["a", "1\r\n2\r3\n4"], 'a,"1\r\n2\r3\n4"\r\n'],
      [6, 6, ["b", "c"], "b,c\r"],
      [7, 7, ["d", "e"], "d,e"],
    ]);
  });

  test("a quote that closes in its line where no cell ends spoils that row alone", () => {
    expect(read(['"a"b,"c\nd,e'])).toEqual([
      [1, '"a"b,"c\n'],
      [2, 2, ["d", "e"], "d,e"],
    ]);
  });

  test("a quote that closes in a later line where no cell ends fails the file, with the line that opened it", () => {
    expect(read(['a,b\n"c,d\ne,"f"\n'])).toEqual([
      [1, 1, ["a", "b"], "a,b\n"],
      ["quote_not_closed", 2],
    ]);
  });

  test("a quote that is never closed names its own line, not the row's", () => {
    expect(read(['"a\nb","c\n'])).toEqual([["quote_not_closed", 2]]);
  });

  test("a record has 60 bytes here, and not one more", () => {
    const [most, over] = ["é".repeat(29), "é".repeat(30)];
    expect(read([`${most}x\n${most}y\r`, "\n"]).length).toBe(2);
    expect(read([`a\n${over}\n`])).toEqual([
      [1, 1, ["a"], "a\n"],
      ["record_too_long", 2],
    ]);
  });
});

test("wherever the text is cut, the records are the same", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", ",", '"', '""', "\n", "\r", " ", "\t", "\u001a", "é"),
    maxLength: 40,
  });
  fc.assert(
    fc.property(text, fc.array(fc.nat(40), { maxLength: 6 }), (whole, cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), whole.length];
      const pieces = places.slice(1).map((to, index) => whole.slice(places[index], to));
      expect(read(pieces)).toEqual(read([whole]));
      expect(read(whole.split(""), "\t")).toEqual(read([whole], "\t"));
    }),
    { seed: 14, numRuns: 3000 },
  );
});

test("wherever the bytes of a file are cut, what becomes of it is the same", async () => {
  const small = cases.filter(({ kind, bytes }) => kind !== "parquet" && Number(bytes) < 2000);
  expect(small.length).toBeGreaterThan(150);
  for (const { file, settings } of small) {
    const bytes = bytesOf(file);
    const whole = await check(storedBytes(file, bytes), settings);
    for (const chunkBytes of [1, 3])
      expect(await check(storedBytes(file, bytes, chunkBytes), settings)).toEqual(whole);
  }
});
