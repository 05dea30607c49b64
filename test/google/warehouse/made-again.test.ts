import { expect } from "@jest/globals";
import { openWarehouse } from "../../../infra/google/warehouse/warehouse.ts";
import { problemOf, spec } from "../../promises/warehouse/setup.ts";
import { until } from "../../support/until.ts";
import { type Setup, type Warehouse, append, codeOf, notFound, promise, put, table } from "./setup.ts";

const takes = (warehouse: Warehouse) =>
  append(warehouse).then(
    () => true,
    () => false,
  );

/** Another instance, which appends nothing. */
const open = (rest: string) =>
  openWarehouse({
    project: "p",
    location: "EU",
    emulator: { rest, grpc: "127.0.0.1:9" },
  });

const madeAgain: [string, (setup: Setup) => unknown][] = [
  ["by this instance", () => undefined],
  ["by another one that was faster", ({ rest }) => put(rest)],
];

for (const [by, meanwhile] of madeAgain) {
  promise(
    `a table that was dropped and made again ${by} takes no rows until BigQuery has left the old one`,
    async (setup) => {
      const { rest, write, warehouse } = setup;
      // The first time there is no old one.
      expect(await warehouse.describe(table)).toBe(undefined);
      await warehouse.createTable(table, spec);
      await append(warehouse);
      rest.tables.clear();
      expect(await warehouse.describe(table)).toBe(undefined);
      meanwhile(setup);
      await warehouse.createTable(table, spec);
      const problem = await problemOf(append(warehouse));
      expect(problem.code).toBe("warehouse_down");
      expect(problem.message).toContain("made again");
      expect(write.requests).toHaveLength(1);
      await until("it takes rows", () => takes(warehouse));
      expect(write.requests).toHaveLength(2);
    },
    { settleMs: 500 },
  );
}

/** By another instance. @param creationTime Unix ms; now where left out */
async function dropAndMakeAgain({ rest }: Setup, creationTime?: number): Promise<void> {
  const made = rest.tables.get("p.d.t")!;
  rest.tables.clear();
  const other = open(rest.address);
  await other.createTable(table, spec);
  await other.close();
  expect(rest.tables.get("p.d.t")).not.toMatchObject({
    creationTime: made["creationTime"],
  });
  if (creationTime !== undefined) rest.tables.get("p.d.t")!["creationTime"] = String(creationTime);
}

promise(
  "a table that another instance dropped and made again takes no rows of this one either, until BigQuery has left the old one",
  async (setup) => {
    const { write, warehouse } = setup;
    await warehouse.createTable(table, spec);
    await warehouse.describe(table);
    await append(warehouse);
    await dropAndMakeAgain(setup);
    // What it learns it from.
    write.behave(() => notFound);
    expect(await codeOf(append(warehouse))).toBe("warehouse_down");
    write.behave(() => "store");
    const before = write.requests.length;
    const problem = await problemOf(append(warehouse));
    expect(problem.code).toBe("warehouse_down");
    expect(problem.message).toContain("made again");
    expect(write.requests).toHaveLength(before);
    await until("it takes rows", () => takes(warehouse));
  },
  { settleMs: 1_000 },
);

promise(
  "a table that was made again long ago takes rows at once",
  async (setup) => {
    const { warehouse } = setup;
    await warehouse.createTable(table, spec);
    await dropAndMakeAgain(setup, Date.now() - 3_600_000);
    await warehouse.describe(table);
    await append(warehouse);
  },
  { settleMs: 3_600_000 },
);

promise(
  "a clock that is an hour behind BigQuery's holds rows up no longer than one that is right",
  async (setup) => {
    const { warehouse } = setup;
    await warehouse.createTable(table, spec);
    await dropAndMakeAgain(setup, Date.now() + 3_600_000);
    await warehouse.describe(table);
    expect(await codeOf(append(warehouse))).toBe("warehouse_down");
    await until("it takes rows", () => takes(warehouse));
  },
  { settleMs: 500 },
);

promise(
  "the first table of a stream takes rows of every instance at once, whoever made it",
  async ({ rest, warehouse }) => {
    const other = open(rest.address);
    expect(await warehouse.describe(table)).toBe(undefined);
    await other.createTable(table, spec);
    await warehouse.createTable(table, spec);
    await warehouse.describe(table);
    await append(warehouse);
    await other.close();
  },
  { settleMs: 3_600_000 },
);

promise("making a table that is there holds up no rows", async ({ warehouse }) => {
  await warehouse.createTable(table, spec);
  await warehouse.createTable(table, spec);
  await append(warehouse);
});
