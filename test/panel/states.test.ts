import { describe, expect, test } from "@jest/globals";
import { thisMachine } from "../../functions/people/who.ts";
import type { Documents } from "../../functions/documents.ts";
import { addImport } from "../../functions/import/registered/imports.ts";
import { rowSpec } from "../../functions/hits/row.ts";
import { documentsDown, registryDown, warehouseDown } from "../../functions/problems.ts";
import type { PanelPorts } from "../../panel/ports.ts";
import { memoryDocuments } from "../support/doubles/memory-documents.ts";
import { memoryRegistry } from "../support/doubles/memory-registry.ts";
import { memoryWarehouse } from "../support/doubles/memory-warehouse.ts";
import { putFiles } from "../support/imported.ts";
import { openPanel } from "./setup.ts";

/** Each screen where something is away, failed, empty, filtered to nothing or not theirs to see. */

const stream = "11111111-1111-4111-8111-111111111111";
const hit = "aaaaaaaa-0000-4000-8000-000000000001";
const file = "01795000000000-00000000000000aa";
const table = { dataset: "shop", table: "orders" };

const screens = [
  "/streams",
  "/streams/new",
  "/streams/new?table=shop.orders",
  `/streams/${stream}`,
  `/streams/${stream}/live`,
  `/streams/${stream}/problems`,
  `/streams/${stream}/settings`,
  "/feeds",
  "/imports",
  "/imports/new",
  "/imports/crm",
  `/imports/crm/files/${file}`,
  "/imports/crm/days",
  "/imports/crm/links",
  "/imports/crm/connection",
  "/imports/crm/settings",
  "/find",
  `/find?q=${hit}`,
  "/find?q=N1001",
  "/tables",
  "/tables/shop.orders",
  "/query",
  "/settings/people",
  "/settings/tokens",
  "/settings/imports",
  "/settings/audit",
  "/settings/system",
  "/settings/you",
];

async function open(changed: Partial<PanelPorts> = {}) {
  const registry = memoryRegistry();
  registry.put(stream, { table: "shop.orders", offset: "UTC" });
  const warehouse = memoryWarehouse();
  await warehouse.createDataset(table);
  await warehouse.createTable(table, rowSpec);
  await warehouse.createDataset({ dataset: "afterclick", table: "" });
  await putFiles(warehouse, [{ file_id: file }]);
  const documents = memoryDocuments();
  await addImport({ documents, now: () => 0 }, thisMachine, { name: "crm", zone: "UTC" });
  return openPanel({ registry, warehouse, documents, ...changed });
}
/** A port of which every call fails. */
const failing = <Port extends object>(port: Port, error: () => Error): Port =>
  new Proxy(port, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name);
      return typeof found === "function" ? () => Promise.reject(error()) : found;
    },
  });

const textOf = (body: unknown) =>
  /<main.*?>(.*)<\/main>/s
    .exec(String(body))![1]!
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll(/\s+/g, " ");

const parts: Record<string, (error: () => Error) => Partial<PanelPorts>> = {
  registry: (error) => ({ registry: failing(memoryRegistry(), error) }),
  warehouse: (error) => ({ warehouse: failing(memoryWarehouse(), error) }),
  documents: (error) => ({ documents: failing(memoryDocuments() as Documents, error) }),
};
const down: Record<string, () => Error> = {
  registry: () => registryDown({ why: "test" }),
  warehouse: () => warehouseDown({ why: "test" }),
  documents: () => documentsDown({ why: "test" }),
};

/** What a page says of what it could not tell, where the rest of it is as good without. */
/** To the page itself. */
const again = /<a class="btn primary" href(="")?>Try again</;
const said = /not known|could not be (told|looked at)|cannot be told|does not answer just now|Failing/;
/** They read nothing of this part. */
const without: Record<string, readonly string[]> = {
  registry: [
    "/feeds",
    "/imports",
    "/imports/new",
    "/imports/crm",
    `/imports/crm/files/${file}`,
    "/imports/crm/days",
    "/imports/crm/links",
    "/imports/crm/settings",
    "/settings/imports",
    "/find",
    "/tables/shop.orders",
    "/query",
    "/settings/people",
    "/settings/tokens",
    "/settings/audit",
    "/settings/you",
  ],
  warehouse: [
    "/feeds",
    "/streams/new",
    "/imports/new",
    "/imports/crm/connection",
    "/imports/crm/settings",
    "/settings/imports",
    "/find",
    "/query",
    "/settings/people",
    "/settings/tokens",
    "/settings/audit",
    "/settings/you",
  ],
  documents: [
    "/streams",
    `/streams/${stream}/live`,
    `/streams/${stream}/settings`,
    "/find",
    `/find?q=${hit}`,
    "/find?q=N1001",
    "/tables",
    "/tables/shop.orders",
    "/query",
    "/settings/system",
    "/settings/you",
  ],
};

