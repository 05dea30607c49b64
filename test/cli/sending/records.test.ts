import { writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { csvRecords } from "../../../cli/sending/csv-records.ts";
import { lineRecords, listRecords } from "../../../cli/sending/json-records.ts";
import { openRecords, type FileRecord, type ReadOptions } from "../../../cli/sending/records.ts";
import { inFolder } from "../../support/folder.ts";

type Reader = (text: AsyncGenerator<string>, options: ReadOptions) => AsyncGenerator<FileRecord>;

async function* pieces(text: string, length: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += length) yield text.slice(at, at + length);
}

/** What each record is: its body, or what is wrong with it. */
async function read(reader: Reader, text: string, bytesMax = 100, length = text.length) {
  const found: string[] = [];
  for await (const { number, line, body, fault } of reader(pieces(text, length || 1), { bytesMax }))
    found.push(`${number} in line ${line}: ${body ?? fault}`);
  return found;
}

const list =
  '[\n {"a": "x],{\\"\\\\", "n": 9007199254740993},\n\n7 , {"b":[{}, [1]]}\n,{"c"\n:1},{"d":}, null]\n ';
const lines = '{"a": "\\n", "n": 1.50}\r\n\n{"b":1\n  \n[1]\n{"c":"é"}';
const csv = 'order;"state, now";n\r\nA1;"a ""b""\nc";1\r\n\r\nA2;x\r\nA3;x;y;z\nA4;"x"y;1\nA5;;2;\n';

test.each<[string, Reader, string, string[]]>([
  [
    "a JSON array",
    listRecords,
    list,
    [
      '1 in line 2: {"a": "x],{\\"\\\\", "n": 9007199254740993}',
      "2 in line 4: It is a number. Each record is one object.",
      '3 in line 4: {"b":[{}, [1]]}',
      '4 in line 5: {"c"\n:1}',
      "5 in line 6: It is no JSON. Each record is one object.",
      "6 in line 6: It is null. Each record is one object.",
    ],
  ],
  [
    "NDJSON",
    lineRecords,
    lines,
    [
      '1 in line 1: {"a": "\\n", "n": 1.50}',
      "2 in line 3: It is no JSON. Each record is one object.",
      "3 in line 5: It is a list. Each record is one object.",
      '4 in line 6: {"c":"é"}',
    ],
  ],
  [
    "CSV",
    csvRecords,
    csv,
    [
      '1 in line 2: {"order":"A1","state, now":"a \\"b\\"\\nc","n":"1"}',
      "2 in line 5: The line has 2 cells, the header has 3. Quote cells with the delimiter in them.",
      "3 in line 6: The line has 4 cells, the header has 3. Quote cells with the delimiter in them.",
      "4 in line 7: A quote closes inside a cell. Double it, or quote the whole cell.",
      '5 in line 8: {"order":"A5","state, now":"","n":"2"}',
    ],
  ],
])(
  "%s is told apart wherever the text is cut, and what is no record says why",
  async (_, reader, text, expected) => {
    for (const length of [text.length, 1, 2, 3, 7])
      expect(await read(reader, text, 100, length)).toEqual(expected);
  },
);

test("a record that is too large is told, and those behind it are read", async () => {
  const large = `{"a":"${"x".repeat(100)}"}`;
  const says = "The record has 108 bytes; at most 100 are accepted. Split it.";
  for (const length of [5, 1000]) {
    expect(await read(lineRecords, `${large}\n{}`, 100, length)).toEqual([
      `1 in line 1: ${says}`,
      "2 in line 2: {}",
    ]);
    expect(await read(listRecords, `[${large},{}]`, 100, length)).toEqual([
      `1 in line 1: ${says}`,
      "2 in line 1: {}",
    ]);
  }
  await expect(read(csvRecords, `a\n${"x".repeat(101)}\n`)).rejects.toThrow(
    "begins in line 2 has more than 100 bytes",
  );
});

test.each([
  ["", "no JSON array"],
  ["{}", 'behind record 0 of the JSON array stands "{"; allowed is [.'],
  ['[{"a":1}', "breaks off in line 1, behind 1 whole records"],
  ['[{"a":1},\n{"b', "breaks off in line 2, behind 1 whole records"],
  ['[{"a":1} {}]', 'behind record 1 of the JSON array stands "{"; allowed is , or ].'],
  ['[{"a":1},]', 'stands "]"; allowed is a record.'],
  ["[] x", 'stands "x"; allowed is nothing.'],
])("a JSON array that is broken says where: %j", async (text, says) => {
  await expect(read(listRecords, text)).rejects.toThrow(says);
});

test.each([
  ["a;a\n", 'names "a" twice'],
  ["a;;b\n", "no name for column 2"],
  ["\n\n", "no line with text"],
  ['a,b\n1,2\n"x\ny', "opened in line 3 is not closed"],
])("CSV that cannot be told apart says so: %j", async (text, says) => {
  await expect(read(csvRecords, text)).rejects.toThrow(says);
});

test("what a file is shows in its first character, packed and in other encodings too", () =>
  inFolder(async (folder) => {
    const open = async (bytes: Uint8Array | string, options: Partial<ReadOptions> = {}) => {
      const file = join(folder, "file");
      await writeFile(file, bytes);
      const records = await openRecords(file, { bytesMax: 100, ...options });
      const bodies: unknown[] = [];
      for await (const { body } of records.read()) bodies.push(body);
      return [records.format, ...bodies];
    };
    expect(await open("\ufeff [{}]")).toEqual(["json", "{}"]);
    expect(await open(gzipSync("\n{}\n{}"))).toEqual(["ndjson", "{}", "{}"]);
    expect(await open("sum|n\n1|2")).toEqual(["csv", '{"sum":"1","n":"2"}']);
    expect(await open("{a}\n1", { format: "csv" })).toEqual(["csv", '{"{a}":"1"}']);
    expect(await open(Buffer.from([0x61, 0x0a, 0xc6]), { encoding: "windows-1251" })).toEqual([
      "csv",
      '{"a":"Ж"}',
    ]);
    expect(await open(Buffer.from("\ufeffa\nb", "utf16le"))).toEqual(["csv", '{"a":"b"}']);
    await expect(open(Buffer.from([0x61, 0x0a, 0xc6]))).rejects.toThrow("Line 2 is no UTF-8");
  }));
