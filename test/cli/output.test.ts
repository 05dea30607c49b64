import { describe, expect, test } from "@jest/globals";
import stringWidth from "string-width";
import { csvLine } from "../../functions/csv.ts";
import { serverEvents } from "../../cli/api/events.ts";
import { cut, factLines, tableLines } from "../../cli/terminal/layout.ts";
import { asObjects } from "../../cli/terminal/objects.ts";
import { json, visible, visibleLines } from "../../cli/terminal/visible.ts";

describe("payloads never act on a terminal", () => {
  test.each([
    ["\u001b[2J\u001b]0;title\u0007", "\\x1b[2J\\x1b]0;title\\x07"],
    ["a\r\nb\tc\0", "a\\r\\nb\\tc\\x00"],
    ["\u009b31m\u007f", "\\x9b31m\\x7f"],
    ["\u202egnp.exe\u2066", "\\u202egnp.exe\\u2066"],
    ["\u200b\ufeff\u2028", "\\u200b\\ufeff\\u2028"],
    ["\u{e0041}", "\\u{e0041}"],
    ["\ud800x", "\ufffdx"],
    ["żółć 注文 👩‍👩‍👧 \\n", "żółć 注文 👩‍👩‍👧 \\n"],
  ])("%j is shown as it is meant, harmless", (given, shown) => {
    expect(visible(given)).toBe(shown);
  });

  test("lines stay lines where a text is shown as a whole", () => {
    expect(visibleLines("a\n\tb\u001bc\r")).toBe("a\n\tb\\x1bc\\r");
  });

  test("JSON is harmless and has exactly the same value", () => {
    const value = {
      "a\u009b": "\u001b\u007f\u202e\u2028\u{e0041}\u200b注\ud800",
    };
    const text = json(value);
    for (const acting of "\u001b\u007f\u009b\u200b\u2028\u202e") expect(text).not.toContain(acting);
    expect(JSON.parse(text)).toEqual(value);
  });
});

