import { expect } from "@jest/globals";
import { openShared as openTable } from "../../../functions/import/shared/table.ts";
import { minute, openShared } from "../../import/shared/setup.ts";
import { refusal } from "../../support/doubles/fake-bigquery.ts";
import { codeOf, promise, type Setup } from "./setup.ts";

/** What BigQuery's emulator does not show of tables that others share: pages, rights, whose they are. */

const sql = "SELECT CAST(a AS STRING) AS a, CAST(b AS STRING) AS b FROM `p.d.t`";
const schema = { fields: ["a", "b"].map((name) => ({ name, type: "STRING" })) };
const row = (...cells: (string | null)[]) => ({ f: cells.map((v) => ({ v })) });

async function text(parts: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all).toString();
}

promise("rows are CSV, page by page, once the job is done", async ({ rest, warehouse }) => {
  const jobReference = { jobId: "j", location: "EU" };
  const answers: object[] = [
    { jobComplete: false, jobReference },
    { jobComplete: false, jobReference },
    { jobComplete: true, jobReference, schema, rows: [row("1", 'a "b"'), row("2", null)], pageToken: "next" },
    { jobComplete: true, jobReference, schema, rows: [row("3", "x\ny")] },
  ];
  rest.intercept(() => ({ status: 200, body: answers.shift() }));
  expect(await text(await warehouse.extract(sql, { deadlineMs: minute }))).toBe(
    'a,b\r\n1,"a ""b"""\r\n2,\r\n3,"x\ny"\r\n',
  );
  expect(rest.requests.map(({ method, query }) => [method, query.get("pageToken")])).toEqual([
    ["POST", null],
    ["GET", null],
    ["GET", null],
    ["GET", "next"],
  ]);
  expect(rest.requests[3]!.query.get("location")).toBe("EU");
});

promise("no rows are a header alone", async ({ rest, warehouse }) => {
  rest.intercept(() => ({ status: 200, body: { jobComplete: true, schema } }));
  expect(await text(await warehouse.extract(sql, { deadlineMs: minute }))).toBe("a,b\r\n");
});

promise("why rows cannot be read is told apart", async ({ rest, warehouse }) => {
  for (const [status, reason, code] of [
    [400, "invalidQuery", "statement_refused"],
    [403, "accessDenied", "table_forbidden"],
    [404, "notFound", "dataset_missing"],
    [403, "quotaExceeded", "warehouse_down"],
  ] as const) {
    rest.intercept(() => refusal(status, reason, "it says why"));
    expect([reason, await codeOf(warehouse.extract(sql, { deadlineMs: minute }))]).toEqual([reason, code]);
  }
  rest.intercept(() => ({ status: 200, body: { jobComplete: false, jobReference: { jobId: "j" } } }));
  expect(await codeOf(warehouse.extract(sql, { deadlineMs: 0 }))).toBe("warehouse_down");
});

const theirs = "their-project.crm.sales";
const theirTable = {
  type: "TABLE",
  location: "EU",
  schema: {
    fields: [
      { name: "date", type: "DATE" },
      { name: "ev", type: "STRING" },
      { name: "reference_ev", type: "STRING" },
      { name: "reference_id", type: "STRING" },
    ],
  },
};
const account = "afterclick-import@my-project.iam.gserviceaccount.com";

async function lookedAt({ warehouse }: Setup) {
  const one = await openShared(warehouse, "theirs", { table: theirs, more: { account } });
  await one.after(0);
  return (await one.looked())!.trouble;
}

promise("a table that is not shared with us is told with what is to be granted", async (setup) => {
  const denied = "Access Denied: Table their-project:crm.sales: Permission bigquery.tables.get denied";
  setup.rest.intercept(() => refusal(403, "accessDenied", denied));
  const trouble = await lookedAt(setup);
  expect(trouble?.code).toBe("table_not_shared");
  expect(trouble?.detail).toContain(`${account} may not read ${theirs}: ${denied}`);
  expect(trouble?.detail).toContain("BigQuery Data Viewer on this one table");
});

promise("walls that no grant on the table opens are named", async (setup) => {
  setup.rest.datasets.set("their-project.crm", "EU");
  setup.rest.tables.set(theirs, theirTable);
  for (const [why, says] of [
    ["Access Denied: BigQuery BigQuery: Permission denied while getting Drive credentials.", "Google Drive"],
    ["VPC Service Controls: Request is prohibited by organization's policy.", "VPC-SC"],
    ["Access Denied: User does not have permission to query table their-project:crm.base", "authorize it"],
  ] as const) {
    setup.rest.intercept((_, path) =>
      path.endsWith("/queries") ? refusal(403, "accessDenied", why) : undefined,
    );
    expect((await lookedAt(setup))?.detail).toContain(says);
  }
});

promise("whether more than the table is shared is seen by its dataset", async ({ rest, warehouse }) => {
  rest.datasets.set("their-project.crm", "EU");
  rest.tables.set(theirs, theirTable);
  const ports = { warehouse, productDataset: "afterclick", defaultDataset: "crm" };
  const view = (await openShared(warehouse, "theirs", { table: theirs })).view();
  expect(await (await openTable(ports, view)).isWider()).toBe(true);
  rest.intercept((_, path) =>
    path.endsWith("/datasets/crm") ? refusal(403, "accessDenied", "Access Denied") : undefined,
  );
  expect(await (await openTable(ports, view)).isWider()).toBe(false);
});
