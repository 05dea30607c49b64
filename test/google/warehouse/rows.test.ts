import { expect } from "@jest/globals";
import type { Column } from "../../../functions/warehouse.ts";
import { appendBytesMax } from "../../../infra/google/warehouse/warehouse.ts";
import { columns, problemOf, row, spec } from "../../promises/warehouse/setup.ts";
import { append, deadlineMs, promise, table } from "./setup.ts";

promise("rows arrive with the values and types that BigQuery takes", async ({ write, warehouse }) => {
  await append(warehouse, [
    row({
      date: "1970-01-02",
      received_at: Number.MAX_SAFE_INTEGER,
      is_test: true,
      payload_bytes: new Uint8Array([255, 0]),
      fields: "{}",
    }),
    row({
      date: "0001-01-01",
      received_at: Number.MIN_SAFE_INTEGER,
      is_test: false,
      payload: "\0é\u{1f600}",
    }),
    row({ date: "9999-12-31", received_at: 0, payload: "" }),
  ]);
  const written = write.rows.get("projects/p/datasets/d/tables/t/streams/_default");
  expect(written).toEqual([
    {
      hit_id: "h",
      payload: "p",
      received_at: Number.MAX_SAFE_INTEGER,
      date: 1,
      is_test: true,
      payload_bytes: Buffer.from([255, 0]),
      fields: "{}",
    },
    {
      hit_id: "h",
      payload: "\0é\u{1f600}",
      received_at: Number.MIN_SAFE_INTEGER,
      date: -719_162,
      is_test: false,
    },
    { hit_id: "h", payload: "", received_at: 0, date: 2_932_896 },
  ]);
});

promise("a table of more than fifteen columns is written as well", async ({ write, warehouse }) => {
  const many = Array.from({ length: 40 }, (_, n): Column => ({
    name: `c${n}`,
    type: n % 2 ? "INT64" : "STRING",
    description: "",
  }));
  await append(warehouse, [many.map((_, n) => (n % 2 ? n : `value ${n}`))], many);
  const [written] = write.rows.get("projects/p/datasets/d/tables/t/streams/_default")!;
  expect(written).toEqual(Object.fromEntries(many.map(({ name }, n) => [name, n % 2 ? n : `value ${n}`])));
});

promise("a date that is no day is refused and never stored as 1970-01-01", async ({ write, warehouse }) => {
  for (const date of ["2024-02-30", "2024-13-01", "today", "", "2024-1-1"]) {
    const problem = await problemOf(append(warehouse, [row({}), row({ date })]));
    expect(problem).toMatchObject({
      code: "row_refused",
      facts: { rows: [{ index: 1 }] },
    });
  }
  expect(write.requests).toHaveLength(0);
});

promise("tables of other projects are written into their own project", async ({ rest, write, warehouse }) => {
  rest.datasets.set("other-project.d", "US");
  await warehouse.append({ project: "other-project", ...table }, columns, [row({})], { deadlineMs });
  expect([...write.rows.keys()]).toEqual(["projects/other-project/datasets/d/tables/t/streams/_default"]);
  expect(write.connections().routing).toEqual(["write_location=projects/p/locations/us"]);
});

promise("the region of a dataset is asked for once", async ({ rest, warehouse }) => {
  for (let n = 0; n < 5; n++) await append(warehouse);
  expect(rest.requests.filter(({ path }) => path.endsWith("/datasets/d"))).toHaveLength(1);
});

promise(
  "a row past BigQuery's limit is refused as a row; what is past it together goes in several requests",
  async ({ write, warehouse }) => {
    const refused = await problemOf(
      append(warehouse, [row({}), row({ payload: "x".repeat(appendBytesMax) })]),
    );
    expect(refused).toMatchObject({
      code: "row_refused",
      facts: { rows: [{ index: 1 }] },
    });
    await append(warehouse, [row({ payload: "x".repeat(appendBytesMax - 2_000) })]);
    await append(
      warehouse,
      Array.from({ length: 5 }, () => row({ payload: "x".repeat(4_000_000) })),
    );
    expect(write.requests.every(({ bytes }) => bytes <= appendBytesMax)).toBe(true);
    expect(write.requests).toHaveLength(1 + 3);
  },
);

promise("a batch as deliver makes it goes in one request", async ({ write, warehouse }) => {
  await append(
    warehouse,
    Array.from({ length: 2_000 }, () => row({ payload: "x".repeat(4_400) })),
  );
  expect(write.requests).toHaveLength(1);
});

promise(
  "a table is made by a call, partitioned, clustered, described and labelled",
  async ({ rest, warehouse }) => {
    await warehouse.createTable(table, spec);
    expect(rest.tables.get("p.d.t")).toMatchObject({
      labels: { afterclick: "true" },
      description: spec.description,
      timePartitioning: { type: "DAY", field: "date" },
      clustering: { fields: ["hit_id"] },
    });
    const { fields } = rest.tables.get("p.d.t")!["schema"] as {
      fields: object[];
    };
    expect(fields[0]).toEqual({
      name: "hit_id",
      type: "STRING",
      mode: "REQUIRED",
      description: "The hit_id",
    });
    expect(rest.requests.some(({ path }) => path.includes("/jobs") || path.includes("/queries"))).toBe(false);
  },
);
