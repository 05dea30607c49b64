import { expect, test } from "@jest/globals";
import { lookedWrite, nothingSeen, readLooked } from "../../../functions/import/shared/state.ts";
import { findImport } from "../../../functions/import/registered/imports.ts";
import { openImports, someone, textOf } from "./setup.ts";

/** An import that reads a shared table, in the panel. */

const account = "afterclick-import@my-project.iam.gserviceaccount.com";
const table = "their-project.crm.sales";

async function open() {
  const panel = await openImports({ sharing: { account, project: "my-project" } });
  const connection = async () => textOf((await panel.get("/imports/shared/connection")).body);
  const added = await panel.post("/imports/new", { name: "shared", zone: "UTC", due: "02:00", table });
  return { ...panel, added, connection };
}

test("an import that is added with its table shows what has to be granted, and to whom", async () => {
  const { added, ports, connection, arrived, get } = await open();
  expect([added.status, added.headers!["location"]]).toEqual([303, "/imports/shared/connection"]);
  expect((await findImport(ports, "shared")).table).toBe(table);
  expect(arrived.times).toBe(1);
  const page = await connection();
  for (const said of [
    table,
    account,
    "BigQuery Data Viewer",
    `GRANT \`roles/bigquery.dataViewer\` ON TABLE \`${table}\` TO "serviceAccount:${account}"`,
    "bq add-iam-policy-binding",
    "their-project > crm > sales > Share > Manage permissions",
    "On this one table, nothing on the project",
    "It was not looked at yet",
  ])
    expect(page).toContain(said);
  expect(String((await get("/imports/shared/settings")).body)).toContain(`value="${table}"`);
  expect(textOf((await get("/imports/crm/connection")).body)).toContain("It reads no table");
});

test("why it is not read, what it holds and what is too much are shown; editors have it looked at", async () => {
  const { ports, connection, post, who, arrived } = await open();
  const looked = {
    ...nothingSeen(table),
    looked_at: 1,
    seen: { "2026-11-20": { rows: 3, print: "a", since: 1 } },
    wider: true,
  };
  await ports.documents.commit([lookedWrite("shared", looked)]);
  const page = await connection();
  expect(page).toMatch(/2026-11-20: 3 rows\s*, read once they stay the same/);
  expect(page).toContain("is too much");
  const trouble = { code: "table_refused", detail: "Invalid date: 'jane'", at: 1 };
  await ports.documents.commit([lookedWrite("shared", { ...looked, trouble })]);
  expect(await connection()).toContain("jane");
  who.one = someone("editor", false);
  expect(await connection()).toContain("It cannot be read: table_refused");
  expect(await connection()).not.toContain("jane");
  const reply = await post("/imports/shared/connection/look", {});
  expect(reply.headers!["location"]).toBe("/imports/shared/connection?looked");
  expect([(await readLooked(ports, "shared"))?.looked.asked, arrived.times]).toEqual([true, 2]);
});