describe.each(Object.keys(parts))("without the %s", (part) => {
  test("each screen that needs it says so with a way to try again, or what it could not tell, in words for who reads", async () => {
    const { get } = await open({ offersLinks: true, ...parts[part]!(down[part]!) });
    for (const path of screens) {
      const { status, body } = await get(path);
      const text = textOf(body);
      // What is said to a sender is none of a reader's business.
      expect([path, /send the same request again|Nothing was stored|take rows just now/.test(text)]).toEqual([
        path,
        false,
      ]);
      if (without[part]!.includes(path)) expect([path, status, said.test(text)]).toEqual([path, 200, false]);
      else if (status === 200) expect([path, text]).toEqual([path, expect.stringMatching(said)]);
      else {
        expect([path, status]).toEqual([path, 503]);
        expect([path, String(body)]).toEqual([path, expect.stringMatching(again)]);
        expect(text).toContain("Your senders are not affected");
      }
    }
  });

  test("what nobody foresaw of it is an error id that the log knows, with a way to try again", async () => {
    const { get, logged } = await open(parts[part]!(() => new Error("secret inside")));
    let failed = 0;
    for (const path of screens) {
      const { status, body } = await get(path);
      expect([path, String(body).includes("secret inside")]).toEqual([path, false]);
      if (status === 200) continue;
      failed++;
      const [, id] = /error id <code>(e-[0-9a-f]{8})</.exec(String(body)) ?? [];
      expect([path, status, logged.some(({ error_id }) => error_id === id)]).toEqual([path, 500, true]);
      expect(String(body)).toMatch(again);
    }
    expect(failed).toBeGreaterThan(2);
  });
});

test("what a form sent is not sent once more by a link", async () => {
  const { ask } = await open(parts["documents"]!(down["documents"]!));
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const { status, body } = await ask({
    method: "POST",
    path: "/settings/people",
    headers,
    body: "name=maria&role=viewer",
  });
  expect([status, String(body).includes("Try again")]).toEqual([503, false]);
  expect(textOf(body)).toContain("It may be done all the same");
});

test.each([
  ["/streams", "A stream is one address that your CRM calls", "Add data stream"],
  ["/tables", "No table yet. The first hit of a stream makes its table.", "Data streams"],
  ["/imports", "A file a day from a system that cannot call an address", "Add import"],
  ["/feeds", "No feed yet. Take one where somebody can write a page that lists orders", "Data streams"],
  ["/settings/imports", "No import yet. Add one, and send its files to it.", "Add custom import"],
  ["/find", "A text is looked for in body, query string and headers", "Find"],
  ["/settings/people", "Nobody yet. The first person that you add gets a link", "Add and make a link"],
  ["/settings/tokens", "No token yet. A program, or the command line elsewhere, needs one.", "Make token"],
  ["/settings/audit", "Nothing was done yet.", "Filter"],
])("%s with nothing yet says what to do next", async (path, words, next) => {
  const { get } = await openPanel();
  const text = textOf((await get(path)).body);
  expect(text).toContain(words);
  expect(text).toContain(next);
});

test.each([
  [`/streams/${stream}`, "1 of 4 done in the last 7 days", "Send a test"],
  [`/streams/${stream}/live`, "Hits show here as they arrive", "Send a test"],
  [`/streams/${stream}/problems`, "No dead letter waits.", "No request of this stream was refused today."],
  [`/find?q=${hit}`, "No hit with this id", "Ask your developer for the hit_id"],
])("%s of a stream that nothing reached says what to do next", async (path, words, next) => {
  const { get } = await open();
  const text = textOf((await get(path)).body);
  expect(text).toContain(words);
  expect(text).toContain(next);
});

test.each([
  ["/streams?q=zzz&state=paused", "No stream matches.", "/streams"],
  ["/tables?q=zzz", "No table matches.", "/tables"],
  ["/tables/shop.orders?since=2026-01-01&until=2026-01-02", "No row of these days.", "/tables/shop.orders"],
  ["/settings/audit?who=nobody", "No entry matches.", "/settings/audit"],
])("%s matches nothing, says so, and the filter can be cleared", async (path, words, cleared) => {
  const { get } = await open();
  const { body } = await get(path);
  expect(textOf(body)).toContain(words);
  expect(String(body)).toContain(`href="${cleared}">Clear filters</a>`);
});

test("somebody who may not is told which role is needed, and leads on to what they may", async () => {
  const viewer = {
    ...thisMachine,
    name: "maria",
    role: "viewer",
    seesPayloads: false,
    how: "session",
  } as const;
  const { get } = await open({ personOf: () => viewer });
  for (const [path, words] of [
    ["/streams/new", "needs the role editor"],
    [`/streams/${stream}/settings`, "needs the role editor"],
    ["/imports/new", "needs the role editor"],
    ["/imports/crm/settings", "needs the role editor"],
    [`/imports/crm/files/${file}/rejects`, "may not see payloads"],
    ["/settings/people", "needs the role admin"],
    ["/settings/audit", "needs the role admin"],
    ["/tables/shop.orders", "may not see payloads"],
    ["/query", "may not see payloads"],
  ] as const) {
    const { status, body } = await get(path);
    expect([path, status]).toEqual([path, 403]);
    expect(textOf(body)).toContain(words);
    expect(textOf(body)).toContain("All data streams");
  }
});

test("a refused form of people and tokens gets the focus, and what was typed stays", async () => {
  const { ask } = await open();
  const post = async (path: string, fields: Record<string, string>) => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const { body } = await ask({
      method: "POST",
      path,
      headers,
      body: new URLSearchParams(fields).toString(),
    });
    return String(body);
  };
  const people = await post("/settings/people", { name: "<b>", role: "editor", sees_payloads: "1" });
  const tokens = await post("/settings/tokens", {
    name: "nightly",
    person: "nobody",
    role: "editor",
    days: "x",
  });
  for (const html of [people, tokens]) {
    expect(html).toMatch(/class="callout bad summary" role="alert" tabindex="-1" autofocus/);
    expect(html).toMatch(/value="editor" checked/);
  }
  expect(people).toContain('value="&lt;b>"');
  expect(people).toMatch(/name="sees_payloads" value="1" checked/);
  expect(tokens).toMatch(/value="nightly".*value="nobody".*value="x"/s);
});
