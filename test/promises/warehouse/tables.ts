import { expect } from "@jest/globals";
import { columns, deadlineMs, problemOf, row, spec, type Promised } from "./setup.ts";

export function tablesPromises(promise: Promised): void {
  promise(
    "a table that was made is described with its columns, as ours",
    async ({ warehouse, freshTable, seen }) => {
      const table = freshTable();
      expect(await warehouse.describe(table)).toBeUndefined();
      await warehouse.createTable(table, spec);
      await seen("the table", async () => (await warehouse.describe(table)) !== undefined);
      expect(await warehouse.describe(table)).toEqual({
        kind: "table",
        ours: true,
        columns: columns.map(({ name, type, required }) => ({
          name,
          type,
          required,
        })),
      });
    },
  );

  promise("making a table again changes nothing", async ({ warehouse, made, append, rows }) => {
    const table = await made();
    await append(table, [row({})]);
    await warehouse.createTable(table, {
      ...spec,
      columns: columns.slice(0, 4),
    });
    await rows({ from: table, limit: 10 }, 1);
    expect((await warehouse.describe(table))?.columns).toHaveLength(columns.length);
  });

  promise("making a dataset again changes nothing", async ({ warehouse, made, append, rows }) => {
    const table = await made();
    await append(table, [row({})]);
    await warehouse.createDataset(table);
    await rows({ from: table, limit: 10 }, 1);
  });

  promise("a missing dataset is said, by every method", async ({ warehouse, missingDatasetTable }) => {
    const table = missingDatasetTable();
    for (const work of [
      () => warehouse.describe(table),
      () => warehouse.createTable(table, spec),
      () => warehouse.append(table, columns, [row({})], { deadlineMs }),
      () => warehouse.select({ from: table, limit: 1 }),
    ])
      expect((await problemOf(work())).code).toBe("dataset_missing");
  });

  promise("a missing table is said, by append and select", async ({ warehouse, freshTable }) => {
    const table = freshTable();
    const appended = warehouse.append(table, columns, [row({})], {
      deadlineMs,
    });
    expect((await problemOf(appended)).code).toBe("table_missing");
    expect((await problemOf(warehouse.select({ from: table, limit: 1 }))).code).toBe("table_missing");
  });

  promise("missing columns are added, empty for old rows and filled for new ones", async (given) => {
    const { warehouse, freshTable, seen, rows } = given;
    const table = freshTable();
    const four = columns.slice(0, 4);
    await warehouse.createTable(table, { ...spec, columns: four });
    await given.retried(() =>
      warehouse.append(table, four, [row({ hit_id: "old" }).slice(0, 4)], {
        deadlineMs,
      }),
    );
    await warehouse.addColumns(table, columns);
    await warehouse.addColumns(table, columns);
    await seen(
      "the columns",
      async () => (await warehouse.describe(table))?.columns.length === columns.length,
    );
    await given.append(table, [row({ hit_id: "new", query: "a=b" })]);
    const found = await rows(
      {
        from: table,
        columns: ["hit_id", "query"],
        limit: 10,
        orderBy: [{ column: "hit_id" }],
      },
      2,
    );
    expect(found).toEqual([
      { hit_id: "new", query: "a=b" },
      { hit_id: "old", query: null },
    ]);
    const added = (await warehouse.describe(table))?.columns.find(({ name }) => name === "query");
    expect(added).toEqual({ name: "query", type: "STRING", required: false });
  });
}
