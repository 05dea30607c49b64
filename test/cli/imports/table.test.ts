import { expect, test } from "@jest/globals";
import { usualFields } from "../../../functions/import/registered/fields.ts";
import { grantOf } from "../../../functions/import/shared/grant.ts";
import { afterclick, fakeAdmin } from "../../support/cli.ts";

const account = "afterclick-import@my-project.iam.gserviceaccount.com";
const table = "their-project.crm.sales";
const grant = grantOf(
  { account, project: "my-project" },
  { project: "their-project", dataset: "crm", table: "sales" },
);
const shared = { table, grant, days: [], undated: 0 };

test("imports add with a table prints what whoever owns it has to grant", async () => {
  const crm = { name: "crm", ...usualFields, zone: "UTC", table, added_at: 0, added_by: "maria" };
  await using admin = await fakeAdmin({
    "POST /v1/imports": { status: 201, json: crm },
    "GET /v1/imports/crm/table": { json: shared },
  });
  const typed = ["imports", "add", "crm", "--zone", "UTC", "--table", table];
  const { code, out, err } = await afterclick(typed, { url: admin.url });
  expect(code).toBe(0);
  expect(admin.asked[0]?.body).toEqual({ name: "crm", zone: "UTC", table });
  expect(out).toMatch(/^table +their-project\.crm\.sales$/m);
  expect(err).toContain(`gives ${account} the role BigQuery Data Viewer`);
  for (const way of [grant.sql, grant.command, grant.steps, grant.address]) expect(err).toContain(way);
});

test("imports table shows its days, and has it looked at", async () => {
  const days = [{ date: "2026-11-20", rows: 1, state: "read" }];
  const looked = { ...shared, looked_at: 0, days, undated: 2, warning: "It is too much." };
  await using admin = await fakeAdmin({
    "GET /v1/imports/crm/table": { json: looked },
    "POST /v1/imports/crm/table/look": {
      status: 202,
      json: { ...looked, code: "table_not_shared", detail: "Grant it." },
    },
  });
  const { out, err } = await afterclick(["imports", "table", "crm"], { url: admin.url });
  expect(out).toMatch(/^2026-11-20 +1 row, read$/m);
  expect(out).toMatch(/^without a date +2 rows$/m);
  // It can be read: nothing is left to be granted, and something too much.
  expect(err).toContain("It is too much.");
  expect(err).not.toContain("GRANT");
  const again = await afterclick(["imports", "table", "crm", "--look"], { url: admin.url });
  expect(admin.asked.map(({ method }) => method)).toEqual(["GET", "POST"]);
  expect(again.out).toMatch(/^code +table_not_shared$/m);
  expect(again.err).toContain("Grant it.");
  expect(again.err).toContain("GRANT");
});
