import { expect, test } from "@jest/globals";
import { afterclick, fakeAdmin } from "../../support/cli.ts";

const columns = [
  { name: "hit_id", type: "STRING", description: "Names the hit" },
  { name: "own\u001b[2J", type: "JSON" },
];
const leads = { name: "crm.leads", kind: "table", what: "every hit as a row", streams: ["Leads"], columns };
const current = { ...leads, name: "crm.leads_current", kind: "view", what: "the latest state" };
const calls = { ...leads, name: "crm.calls", kind: "missing", columns: [] };
const shopLeads = { ...leads, name: "shop.leads" };

const open = (tables: object[], skipped: object[] = []) =>
  fakeAdmin({ "GET /v1/tables": { json: { tables, skipped } } });

test("tables lists each with what it is for, its streams and columns, and says what it could not look at", async () => {
  await using admin = await open([calls, leads, current], [{ table: "crm.sick", why: "no answer" }]);
  const { code, out, err } = await afterclick(["tables"], { url: admin.url, width: 80 });
  expect(code).toBe(0);
  expect(out).toBe(
    "crm.calls\n  not there yet: its first hit makes it\n  streams  Leads\n\n" +
      "crm.leads\n  every hit as a row\n  streams  Leads\n  columns  hit_id, own\\x1b[2J\n\n" +
      "crm.leads_current\n  the latest state\n  streams  Leads\n  columns  hit_id, own\\x1b[2J\n",
  );
  expect(err).toBe("crm.sick could not be looked at: no answer\n");
});

test("tables TABLE shows a column a line with its type and meaning, also by its bare name", async () => {
  await using admin = await open([leads, current]);
  const { out } = await afterclick(["tables", "leads_current"], { url: admin.url, width: 80 });
  expect(out).toContain("name     crm.leads_current\nkind     view\n");
  expect(out).toContain("hit_id     | STRING | Names the hit\nown\\x1b[2J | JSON   |\n");
  const { out: json } = await afterclick(["tables", "crm.leads", "--json"], { url: admin.url });
  expect(JSON.parse(json)).toEqual([leads]);
});

test("tables of a name that none or two have says what to type", async () => {
  await using admin = await open([leads, shopLeads]);
  const none = await afterclick(["tables", "order"], { url: admin.url });
  expect(none.code).toBe(1);
  expect(none.err).toContain('There is no table "order". afterclick tables lists all of them.');
  const two = await afterclick(["tables", "leads"], { url: admin.url });
  expect(two.err).toContain('crm.leads and shop.leads are both meant by "leads"; name one whole.');
  await using empty = await open([]);
  const { out, err } = await afterclick(["tables"], { url: empty.url });
  expect([out.trim(), err]).toEqual(["", "There is no table yet: a stream's first hit makes it.\n"]);
});
