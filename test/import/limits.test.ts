import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { usualSettings } from "../../functions/import/settings.ts";
import { check, eventLine, storedBytes, type Expected } from "./cases.ts";

const header = "date,ev,reference_ev,reference_id,value\n";
const line = (id: string, more: Partial<Record<"ev" | "list" | "value", string>> = {}) =>
  `2026-11-20,${more.ev ?? "deal"},${more.list ?? "lead"},${id},${more.value ?? "1"}\n`;
const csv = (...lines: string[]) => storedBytes("a.csv", Buffer.from(header + lines.join("")));
const limits = (some: Partial<typeof usualSettings.limits>): Expected["settings"] => ({
  limits: { ...usualSettings.limits, ...some },
});

describe("limits hold, and one less is fine", () => {
  const lines = ["1", "2", "3"].map((id) => line(id));
  const { bytes } = csv(...lines);

  test("rows", async () => {
    expect((await check(csv(...lines), limits({ rowsMax: 3 }))).report).toMatchObject({ imported: 3 });
    expect((await check(csv(...lines), limits({ rowsMax: 2 }))).report).toMatchObject({
      code: "too_many_rows",
    });
  });

  test("unpacked bytes", async () => {
    const packed = storedBytes("a.csv.gz", gzipSync(header + lines.join("")));
    expect((await check(packed, limits({ unpackedBytesMax: bytes }))).report.state).toBe("imported");
    const { report } = await check(packed, limits({ unpackedBytesMax: bytes - 1 }));
    expect(report).toMatchObject({ code: "unpacked_too_large", imported: 0 });
  });

  test("a ratio that no honest file has, once it is large", async () => {
    const packed = storedBytes("a.csv.gz", gzipSync(header + line("1").repeat(3000)));
    expect((await check(packed, limits({ ratioFromBytes: 1_000_000 }))).report.state).toBe("imported");
    expect((await check(packed, limits({ ratioFromBytes: 10_000 }))).report.code).toBe("unpacked_too_large");
  });
});

describe("how many rows may be bad", () => {
  const bad = (id: string) => line(id, { value: "x" });
  const file = (good: number, wrong: number) =>
    csv(
      ...Array.from({ length: good }, (_, n) => line(`g${n}`)),
      ...Array.from({ length: wrong }, (_, n) => bad(`b${n}`)),
    );

  test.each([
    [90, 10, {}, undefined],
    [89, 11, {}, "too_many_rejects"],
    [4, 10, {}, undefined],
    [4, 11, {}, "too_many_rejects"],
    [99, 1, { reject_rows: 0 }, "too_many_rejects"],
    [99, 1, { reject_percent: 0 }, "too_many_rejects"],
    [1, 99, { reject_percent: 100 }, undefined],
    [0, 1, { reject_percent: 100 }, "all_rows_rejected"],
    [9, 6, { reject_rows: 5 }, "too_many_rejects"],
  ] as const)("%i good and %i bad, %j: %s", async (good, wrong, settings, code) => {
    const { report } = await check(file(good, wrong), settings);
    expect(report.code).toBe(code);
    expect(report.imported).toBe(code === undefined ? good : 0);
  });
});

test("ids that are names of events fail the file past a tenth, and are counted below", async () => {
  const good = Array.from({ length: 9 }, (_, n) => line(`g${n}`, { list: '"lead,booking"' }));
  const moved = line("booking");
  expect((await check(csv(...good, moved))).report).toMatchObject({
    state: "imported",
    warnings: { id_is_event_name: 1 },
  });
  const { report } = await check(csv(...good, moved, moved));
  expect(report).toMatchObject({ state: "failed", code: "id_is_event_name", imported: 0 });
  expect(report.reason).toContain("2 of 11 rows");
});

describe("which event a row is", () => {
  test("two equal rows are two events, and the same two in another file", async () => {
    const rows = [line("1"), line("2"), line("1"), line("1", { value: '"1,0"' })];
    const { events, report } = await check(csv(...rows.slice(0, 3)));
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(3);
    expect(report.warnings.equal_rows).toBe(1);
    const again = await check(csv(rows[2]!, rows[0]!, line("3")));
    const ids = events.map(({ event_id }) => event_id);
    expect(again.events.map(({ event_id }) => event_id).slice(0, 2)).toEqual([ids[0], ids[2]]);
  });

  test("however a row is written: blanks, quotes, zeros and signs are no difference", async () => {
    const [one] = (await check(csv("2026-11-20,deal,lead,A,10.5\n"))).events;
    const [other] = (await check(csv('"2026-11-20 00:00:00", deal ,"\'lead\'","A",+10.50\n'))).events;
    expect(eventLine(other!)).toEqual(eventLine(one!));
    expect(other!.event_id).toBe(one!.event_id);
  });

  test("the id is the SHA-256 of a JSON array, as docs/imports.md says", async () => {
    const [event] = (await check(csv('2026-11-20,deal,"b,a",Ä,10.50\n'))).events;
    // printf '["cases","2026-11-20","deal",["b","a"],"Ä","10.5",0]' | sha256sum
    expect(event!.event_id).toBe("e95ab4656fe438b9789b6c4809f8712ee6b3c749248658212a903991c16660a8");
  });
});

describe("what a person should look at is told", () => {
  test.each([
    ["NULL as an id", csv(line("NULL"), line("1"), line("2")), "list it under the NULL words"],
    [
      "two number formats",
      csv(line("1", { value: "1.5" }), line("2", { value: '"2,5"' }), line("3")),
      '"1.5" in line 2 and "2,5" in line 3',
    ],
    ["NaN", csv(line("1", { value: "nan" }), line("2")), "NaN stands for no value?"],
    ["U+FFFD", csv(line("\ufffd")), "U+FFFD"],
  ])("%s", async (_, file, hint) => {
    expect((await check(file)).report.hints.join("\n")).toContain(hint);
  });
});

test("a reject says where it is, what stands there, and what the row was", async () => {
  const { rejects } = await check(csv(line("1"), '2026-11-20,deal,"lead\n",,€ 5\n'));
  expect(rejects).toEqual([
    {
      row: 2,
      line_first: 3,
      line_last: 4,
      faults: [
        { code: "ref_id_missing", field: "reference_id", value: "", column_number: 4 },
        { code: "value_currency", field: "value", value: "€ 5", column_number: 5 },
      ],
      raw: '2026-11-20,deal,"lead\n",,€ 5',
    },
  ]);
});
