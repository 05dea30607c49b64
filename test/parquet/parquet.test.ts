import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ParquetCell } from "../../functions/parquet.ts";
import { openStoredFile } from "../../infra/stored-file.ts";
import { openParquet } from "../../infra/parquet/parquet.ts";
import { check, eventLine, storedBytes, type Checked } from "../import/cases.ts";
import { inFolder } from "../support/folder.ts";

/** What DuckDB writes, read by the driver. */
let duckdb: DuckDBInstance;
beforeAll(async () => {
  duckdb = await DuckDBInstance.create(":memory:");
});
afterAll(() => duckdb.closeSync());

async function run(sql: string): Promise<void> {
  const connection = await duckdb.connect();
  try {
    await connection.run(sql);
  } finally {
    connection.closeSync();
  }
}

const rows = `SELECT DATE '2026-11-20' - CAST(i % 3 AS INTEGER) AS "date", 'deal_' || (i % 7) AS ev, 'lead,booking' AS reference_ev,
  'id-' || (i * 7919 % 100003) AS reference_id, CASE WHEN i % 5 = 0 THEN NULL ELSE CAST(i AS DECIMAL(18, 2)) / 4 END AS value FROM range(3000) t(i)`;

const inParquet = (sql: string, options: string, use: (path: string) => Promise<void>) =>
  inFolder(async (directory) => {
    const path = join(directory, "a.parquet");
    await run(`COPY (${sql}) TO '${path}' (FORMAT parquet, ${options})`);
    await use(path);
  });

/** Checked as an import would, the settings as they usually are. */
async function checked(path: string): Promise<Checked> {
  return check(await openStoredFile(path));
}

test.each([
  "CODEC 'uncompressed'",
  "CODEC 'snappy'",
  "CODEC 'gzip'",
  "CODEC 'zstd'",
  "CODEC 'brotli'",
  "CODEC 'lz4_raw'",
  "PARQUET_VERSION v2, CODEC 'lz4_raw'",
  "ROW_GROUP_SIZE 2048",
  "DICTIONARY_SIZE_LIMIT 1",
])("the same rows are the same events as in CSV: %s", (options) =>
  inParquet(rows, options, async (path) => {
    const csv = path.replace("parquet", "csv");
    await run(`COPY (${rows}) TO '${csv}' (HEADER)`);
    const [parquet, text] = [await checked(path), await check(await openStoredFile(csv))];
    expect(parquet.report).toMatchObject({ state: "imported", imported: 3000, kind: "parquet" });
    expect(parquet.events).toEqual(text.events);
  }),
);

test("a reference_id whose bytes are no UTF-8 rejects its row, with its place", () =>
  inParquet(
    `SELECT "date", ev, reference_ev, CASE WHEN reference_id = 'id-23757' THEN '\\xFF\\xC3'::BLOB ELSE reference_id::BLOB END AS reference_id FROM (${rows}) LIMIT 20`,
    "CODEC 'snappy'",
    async (path) => {
      const { report, rejects } = await checked(path);
      expect(report).toMatchObject({ imported: 19, codes: { ref_id_not_text: 1 }, number_format: null });
      expect(rejects).toEqual([
        {
          row: 4,
          row_group: 1,
          row_in_group: 4,
          faults: [{ code: "ref_id_not_text", field: "reference_id", column_number: 4 }],
        },
      ]);
    },
  ));

test.each(["ev", "reference_ev", "date", "value"])(
  "a %s whose bytes are no UTF-8 rejects its row too: nothing is put in their place",
  (field) => {
    const columns = ["date", "ev", "reference_ev", "reference_id", "value"].map((name) =>
      name === field
        ? `CASE WHEN reference_id = 'id-0' THEN '1\\xFF'::BLOB ELSE "${name}"::VARCHAR::BLOB END AS "${name}"`
        : `"${name}"`,
    );
    const sql = `SELECT ${columns.join(", ")} FROM (${rows} LIMIT 20)`;
    return inParquet(sql, "CODEC 'snappy'", async (path) => {
      const { report } = await checked(path);
      expect(report).toMatchObject({ imported: 19, codes: { control_char: 1 } });
    });
  },
);