describe("a table", () => {
  const columns = [{ name: "hit_id", whole: true }, { name: "payload" }];

  test("is aligned by the columns that characters take, numbers to the right", () => {
    expect(
      tableLines(
        [{ name: "name" }, { name: "n" }],
        [
          ["注文", 5],
          ["x", 100],
          ["é", 20],
        ],
      ),
    ).toEqual(["name |   n", "-----+----", "注文 |   5", "x    | 100", "é    |  20"]);
  });

  test("shows NULL, objects as JSON, and an empty text as nothing", () => {
    expect(tableLines([{ name: "a" }], [[null], [{ x: 1 }], [""], [true]]).slice(2)).toEqual([
      "NULL",
      '{"x":1}',
      "",
      "true",
    ]);
  });

  test("fits the screen: long cells are cut, ids never", () => {
    const lines = tableLines(
      columns,
      [
        ["3f0c2b1e", "x".repeat(1_000_000)],
        ["3f0c2b1f", "注".repeat(500)],
      ],
      40,
    );
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(40);
    expect(lines[2]).toBe(`3f0c2b1e | ${"x".repeat(28)}…`);
    expect(lines[3]).toMatch(/^3f0c2b1f \| 注+…$/);
  });

  test("cuts a shorter column rather than an id", () => {
    const id = "3f0c2b1e-0000-4000-8000-000000000000";
    const lines = tableLines(columns, [[id, "orderId=N1&status=delivered"]], 50);
    expect(lines[2]).toBe(`${id} | orderId=N1…`);
  });

  test("with more columns than a screen holds becomes one block a row", () => {
    const many = Array.from({ length: 12 }, (_, index) => ({
      name: `column_${index}`,
    }));
    const lines = tableLines(many, [many.map(() => "y".repeat(50))], 60);
    expect(lines[0]).toBe("--- 1 ---");
    expect(lines[1]).toMatch(/^column_0 {3}y+…$/);
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(60);
  });

  test("in a pipe is whole, and one long cell does not pad the others", () => {
    const lines = tableLines(columns, [
      ["a", "x".repeat(5000)],
      ["b", "y"],
    ]);
    expect(lines[2]).toBe(`a      | ${"x".repeat(5000)}`);
    expect(lines[3]).toBe("b      | y");
    expect(lines[1]!.length).toBeLessThan(150);
  });

  test("cuts between characters, never inside one", () => {
    expect(cut("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 5)).toBe("👩‍👩‍👧👩‍👩‍👧…");
    expect(cut("abc", 3)).toBe("abc");
    expect(cut("abcd", 3)).toBe("ab…");
  });

  test("facts stand below each other", () => {
    expect(
      factLines([
        ["a", 1],
        ["long name", "x"],
      ]),
    ).toEqual(["a          1", "long name  x"]);
  });
});

describe("CSV is RFC 4180", () => {
  test("quotes what needs them, keeps NULL and an empty text apart, is exact in a pipe", () => {
    expect(
      csvLine(["a,b", 'say "x"', "l1\nl2", null, "", " b", 1.5, true, { a: 1 }, "\u001b"], {
        excel: false,
      }),
    ).toBe('"a,b","say ""x""","l1\nl2",,""," b",1.5,true,"{""a"":1}",\u001b\r\n');
  });
  test("for a spreadsheet no cell runs, nor what one takes for a cell at a semicolon or a line break", () => {
    const cells = ["=1+1", "a;=1+1", "a;-5;x", "a\n @x", "a\t=x", 'b";=x', "k=v;n=-1", "\r=x"];
    expect(csvLine(cells, { excel: true })).toBe(
      `'=1+1,a;'=1+1,a;-5;x,"a\n' @x",a\t'=x,"b"";'=x",k=v;n=-1,"'\r'=x"\r\n`,
    );
  });
  test("does not act on a terminal", () => {
    expect(csvLine(["\u001b[2J"], { excel: false, shown: visibleLines })).toBe("\\x1b[2J\r\n");
  });
});

test("rows as JSON lose no value where two columns have one name, or one that objects treat specially", () => {
  const text = asObjects({ names: ["a", "a", "a_2", "__proto__"], types: [] }, [[1, 2, 3, 4]]);
  expect(text).toBe('[\n{"a":1,"a_3":2,"a_2":3,"__proto__":4}\n]\n');
  expect(asObjects({ names: ["a"], types: [] }, [])).toBe("[]\n");
});

test("rows as JSON hold what is nested as JSON, on both grounds; a text that looks so stays a text", () => {
  const types = ["ARRAY<INT64>", "STRUCT", "INTEGER[]", "STRUCT(a INTEGER)", "MAP(VARCHAR, INTEGER)", "JSON"];
  const names = [...types, "STRING", "VARCHAR", "ENUM(']')"];
  const row = names.map(() => "[1]");
  const parsed = (raw: boolean) =>
    Object.values((JSON.parse(asObjects({ names, types: names, raw }, [row])) as object[])[0]!);
  expect(parsed(false)).toEqual([[1], [1], [1], [1], [1], [1], "[1]", "[1]", "[1]"]);
  expect(parsed(true)).toEqual([[1], [1], [1], [1], [1], "[1]", "[1]", "[1]", "[1]"]);
});

describe("server-sent events", () => {
  async function read(...chunks: (string | Uint8Array)[]) {
    async function* source() {
      for (const chunk of chunks) yield Buffer.from(chunk as string);
    }
    const events = [];
    for await (const event of serverEvents(source(), () => {})) events.push(event);
    return events;
  }

  test("are read whatever pieces they come in", async () => {
    const text = Buffer.from(
      'event: hit\r\nid: 7\r\ndata: {"p":"注"}\r\n\r\n: comment\n\ndata:a\ndata: b\r\rdata: cut off',
    );
    const expected = [
      { event: "hit", data: '{"p":"注"}', lastEventId: "7" },
      { event: "message", data: "a\nb", lastEventId: "7" },
    ];
    expect(await read(text)).toEqual(expected);
    expect(await read(...Array.from(text, (byte) => Uint8Array.of(byte)))).toEqual(expected);
  });

  test("are refused past their size", async () => {
    await expect(read(`data: ${"x".repeat(1024 * 1024 + 1)}`)).rejects.toThrow(
      "more than 1048576 characters",
    );
  });
});
