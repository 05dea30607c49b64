import { expect } from "@jest/globals";
import { columns, spec } from "../../promises/warehouse/setup.ts";
import { refusal } from "../../support/doubles/fake-bigquery.ts";
import { codeOf, promise, table } from "./setup.ts";

promise(
  "two instances that add columns at once leave both's, and what others put beside them",
  async ({ rest, warehouse }) => {
    const policyTags = { names: ["secret"] };
    const secret = {
      name: "payload",
      type: "STRING",
      mode: "REQUIRED",
      policyTags,
    };
    rest.tables.set("p.d.t", {
      type: "TABLE",
      etag: '"x"',
      schema: { fields: [secret] },
    });
    rest.beforePatch = () => {
      rest.beforePatch = () => undefined;
      const faster = { fields: [secret, { name: "QUERY", type: "STRING" }] };
      rest.tables.set("p.d.t", { type: "TABLE", etag: '"y"', schema: faster });
    };
    await warehouse.addColumns(table, columns);
    const { fields } = rest.tables.get("p.d.t")!["schema"] as {
      fields: { name: string; mode?: string; policyTags?: object }[];
    };
    expect(fields[0]).toEqual(secret);
    expect(fields.map(({ name }) => name.toLowerCase()).filter((name) => name === "query")).toHaveLength(1);
    expect(fields.map(({ name }) => name.toLowerCase()).sort()).toEqual(
      columns.map(({ name }) => name).sort(),
    );
    expect(fields.slice(2).every(({ mode }) => mode === "NULLABLE")).toBe(true);
  },
);

promise(
  "types are told in the port's words, also where BigQuery uses its older ones",
  async ({ rest, warehouse }) => {
    const fields = [
      { name: "a", type: "INTEGER", mode: "REQUIRED" },
      { name: "b", type: "BOOLEAN" },
      { name: "c", type: "RECORD" },
      { name: "d", type: "STRING", mode: "REPEATED" },
    ];
    rest.tables.set("p.d.t", { type: "EXTERNAL", schema: { fields } });
    expect(await warehouse.describe(table)).toEqual({
      kind: "other",
      ours: false,
      columns: [
        { name: "a", type: "INT64", required: true },
        { name: "b", type: "BOOL", required: false },
        { name: "c", type: "STRUCT", required: false },
        { name: "d", type: "ARRAY<STRING>", required: false },
      ],
    });
  },
);

promise(
  "a view is written again only where its definition differs, and follows new columns",
  async ({ rest, warehouse }) => {
    const view = { dataset: "d", table: "t_unique" };
    const patches = () => rest.requests.filter(({ method }) => method === "PATCH").length;
    await warehouse.createTable(table, {
      ...spec,
      columns: columns.slice(0, 4),
    });
    await warehouse.putView(view, { kind: "unique", of: table });
    await warehouse.putView(view, { kind: "unique", of: table });
    expect(patches()).toBe(0);
    await warehouse.addColumns(table, columns);
    await warehouse.putView(view, { kind: "unique", of: table });
    expect(patches()).toBe(2);
    const { query, useLegacySql } = rest.tables.get("p.d.t_unique")!["view"] as {
      query: string;
      useLegacySql: boolean;
    };
    expect(useLegacySql).toBe(false);
    expect(query).toContain("FROM `p.d.t` WHERE `is_test` IS NOT TRUE QUALIFY");
    expect(query).toContain("`fields`");
  },
);

promise(
  "a look at a table and its views asks for each once; making all three takes one request more for each",
  async ({ rest, warehouse }) => {
    const view = (kind: string) => ({ dataset: "d", table: `t_${kind}` });
    const look = async () => {
      rest.requests.length = 0;
      if ((await warehouse.describe(table)) === undefined) await warehouse.createTable(table, spec);
      await warehouse.putView(view("unique"), { kind: "unique", of: table });
      await warehouse.putView(view("current"), {
        kind: "current",
        of: table,
        key: "orderId",
      });
      return rest.requests.map(({ method, path }) => `${method} ${path.split("/").at(-1)}`);
    };
    const three = ["GET t", "GET t_unique", "GET t_current"];
    // The dataset tells whether it is missing as well; the table that was made is read back once.
    expect(await look()).toEqual([
      "GET t",
      "GET d",
      "POST tables",
      "GET t",
      "GET t_unique",
      "POST tables",
      "GET t_current",
      "POST tables",
    ]);
    expect(await look()).toEqual(three);
  },
);

promise(
  "two instances that make a view at once leave one, whichever was faster",
  async ({ rest, warehouse }) => {
    await warehouse.createTable(table, spec);
    const view = { dataset: "d", table: "t_unique" };
    rest.intercept((method, path) => {
      if (method === "POST" && path.endsWith("/tables"))
        rest.tables.set("p.d.t_unique", {
          type: "VIEW",
          view: { query: "SELECT 1" },
          etag: '"other"',
        });
      return undefined;
    });
    await warehouse.putView(view, { kind: "unique", of: table });
    const there = rest.tables.get("p.d.t_unique") as {
      view: { query: string };
    };
    expect(there.view.query).toContain("FROM `p.d.t`");
  },
);

promise("a busy service is asked again; one that hangs is an error in time", async ({ rest, warehouse }) => {
  await warehouse.createTable(table, spec);
  let failures = 2;
  rest.intercept(() => (failures-- > 0 ? refusal(503, "backendError", "not now") : undefined));
  expect((await warehouse.describe(table))?.kind).toBe("table");
  rest.intercept(() => refusal(403, "rateLimitExceeded", "too fast"));
  expect(await codeOf(warehouse.describe(table))).toBe("warehouse_down");
  rest.intercept(() => ({ status: 502, body: "<html>" }));
  expect(await codeOf(warehouse.describe(table))).toBe("warehouse_down");
});
