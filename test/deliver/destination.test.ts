import { expect, test } from "@jest/globals";
import { checkDestination, compareSchema } from "../../functions/destination.ts";
import { tableForbidden, warehouseDown } from "../../functions/problems.ts";
import { rowColumns } from "../../functions/hits/row.ts";
import type { TableDescription } from "../../functions/warehouse.ts";

const columns = rowColumns.map(({ name, type, required }) => ({
  name,
  type: type as string,
  required: required === true,
}));
const described = (changed: Partial<TableDescription>): TableDescription => ({
  kind: "table",
  ours: true,
  columns,
  ...changed,
});
const compare = (changed: Partial<TableDescription>) => compareSchema(described(changed), rowColumns);

test("a table as we make it takes every column", () => {
  expect(compare({})).toEqual({
    differences: [],
    missing: [],
    usable: rowColumns,
  });
});

test("the four columns alone are enough, in any case and any mode; the others are missing", () => {
  const four = columns.slice(0, 4).map((column) => ({
    ...column,
    name: column.name.toUpperCase(),
    required: false,
  }));
  const { differences, missing, usable } = compare({ columns: four });
  expect(differences).toEqual([]);
  expect(usable).toEqual(rowColumns.slice(0, 4));
  expect(missing).toEqual(rowColumns.slice(4));
});

test.each(["hit_id", "payload", "received_at", "date"])(
  "without %s, or with another type of it, no row fits",
  (name) => {
    expect(compare({ columns: columns.filter((column) => column.name !== name) }).differences).toEqual([
      expect.stringMatching(new RegExp(`^the column ${name} .* is missing$`)),
    ]);
    const other = columns.map((column) => (column.name === name ? { ...column, type: "FLOAT64" } : column));
    expect(compare({ columns: other }).differences).toEqual([
      expect.stringMatching(new RegExp(`^the column ${name} is FLOAT64, .* is needed$`)),
    ]);
  },
);

test("a nullable column of another type is left out, and is not made again", () => {
  const text = columns.map((column) => (column.name === "fields" ? { ...column, type: "STRING" } : column));
  const { differences, missing, usable } = compare({ columns: text });
  expect(differences).toEqual([]);
  expect(missing).toEqual([]);
  expect(usable.map(({ name }) => name)).not.toContain("fields");
});

test("further columns are somebody else's, unless they must be filled", () => {
  expect(
    compare({
      columns: [...columns, { name: "region", type: "STRING", required: false }],
    }).differences,
  ).toEqual([]);
  expect(
    compare({
      columns: [...columns, { name: "region", type: "STRING", required: true }],
    }).differences,
  ).toEqual([expect.stringContaining("the further column region must not be NULL")]);
  const query = columns.map((column) => (column.name === "query" ? { ...column, required: true } : column));
  expect(compare({ columns: query }).differences).toHaveLength(1);
});

test("a view takes no rows", () => {
  expect(compare({ kind: "view" }).differences).toEqual(["it is a view"]);
});

test("what a person must fix is told; a table that is not there yet is nothing to fix", async () => {
  const table = { dataset: "a", table: "b" };
  const check = (describe: () => Promise<TableDescription | undefined>) =>
    checkDestination({ describe }, table, rowColumns);
  expect(await check(async () => undefined)).toEqual([]);
  expect(await check(async () => described({}))).toEqual([]);
  expect(await check(async () => described({ kind: "view" }))).toEqual([
    expect.objectContaining({ code: "schema_differs" }),
  ]);
  const forbidden = tableForbidden({ table: "a.b", why: "no role" });
  expect(await check(() => Promise.reject(forbidden))).toEqual([forbidden]);
  await expect(check(() => Promise.reject(warehouseDown({ why: "no answer" })))).rejects.toThrow(
    "does not take rows just now",
  );
});
