import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { openWarehouse } from "../../../../infra/local/warehouse/warehouse.ts";
import { inFolder } from "../../../support/folder.ts";
import { needing } from "../../../support/needs.ts";
import { oddValues } from "./odd-values.ts";

/** Parquet, read by another program than the one that wrote it: Apache Arrow, which
 *  .ci/emulators brings along. */

const python = resolve(import.meta.dirname, "../../../../.tools/bqemulator/bin/python3");
const missing = existsSync(python)
  ? undefined
  : "Apache Arrow is not installed: run .ci/emulators (it needs Python 3).";

/** Prints the values of the one column of each file as answers write them. */
const reader = `
import base64, datetime, decimal, json, math, sys, uuid
import pyarrow as pa, pyarrow.parquet as pq

def plain(value, kind):
    if value is None or isinstance(value, (bool, str)): return value
    if isinstance(value, int): return value if abs(value) < 2 ** 53 else str(value)
    if isinstance(value, float):
        if math.isfinite(value): return value
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, bytes): return base64.b64encode(value).decode()
    if isinstance(value, decimal.Decimal): return f"{value:f}" if kind.scale > 0 else plain(int(value), kind)
    if isinstance(value, uuid.UUID): return str(value)
    if isinstance(value, datetime.datetime):
        text = value.replace(tzinfo=None).isoformat()
        return text + ("Z" if value.tzinfo else "")
    if isinstance(value, (datetime.date, datetime.time)): return value.isoformat()
    if isinstance(value, list): return [plain(one, kind.value_type) for one in value]
    if isinstance(value, dict): return {name: plain(value[name], kind.field(name).type) for name in value}
    raise TypeError(repr(value))

for file in sys.argv[1:]:
    column = pq.read_table(file).column("x")
    print(json.dumps([plain(one.as_py(), column.type) for one in column]))
`;

needing(missing, () => {
  const run = promisify(execFile);

  async function readBack(files: Readonly<Record<string, string>>): Promise<Record<string, unknown[]>> {
    const found: Record<string, unknown[]> = {};
    await inFolder(async (directory) => {
      const warehouse = await openWarehouse({ directory: join(directory, "data"), log: () => undefined });
      try {
        const paths: string[] = [];
        for (const [index, sql] of Object.values(files).entries()) {
          const chunks: Uint8Array[] = [];
          for await (const chunk of await warehouse.export(sql, "parquet")) chunks.push(chunk);
          paths.push(join(directory, `${index}.parquet`));
          await writeFile(paths.at(-1)!, Buffer.concat(chunks));
        }
        const { stdout } = await run(python, ["-c", reader, ...paths], { maxBuffer: 64 * 1024 * 1024 });
        const lines = stdout.trimEnd().split("\n");
        for (const [index, name] of Object.keys(files).entries())
          found[name] = JSON.parse(lines[index]!) as unknown[];
      } finally {
        await warehouse.close();
      }
    });
    return found;
  }

  test("each value of each type is in Parquet what an answer shows", async () => {
    const values = (await oddValues(0, 1)).filter(({ types: [type], json }) => !isBeyond(type!, json));
    const byType = Object.groupBy(values, ({ types: [type] }) => type!);
    expect(Object.keys(byType).length).toBeGreaterThan(25);
    const found = await readBack(
      Object.fromEntries(
        Object.entries(byType).map(([type, of]) => [
          type,
          `${of!.map(({ sql }, index) => `select ${sql} as x, ${index} as i`).join(" union all ")} order by i`,
        ]),
      ),
    );
    for (const [type, of] of Object.entries(byType))
      expect([type, found[type]!.map((value) => asTime(value, type))]).toEqual([
        type,
        of!.map(({ json }) => asTime(json, type)),
      ]);
  });

  test("a sum, an interval and a time with its offset lose nothing, however deep they lie", async () => {
    const huge = "9007199254740993";
    const found = await readBack({
      sum: `select sum(x) as x from (values (9007199254740992), (1)) as t(x)`,
      deep: `select {'a': [${huge}::hugeint, null], 'b"': 'x', 'c': interval '1 day -00:00:00.000001'} as x`,
      array: `select array_value(${huge}::uhugeint, 1::uhugeint) as x`,
      time: `select [timetz '12:00:00+03:30'] as x`,
    });
    expect(found).toEqual({
      sum: [huge],
      deep: [{ a: [huge, null], 'b"': "x", c: "1 day -00:00:00.000001" }],
      array: [[huge, 1]],
      time: [["12:00:00+03:30"]],
    });
  });
});

/** What Python's times do not hold, or Parquet's: dates before the year 1 and past 9999, infinite ones, the
 *  hour 24; and integers past 38 digits, which are refused. */
function isBeyond(type: string, json: unknown): boolean {
  const text = String(json);
  if (/^u?hugeint$/.test(type)) return text.replace("-", "").length > 38;
  return /^(date|time)/.test(type) && /finity|BC|^\d{5}|^24:|\.\d{7}/.test(text);
}

/** The two write fractions of different lengths; a BIGNUM of any size is a text in Parquet. */
function asTime(value: unknown, type: string): unknown {
  if (type === "bignum") return String(value);
  if (typeof value !== "string") return value;
  return value.replace(
    /^(\d{4}-\d\d-\d\dT[\d:]{8}(?:\.\d*?)?)0*(Z?)$/,
    (_, time: string, zone: string) => `${time.includes(".") ? time : `${time}.`}${zone}`,
  );
}
