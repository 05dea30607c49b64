import { expect, test } from "@jest/globals";
import { makeRow, rowColumns, rowSpec } from "../../functions/hits/row.ts";
import { tableName } from "../../functions/table.ts";
import type { Selection } from "../../functions/warehouse.ts";
import { openPanel } from "./setup.ts";

/** What a look at each page reads of the warehouse: docs/cost.md prices it. */

const stream = "11111111-1111-4111-8111-111111111111";
const hit = "aaaaaaaa-0000-4000-8000-000000000001";
const table = { dataset: "shop", table: "orders" };

async function open() {
  const panel = await openPanel();
  const { warehouse, registry, ports } = panel;
  registry.put(stream, { table: tableName(table), offset: "UTC", key: "orderId" });
  await warehouse.createDataset(table);
  await warehouse.createTable(table, rowSpec);
  const row = await makeRow(
    { hit_id: hit, stream_id: stream, received_at: ports.now(), body: Buffer.from("orderId=N1") },
    "2026-11-27",
  );
  await warehouse.append(table, rowColumns, [row], { deadlineMs: 1000 });
  await warehouse.createDataset({ dataset: "afterclick", table: "" });
  await ports.letters.ensure();
  // How many dead letters wait is counted once in a minute, for all pages: letters/waits.test.ts.
  await panel.get("/parts");
  const read: Selection[] = [];
  for (const name of ["select", "selectSome"] as const) {
    const asked = warehouse[name].bind(warehouse) as (selection: Selection) => never;
    warehouse[name] = (selection: Selection) => {
      read.push(selection);
      return asked(selection);
    };
  }
  return { ...panel, read };
}

const named = ({ where = [] }: Selection) => where.filter(({ column }) => column === "date").length > 0;
const tablesOf = (read: readonly Selection[]) => [...new Set(read.map(({ from }) => tableName(from)))].sort();
const counters = ["afterclick.activity", "afterclick.activity_days"];
const letters = "afterclick.dead_letter_states";
const ofStream = [...counters, letters, "shop.orders"];

test.each([
  ["/streams", [...counters, letters]],
  ["/streams/new", []],
  [`/streams/${stream}`, ofStream],
  [`/streams/${stream}/live`, ofStream],
  [`/streams/${stream}/problems`, ofStream],
  [`/streams/${stream}/settings`, ofStream],
  [`/find?q=${hit}`, [letters, "shop.orders"]],
  ["/find?q=orderId", [letters, "shop.orders"]],
  ["/tables", []],
  ["/tables/shop.orders", ["shop.orders"]],
  ["/query?sql=SELECT+1", []],
  ["/settings/people", []],
  ["/settings/tokens", []],
  ["/settings/audit", []],
  ["/settings/system", [letters]],
])("%s reads what it shows, and names the days of every table that grows with hits", async (path, tables) => {
  const { get, read } = await open();
  expect((await get(path)).status).toBe(200);
  expect(tablesOf(read)).toEqual(tables);
  for (const selection of read) {
    if (tableName(selection.from) !== letters)
      // On one machine a hit is looked for on all days, by its id; in the cloud `searchedDays` names them.
      expect([path, tableName(selection.from), named(selection) || path.includes(hit)]).toEqual([
        path,
        tableName(selection.from),
        true,
      ]);
    // The view of dead letters is looked at whole, so never with what is large.
    else expect(selection.columns ?? ["all"]).not.toEqual(expect.arrayContaining(["all"]));
    expect(selection.columns ?? []).not.toContain("body");
  }
});

test("a UUID that is no hit_id may be the name of a delivery: the page says so, and looks for it when it is asked to", async () => {
  const { get, warehouse } = await open();
  const name = "99999999-0000-4000-8000-000000000009";
  const named = { hit_id: hit.replace(/1$/, "2"), stream_id: stream, received_at: 1, body: Buffer.from("x") };
  const row = await makeRow({ ...named, headers: { "webhook-id": name } }, "2026-11-27");
  await warehouse.append(table, rowColumns, [row], { deadlineMs: 1000 });
  const page = async (address: string) => String((await get(address)).body);
  const missed = await page(`/find?q=${name}`);
  expect(missed).toContain("No hit with this id");
  expect(missed).toContain("looked for as a hit_id alone");
  const [, link = ""] = /href="(\/find\?[^"]*as=text)"/.exec(missed) ?? [];
  const found = await page(link.replaceAll("&amp;", "&"));
  expect(found).toContain(named.hit_id);
  expect(found).toContain("we looked in 1 table");
});

test("in the cloud a search by hit_id names its days too", async () => {
  const { read, ...panel } = await open();
  panel.ports.searchedDays = 7;
  await panel.get(`/find?q=${hit}`);
  const own = read.filter(({ from }) => tableName(from) === "shop.orders");
  expect(own.length).toBe(1);
  expect(own.every(named)).toBe(true);
});

test("a row that was found shows its JSON as JSON, and other texts as they are", async () => {
  const { get } = await open();
  const html = String((await get(`/find?q=${hit}`)).body);
  expect(html).toContain("&quot;fields&quot;: {\n    &quot;orderId&quot;: &quot;N1&quot;\n  }");
  expect(html).toContain("&quot;payload&quot;: &quot;orderId=N1&quot;");
});