describe("values are exact", () => {
  test.each<[expression: string, type: string, cells: ParquetCell[]]>([
    [
      "unnest([0.1::FLOAT, 16777216::FLOAT, 3.4e38::FLOAT, -0.0::FLOAT])",
      "float",
      ["0.1", "16777216", "3.4e+38", "0"],
    ],
    ["unnest([0.1::DOUBLE, 1e21::DOUBLE, 'nan'::DOUBLE, NULL])", "float", ["0.1", "1e+21", "NaN", null]],
    ["unnest([-0.05::DECIMAL(4, 2), 12::DECIMAL(4, 2)])", "decimal", ["-0.05", "12.00"]],
    [
      "unnest(['12345678901234567890.123456789'::DECIMAL(38, 9), -1::DECIMAL(38, 9)])",
      "decimal",
      ["12345678901234567890.123456789", "-1.000000000"],
    ],
    ["unnest([18446744073709551615::UBIGINT])", "integer", ["18446744073709551615"]],
    ["unnest([4294967295::UINTEGER])", "integer", ["4294967295"]],
    ["unnest([(-128)::TINYINT])", "integer", ["-128"]],
    ["unnest(['0001-02-03'::DATE, '1969-12-31'::DATE])", "date", ["0001-02-03", "1969-12-31"]],
    ["unnest(['1969-12-31 23:59:59.000001'::TIMESTAMP])", "timestamp", ["1969-12-31T23:59:59.000001"]],
    ["unnest(['2026-11-20 00:00:00'::TIMESTAMP_NS])", "timestamp", ["2026-11-20T00:00:00"]],
    ["unnest(['2026-11-20 00:00:00+00'::TIMESTAMPTZ])", "instant", ["2026-11-20T00:00:00Z"]],
    ["unnest([true, false, NULL])", "boolean", ["true", "false", null]],
    [
      "unnest(['0b5ff9c8-5b1c-4d2e-9f3a-1234567890ab'::UUID])",
      "uuid",
      ["0b5ff9c8-5b1c-4d2e-9f3a-1234567890ab"],
    ],
    ["unnest([['a', NULL, 'b'], [], NULL])", "list", [["a", null, "b"], [], null]],
    ["unnest([{'a': 1}])", "nested", []],
    ["unnest([[[1]]])", "nested", []],
    ["unnest(['12:00:00'::TIME])", "other", []],
  ])("%s is %s", (expression, type, cells) =>
    inParquet(`SELECT ${expression} AS x`, "CODEC 'snappy'", async (path) => {
      const table = await openParquet(await openStoredFile(path), { unpackedBytesMax: 1e9 });
      expect(table.columns).toEqual([{ name: "x", type }]);
      if (cells.length === 0) return;
      const read: unknown[] = [];
      for await (const some of table.read([0])) read.push(...some.cells[0]!);
      expect(read).toEqual(cells);
    }),
  );
});

test("a file that unpacks to more than is allowed fails before it is read", () =>
  inParquet(rows, "CODEC 'zstd'", async (path) => {
    const bytes = readFileSync(path);
    const { report } = await check(storedBytes("a.parquet", bytes), {
      limits: {
        unpackedBytesMax: 1000,
        ratioMax: 100,
        ratioFromBytes: 1e9,
        rowsMax: 10,
        recordBytesMax: 1000,
      },
    });
    expect(report.code).toBe("unpacked_too_large");
  }));

test("wherever a file is cut, it is damaged, and never imported half", () =>
  inParquet(`${rows} LIMIT 50`, "CODEC 'snappy'", async (path) => {
    const bytes = readFileSync(path);
    for (let end = 4; end < bytes.length; end += 1 + Math.floor(end / 40)) {
      const { report } = await check(storedBytes("a.parquet", bytes.subarray(0, end)));
      expect([end, report.code]).toEqual([end, "parquet_damaged"]);
    }
  }));

test("instants are told to be none, and become days of the zone where that is set", () =>
  inParquet(
    `SELECT '2026-11-19 23:30:00+00'::TIMESTAMPTZ AS "date", ev, reference_ev, reference_id FROM (${rows}) LIMIT 1`,
    "CODEC 'snappy'",
    async (path) => {
      expect((await checked(path)).report.code).toBe("date_is_instant");
      const converted = await check(await openStoredFile(path), { convert_instants: true });
      expect(converted.events.map(eventLine)).toEqual([
        ["2026-11-20", "deal_0", ["lead", "booking"], "id-0", null],
      ]);
    },
  ));
