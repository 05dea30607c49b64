import { expect, test } from "@jest/globals";
import { readState, type FetchState } from "../../../functions/feeds/fetches/state.ts";
import { someone, textOf } from "../imports/setup.ts";
import { openPanel } from "../setup.ts";

/** JSON feeds as people add them and look after them. */

const orders = {
  name: "orders",
  url: "https://crm.example.com/feed",
  table: "orders",
  zone: "Europe/Kyiv",
  partitioned: "true",
  days: "3",
  user: "afterclick",
  password: "s3cret",
  key: "orderId",
  updated: "",
};

async function open() {
  const secrets = new Map<string, string>();
  const who = { one: someone("editor") };
  let asked = 0;
  const panel = await openPanel({
    personOf: () => who.one,
    feedAsked: () => void (asked += 1),
    secrets: {
      put: async (name: string, value: string) => void secrets.set(name, value),
      retire: async (name: string) => void secrets.delete(name),
      read: async (name: string) => secrets.get(name),
      list: async () => [...secrets.keys()].map((name) => ({ name, put_at: 0 })),
    },
  });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const post = (path: string, fields: Record<string, string> = {}) =>
    panel.ask({ method: "POST", path, headers, body: String(new URLSearchParams(fields)) });
  const know = (state: FetchState) =>
    panel.ports.documents.commit([{ kind: "fetches", id: "orders", document: { ...state } }]);
  return { ...panel, secrets, who, post, know, asked: () => asked };
}

test("three kinds are offered where a data stream is added, each with a sentence when to take it", async () => {
  const { get } = await open();
  const { body } = await get("/streams/new");
  const text = textOf(body);
  expect(text).toContain("Webhook Your CRM calls an address when something changes: at once");
  expect(text).toContain("JSON feed : your CRM can show its records at an address");
  expect(text).toContain("Backend events : your CRM sends a file a day");
  for (const href of ["/feeds/new", "/imports/new"]) expect(String(body)).toContain(`href="${href}"`);
});

test("a feed is added by its form, and its page says that it is fetched; no page shows its password", async () => {
  const { post, get, secrets, asked } = await open();
  const { status, headers } = await post("/feeds/new", orders);
  expect([status, headers?.["location"], [...secrets], asked()]).toEqual([
    303,
    "/feeds/orders?saved=new",
    [["feed-orders", "s3cret"]],
    1,
  ]);
  const { body } = await get("/feeds/orders?saved=new");
  expect(textOf(body)).toContain("It is fetched from now on.");
  expect(textOf(body)).toContain("It was not fetched yet.");
  expect(String(body)).not.toContain("s3cret");
  expect(textOf((await get("/feeds")).body)).toContain("orders orders Not yet never");
  // The password stays where the form leaves it out.
  expect((await post("/feeds/orders", { ...orders, password: "", days: "5" })).status).toBe(303);
  expect(secrets.get("feed-orders")).toBe("s3cret");
  expect((await post("/feeds/orders/remove")).status).toBe(303);
  expect(secrets.size).toBe(0);
});

test("what a feed cannot be is said at its field, and what was typed stays", async () => {
  const { post, secrets } = await open();
  const wrong = { ...orders, url: "crm", table: "afterclick.x", days: "a few" };
  const { status, body } = await post("/feeds/new", wrong);
  expect(status).toBe(422);
  expect(String(body)).toMatch(/id="url"[^>]*value="crm"[^>]*aria-invalid="true"/);
  expect(textOf(body)).toContain('days is "a few"; allowed is: so many days');
  expect(String(body)).not.toContain("s3cret");
  expect((await post("/feeds/new", orders)).status).toBe(303);
  const again = await post("/feeds/new", { ...orders, password: "other" });
  expect([again.status, textOf(again.body)]).toEqual([
    422,
    expect.stringContaining("A feed is called orders already"),
  ]);
  // Whoever types a name that is there changes nothing of it.
  expect(secrets.get("feed-orders")).toBe("s3cret");
  const elsewhere = await post("/feeds/orders", {
    ...orders,
    url: "https://evil.example.com/",
    password: "",
  });
  expect([elsewhere.status, textOf(elsewhere.body)]).toEqual([
    422,
    expect.stringContaining("leads to another server"),
  ]);
});

test("what became of fetches is told, with what a person has to do; who only looks is offered nothing", async () => {
  const { post, get, know, who, ports, asked } = await open();
  await post("/feeds/new", orders);
  const at = ports.now() - 60_000;
  await know({
    table: "orders",
    partitioned: true,
    columns: [{ field: "order-id", column: "order_id", type: "STRING" }],
    parts: { "2026-11-26": { rows: 20, waits: 3, next_at: at } },
    fetches: [
      {
        at,
        day: "2026-11-26",
        state: "waiting",
        code: "shrank",
        reason: "The answer has 3 records.",
        rows: 3,
        took_ms: 1,
      },
      {
        at,
        day: "2026-11-25",
        state: "taken",
        rows: 1,
        rows_before: 2,
        format: "array",
        mixed: [{ field: "n", types: ["INTEGER", "STRING"] }],
        mixed_count: 7,
        hint: "The view orders_current is not kept.",
        took_ms: 1,
      },
    ],
  });
  const text = textOf((await get("/feeds/orders")).body);
  expect(text).toContain("Take it although it shrank");
  expect(text).toContain("The answer has 3 records. The table is as it was.");
  expect(text).toContain(
    "1 record in the place of 2. It was one array, not a record a line. n is INTEGER and STRING, and so a STRING. 7 fields of several types in all. The view orders_current is not kept.",
  );
  expect(text).toMatch(/order_id STRING order-id/);
  expect((await post("/feeds/orders/take")).headers?.["location"]).toBe("/feeds/orders?saved=fetch");
  expect((await readState(ports, "orders")).asked).toEqual(["2026-11-26"]);
  expect((await post("/feeds/orders/fetch")).status).toBe(303);
  expect(asked()).toBe(3);
  who.one = someone("viewer");
  const seen = textOf((await get("/feeds/orders")).body);
  expect(seen).not.toMatch(/Fetch now|Take it|Settings End/);
});

test("a document that cannot be used is shown with what is wrong with it", async () => {
  const { get, ports } = await open();
  await ports.documents.commit([{ kind: "feeds", id: "by-hand", document: { url: "crm", zone: "UTC" } }]);
  for (const path of ["/feeds", "/feeds/by-hand"])
    expect(textOf((await get(path)).body)).toMatch(/cannot be used.*table is missing/);
});
