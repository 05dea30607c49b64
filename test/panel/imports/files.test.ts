import { expect, test } from "@jest/globals";
import type { Value } from "../../../functions/warehouse.ts";
import { putFiles } from "../../support/imported.ts";
import { openImports, someone, textOf } from "./setup.ts";

/** What became of the files of an import, and what a person may do about it. */

const id = (part: string) => `01795000000000-${part.padStart(16, "0")}`;
const address = (part: string) => `/imports/crm/files/${id(part)}`;

const files: (Record<string, Value> & { file_id: string })[] = [
  { file_id: id("1"), name: "old.csv", state: "superseded", rows: 3, imported: 3, rejected: 0 },
  {
    file_id: id("2"),
    name: "day.csv",
    state: "imported_with_rejects",
    version: 2,
    rows: 1842,
    imported: 1829,
    rejected: 2,
    new_events: 7,
    encoding: "utf-8",
    number_format: "dot",
    dates: '{"2026-11-26":1821,"2026-11-25":8}',
    codes: '{"date_format":1,"ev_missing":1}',
  },
  { file_id: id("3"), name: "bad.csv", state: "failed", code: "encoding_unknown", reason: "Line 2 is José." },
  {
    file_id: id("4"),
    name: "many.csv",
    state: "failed",
    code: "too_many_rejects",
    reason: "11 rows are bad.",
    rows: 12,
    imported: 0,
    rejected: 11,
  },
  {
    file_id: id("5"),
    name: "less.csv",
    state: "waiting",
    code: "snapshot_too_small",
    reason: "It has less.",
  },
  { file_id: id("6"), name: "twice.csv", state: "duplicate" },
];
const rejects = [
  {
    file_id: id("2"),
    row_no: 13,
    line_first: 14,
    raw: "26.11.2026;deal",
    faults: '[{"code":"date_format","field":"date","value":"26.11.2026"}]',
  },
  {
    file_id: id("2"),
    row_no: 26,
    line_first: 27,
    raw: "2026-11-26;",
    faults: '[{"code":"ev_missing","field":"ev"}]',
  },
];

async function open() {
  const panel = await openImports();
  await putFiles(panel.warehouse, files, rejects);
  for (const { file_id } of files) panel.keptFiles.files.set(file_id.slice(15), Buffer.from("x"));
  return panel;
}

test("the list of imports says of each what became of its newest file", async () => {
  const { get, warehouse } = await open();
  expect(textOf((await get("/imports")).body)).toContain("crm upload Duplicate twice.csv : The same bytes");
  await putFiles(warehouse, [{ file_id: id("7"), name: "x.csv", state: "failed", code: "file_empty" }]);
  const { body } = await get("/imports");
  expect(textOf(body)).toContain("1 of 1 import needs somebody: a file was not imported");
  expect(textOf(body)).toContain("data of 2026-11-27, 02:00 Europe/Amsterdam");
  expect(String(body)).toContain('<tr class="bad">');
});

test("a file that waits for its turn is the newest one, and is told as being read", async () => {
  const { get, post, who, keptFiles, arrived } = await open();
  who.one = someone("editor");
  const reply = await post("/imports/crm/files", {}, { name: "dä%22y.csv", content: "a,b\r\n" });
  expect([reply.status, reply.headers?.["location"]]).toEqual([
    303,
    expect.stringMatching(/^\/imports\/crm\/files\/\d{14}-[0-9a-f]{16}$/),
  ]);
  expect(arrived.times).toBe(1);
  expect([...keptFiles.files.values()].map(String)).toContain("a,b\r\n");
  expect(textOf((await get("/imports")).body)).toContain('Being read dä"y.csv');
  expect(textOf((await get("/imports/crm")).body)).toContain('dä"y.csv');
  const page = textOf((await get(reply.headers!["location"]!)).body);
  expect(page).toContain("It is read as soon as those before it are.");
  expect(page).toContain("Look again");
});

test("a form without a file sends nothing and says so", async () => {
  const { post, get, keptFiles } = await open();
  const before = keptFiles.files.size;
  const { headers } = await post("/imports/crm/files", {});
  expect(headers?.["location"]).toBe("/imports/crm?file=none");
  expect(textOf((await get("/imports/crm?file=none")).body)).toContain(
    "Nothing was sent: choose a file first.",
  );
  expect(keptFiles.files.size).toBe(before);
});

test("the files of an import come with their state in words, the newest first", async () => {
  const { get } = await open();
  const text = textOf((await get("/imports/crm")).body);
  const order = ["twice.csv", "less.csv", "many.csv", "bad.csv", "day.csv", "old.csv"];
  expect(order.map((name) => text.indexOf(name))).toEqual(
    order.map((name) => text.indexOf(name)).sort((a, b) => a - b),
  );
  for (const words of [
    "Duplicate",
    "Waits for you It has less.",
    "Failed Line 2 is José.",
    "With rejects 1,829 rows imported, 2 rows rejected.",
    "Superseded",
  ])
    expect(text).toContain(words);
});

