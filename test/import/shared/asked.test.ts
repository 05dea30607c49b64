import { expect, test } from "@jest/globals";
import { lookedWrite, nothingSeen, readLooked } from "../../../functions/import/shared/state.ts";
import { thisMachine, type Who } from "../../../functions/people/who.ts";
import { openAdmin } from "../../support/admin.ts";

/** A shared table as people see it, over the API. */

const account = "afterclick-import@my-project.iam.gserviceaccount.com";
const sharing = { account, project: "my-project" };

async function open(more: object = { sharing }) {
  const who: { one: Who } = { one: thisMachine };
  const admin = await openAdmin({ identify: async () => who.one, ...more });
  await admin.ask("POST", "/v1/imports", { name: "crm", zone: "UTC", table: "their-project.crm.sales" });
  return { ...admin, who };
}

test("before it was looked at, a table says what has to be granted and to whom", async () => {
  const { ask } = await open();
  expect(Reflect.get((await ask("GET", "/v1/imports/crm")).json, "table")).toBe("their-project.crm.sales");
  const { json } = await ask("GET", "/v1/imports/crm/table");
  expect(json).toEqual({
    table: "their-project.crm.sales",
    days: [],
    undated: 0,
    grant: {
      account,
      role: "BigQuery Data Viewer",
      sql: `GRANT \`roles/bigquery.dataViewer\` ON TABLE \`their-project.crm.sales\` TO "serviceAccount:${account}"`,
      command: `bq add-iam-policy-binding --table=true --role=roles/bigquery.dataViewer --member=serviceAccount:${account} their-project:crm.sales`,
      address: expect.stringMatching(
        /^https:\/\/console\.cloud\.google\.com\/bigquery\?project=their-project&ws=/,
      ),
      steps: "BigQuery > their-project > crm > sales > Share > Manage permissions > Add principal",
    },
  });
  // A table without a project is one of our own.
  await ask("PATCH", "/v1/imports/crm", { table: "crm.sales" });
  const own = (await ask("GET", "/v1/imports/crm/table")).json;
  expect(JSON.stringify(own)).toContain("`my-project.crm.sales`");
});

test("on one machine nothing is granted, and files have a name as well", async () => {
  const { ask } = await open({});
  expect((await ask("GET", "/v1/imports/crm/table")).json).not.toHaveProperty("grant");
  await ask("PATCH", "/v1/imports/crm", { table: "files:crm/*.csv" });
  expect((await ask("GET", "/v1/imports/crm/table")).json).toEqual({
    table: "files:crm/*.csv",
    days: [],
    undated: 0,
  });
});

test("what was seen is shown, why it is not read to who may see payloads alone", async () => {
  const { ask, who, documents } = await open();
  const looked = {
    ...nothingSeen("their-project.crm.sales"),
    looked_at: 5,
    seen: {
      "2026-11-19": { rows: 2, print: "a", since: 1 },
      "2026-11-20": { rows: 3, print: "b", since: 1 },
      none: { rows: 1, print: "c", since: 1 },
    },
    taken: { "2026-11-19": "a" },
    wider: true,
    trouble: { code: "table_refused", detail: "Invalid date: 'jane'", at: 4 },
  };
  await documents.commit([lookedWrite("crm", looked)]);
  const { json } = await ask("GET", "/v1/imports/crm/table");
  expect(json).toMatchObject({
    looked_at: 5,
    since: 4,
    code: "table_refused",
    detail: "Invalid date: 'jane'",
    days: [
      { date: "2026-11-20", rows: 3, state: "settling" },
      { date: "2026-11-19", rows: 2, state: "read" },
    ],
    undated: 1,
    warning: expect.stringContaining("is too much"),
  });
  who.one = { ...thisMachine, seesPayloads: false };
  for (const [code, quotes] of [
    ["table_not_there", true],
    ["warehouse_down", false],
    ["table_refused", false],
  ] as const) {
    await documents.commit([lookedWrite("crm", { ...looked, trouble: { ...looked.trouble, code } })]);
    const told = (await ask("GET", "/v1/imports/crm/table")).json;
    expect([told.code, JSON.stringify(told).includes("jane")]).toEqual([code, quotes]);
  }
  // Somebody granted it, and does not want to wait.
  who.one = thisMachine;
  expect((await ask("POST", "/v1/imports/crm/table/look")).status).toBe(202);
  expect((await readLooked({ documents }, "crm"))?.looked.asked).toBe(true);
});

test("an import to which files are sent has no table, and one that is no table is refused", async () => {
  const { ask } = await open();
  await ask("PATCH", "/v1/imports/crm", { table: null });
  const { status, json } = await ask("GET", "/v1/imports/crm/table");
  expect([status, json.code]).toEqual([400, "request_refused"]);
  const wrong = await ask("PATCH", "/v1/imports/crm", { table: "files:../secrets.csv" });
  expect([wrong.status, wrong.json.code]).toEqual([400, "request_refused"]);
});