test("a file with rejects shows each with its line, column, value, reason and what to do", async () => {
  const { get } = await open();
  const { status, body } = await get(address("2"));
  const text = textOf(body);
  expect(status).toBe(200);
  expect(text).toContain("1,829 of 1,842 rows were imported, 2 were rejected. Version 2 of this file.");
  expect(text).toContain(
    "14 date 26.11.2026 The date is not written as YYYY-MM-DD. date_format Write it so, or set the date format",
  );
  expect(text).toContain("27 ev empty The name of the event is empty. ev_missing Fill ev.");
  expect(text).toContain("2026-11-26 (1,821), 2026-11-25 (8)");
  expect(text).toContain("Delimiter semicolon");
  expect(text).toContain("7 events came, 0 went");
  const { headers, body: csv } = await get(`${address("2")}/rejects`);
  expect(headers?.["content-disposition"]).toBe('attachment; filename="day.rejects.csv"');
  let lines = "";
  for await (const chunk of csv as AsyncIterable<string>) lines += chunk;
  expect(lines.split("\r\n").slice(0, 2)).toEqual([
    "date;ev;_line;_column;_reason",
    expect.stringMatching(/^26\.11\.2026;deal;14;date;date_format: /),
  ]);
});

test("rejects come in pages", async () => {
  const { get, warehouse } = await open();
  const many = Array.from({ length: 120 }, (_, index) => ({
    file_id: id("4"),
    row_no: index + 1,
    line_first: index + 2,
  }));
  await putFiles(warehouse, [], many);
  const first = await get(address("4"));
  const lines = (body: unknown) =>
    [...String(body).matchAll(/<th scope="row" class="n" data-label="Line">(\d+)</g)].map(([, line]) =>
      Number(line),
    );
  expect(lines(first.body)).toEqual(Array.from({ length: 50 }, (_, index) => index + 2));
  const next = /href="([^"]+)">Next</.exec(String(first.body))![1]!;
  const second = await get(next);
  expect(lines(second.body)[0]).toBe(52);
  expect(String(second.body)).toContain(`href="${address("4")}">First page<`);
});

test("what may stand in a file is for those who may see payloads", async () => {
  const { get, who } = await open();
  who.one = someone("admin", false);
  for (const path of ["/imports", "/imports/crm", address("2"), address("3")]) {
    const { body } = await get(path);
    expect([path, /José|26\.11\.2026/.test(String(body))]).toEqual([path, false]);
  }
  const text = textOf((await get(address("2"))).body);
  expect(text).toContain("You may not see payloads, so the rejected rows are not shown to you");
  expect(text).toContain("date_format 1 row");
  expect((await get(`${address("2")}/rejects`)).status).toBe(403);
});

test("an admin has a file imported that failed for its bad rows or waits; others are told who may", async () => {
  const { get, ask, who, ports, arrived } = await open();
  const offered = async (part: string) =>
    /action="[^"]*\/anyway"/.test(String((await get(address(part))).body));
  expect(await Promise.all(["1", "2", "3", "4", "5"].map(offered))).toEqual([
    false,
    false,
    false,
    true,
    true,
  ]);
  who.one = someone("editor");
  expect(await offered("4")).toBe(false);
  expect(textOf((await get(address("4"))).body)).toContain("An admin may have it imported anyway");
  const press = () => ask({ method: "POST", path: `${address("4")}/anyway` });
  expect((await press()).status).toBe(403);
  who.one = someone("admin");
  expect((await press()).headers?.["location"]).toBe(address("4"));
  expect(arrived.times).toBe(1);
  const [arrival] = await ports.documents.list("arrivals", { limit: 1 });
  expect(arrival?.document).toMatchObject({ import_id: "crm", attempt: 2, anyway_by: who.one.id });
  expect(textOf((await get(address("4"))).body)).toContain("Being read");
});

test("a file that failed is checked again under what is set by now, by editors; no other one is", async () => {
  const { get, ask, who, ports } = await open();
  who.one = someone("editor");
  const offered = async (part: string) =>
    /action="[^"]*\/again"/.test(String((await get(address(part))).body));
  expect(await Promise.all(["2", "3", "4", "5"].map(offered))).toEqual([false, true, true, false]);
  const press = (part: string) => ask({ method: "POST", path: `${address(part)}/again` });
  expect([(await press("2")).status, (await press("3")).headers?.["location"]]).toEqual([409, address("3")]);
  const [arrival] = await ports.documents.list("arrivals", { limit: 1 });
  expect(arrival?.document).toMatchObject({ import_id: "crm", attempt: 2 });
  expect(arrival?.document).not.toHaveProperty("anyway_by");
  who.one = someone("viewer");
  expect(await offered("4")).toBe(false);
});

test("a file of another import, or of none, is not there", async () => {
  const { get, warehouse } = await open();
  await putFiles(warehouse, [{ file_id: id("9"), import_id: "other" }]);
  for (const path of [
    address("9"),
    `${address("9")}/rejects`,
    address("99"),
    "/imports/other",
    "/imports/x/settings",
  ])
    expect([path, (await get(path)).status]).toEqual([path, 404]);
});

test("where files cannot arrive nothing is offered that sends them", async () => {
  const { get } = await openImports({ uploads: undefined as never });
  const { body } = await get("/imports/crm");
  expect(String(body)).not.toContain('type="file"');
  expect(textOf(body)).toContain(
    "put it into the bucket of imports, or npx afterclick imports upload crm FILE",
  );
  expect(textOf((await get("/imports/new")).body)).toContain("npx afterclick imports check FILE");
});
