import { beforeEach, expect, test } from "@jest/globals";
import { makeRow, rowColumns, rowSpec } from "../../functions/hits/row.ts";
import { signInNeeded } from "../../functions/problems.ts";
import { developerLinkMs, developerPath } from "../../functions/streams/developer-link.ts";
import { streamRef } from "../../functions/stream-ref.ts";
import { thisMachine } from "../../functions/people/who.ts";
import { guarded } from "../../infra/local/guard.ts";
import type { PanelPorts } from "../../panel/ports.ts";
import { openPanel, thrown } from "./setup.ts";

/** The link for a developer who has no account: what it opens, for how long, and what it never shows. */

const stream = "11111111-1111-4111-8111-111111111111";
const other = "22222222-2222-4222-8222-222222222222";
const start = Date.UTC(2026, 10, 27, 13, 5, 31);
const table = { dataset: "shop", table: "orders" };
const secret = "payload-that-nobody-sees";
const origin = "https://panel.example.com";
const form = { "content-type": "application/x-www-form-urlencoded" };
const clock = { ms: start };
const editor = { ...thisMachine, id: "eva", name: "eva", role: "editor" as const, how: "session" as const };

/** Only whoever says so is signed in. */
const personOf: PanelPorts["personOf"] = ({ headers }) => {
  if (headers["x-test-who"] !== "eva") throw signInNeeded({ isStripped: false });
  return editor;
};

async function open(changed: Partial<PanelPorts> = {}) {
  const panel = await openPanel({
    offersLinks: true,
    panelOrigin: origin,
    personOf,
    now: () => clock.ms,
    ...changed,
  });
  const { registry, warehouse, ask } = panel;
  registry.put(stream, { name: "Orders", table: "shop.orders", offset: "UTC" });
  registry.put(other, { name: "Other stream", table: "crm.leads", offset: "UTC" });
  await warehouse.createDataset(table);
  await warehouse.createTable(table, rowSpec);
  const post = (path: string) =>
    ask({ method: "POST", path, headers: { ...form, origin, "x-test-who": "eva" }, body: "" });
  return {
    ...panel,
    post,
    /** As a browser without a cookie asks. */
    open: (path: string, more: object = {}) => ask({ path, ...more }),
    async link(): Promise<string> {
      await post(`/streams/${stream}/links`);
      const { body } = await ask({ path: `/streams/${stream}`, headers: { "x-test-who": "eva" } });
      return new RegExp(`${origin}(${developerPath}[^<]+)<`).exec(String(body))![1]!;
    },
    async arrive(hit: string, is_test = false) {
      const date = new Date(clock.ms).toISOString().slice(0, 10);
      const body = Buffer.from(`orderId=${secret}`);
      const row = await makeRow(
        { hit_id: hit, stream_id: stream, received_at: clock.ms, body, ...(is_test && { is_test: true }) },
        date,
      );
      await warehouse.append(table, rowColumns, [row], { deadlineMs: 1000 });
    },
  };
}

beforeEach(() => {
  clock.ms = start;
});

test("an editor makes a link, and whoever has no account sees how to send and what arrived", async () => {
  const panel = await open();
  await panel.arrive("aaaaaaaa-0000-4000-8000-000000000001");
  await panel.arrive("aaaaaaaa-0000-4000-8000-000000000002", true);
  const made = await panel.post(`/streams/${stream}/links`);
  expect([made.status, made.headers!["location"]]).toEqual([303, `/streams/${stream}?link=made#developer`]);
  const path = await panel.link();
  const { status, headers, body } = await panel.open(path);
  expect(status).toBe(200);
  const html = String(body);
  expect(html).toContain(`https://in.example.com/ds/${stream}`);
  expect(html).toContain("Sending to Orders");
  expect(html).toMatch(/Hits today<\/dt><dd>1 hit, without tests/);
  expect(html).toContain("3 of 4 done");
  expect(html).toMatch(/opens until <time datetime="2026-12-04T13:05:31.000Z"/);
  // Nothing further: no payload, no other stream, no table, no way into the panel, no form that sends.
  for (const word of [secret, "Other stream", other, "crm.leads", "shop.orders", "method=", "<nav", "eva"])
    expect([word, html.includes(word)]).toEqual([word, false]);
  for (const [, to] of html.matchAll(/<a[^>]* href="([^"]*)"/g))
    expect(to!.startsWith(`${path}/file?`)).toBe(true);
  expect(headers).toMatchObject({
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
  });
  expect(headers!["content-security-policy"]).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/);
  expect(headers!["set-cookie"]).toBeUndefined();
  expect(html).not.toMatch(/<style|\bstyle=|<script(?! type="module" src="\/assets\/)/);
});

test("the page's other parts: the type that is chosen, its file, and what arrived as data", async () => {
  const panel = await open();
  const path = await panel.link();
  const python = await panel.open(path, { query: "type=python&body=json" });
  expect(String(python.body)).toContain("json.dumps(order)");
  const file = await panel.open(`${path}/file`, { query: "type=python&body=json" });
  expect(file.headers).toMatchObject({
    "content-disposition": 'attachment; filename="send_to_afterclick.py"',
    "referrer-policy": "no-referrer",
  });
  expect(String(file.body)).toContain(`/ds/${stream}`);
  const arrived = await panel.open(`${path}/arrived`, { headers: { accept: "application/json" } });
  expect(JSON.parse(String(arrived.body))).toEqual({
    at: start,
    isWritable: true,
    recent: { today: 0, days: 0, isMore: false, since: "2026-11-20" },
  });
  expect((await panel.open(`${path}/else`)).status).toBe(404);
  expect((await panel.open(path, { method: "POST", headers: form, body: "" })).status).toBe(405);
  expect((await panel.open(path, { method: "HEAD" })).status).toBe(200);
});

test("it opens for 7 days and not a moment longer", async () => {
  const panel = await open();
  const path = await panel.link();
  clock.ms = start + developerLinkMs;
  expect((await panel.open(path)).status).toBe(200);
  clock.ms += 1;
  expect((await panel.open(path)).status).toBe(404);
});

test("over, forged, of another stream, unknown or cut: each gets the same page, and only what has the form of a link is looked up", async () => {
  const panel = await open();
  const path = await panel.link();
  const [ref = "", until = "", signature = ""] = path.slice(developerPath.length).split(".");
  const reads: string[] = [];
  const { documents } = panel.ports;
  const read = documents.read.bind(documents);
  documents.read = (kind, id) => (reads.push(id), read(kind, id));
  const flipped = (signature.startsWith("A") ? "B" : "A") + signature.slice(1);
  const forged = [
    `${ref}.${until}.${flipped}`,
    `${ref}.${Number(until) + 1}.${signature}`,
    `${ref}.0${until}.${signature}`,
    `${streamRef(other)}.${until}.${signature}`,
    `${"0".repeat(12)}.${until}.${signature}`,
  ];
  const cut = [
    "",
    ref,
    `${ref}.${until}`,
    `${ref}.${until}.${signature.slice(1)}`,
    `${stream}.${until}.${signature}`,
  ];
  const pages = await Promise.all([...forged, ...cut].map((text) => panel.open(developerPath + text)));
  expect(new Set(pages.map(({ status, body }) => `${status} ${String(body)}`)).size).toBe(1);
  expect(pages[0]!.status).toBe(404);
  expect(String(pages[0]!.body)).toContain("Ask whoever sent it for a new one.");
  expect(pages[0]!.headers).toMatchObject({ "referrer-policy": "no-referrer", "cache-control": "no-store" });
  expect(reads).toHaveLength(forged.length);
  clock.ms += developerLinkMs + 1;
  expect(String((await panel.open(path)).body)).toBe(String(pages[0]!.body));
  expect(await thrown(panel.open(path, { headers: { accept: "application/json" } }))).toMatchObject({
    code: "developer_link_over",
  });
});

test("all links of a stream are withdrawn at once, those of others stay, and new ones can be made", async () => {
  const panel = await open();
  const first = await panel.link();
  clock.ms += 1_000;
  const second = await panel.link();
  expect(second).not.toBe(first);
  for (const path of [first, second]) expect((await panel.open(path)).status).toBe(200);
  await panel.post(`/streams/${other}/links`);
  await panel.post(`/streams/${stream}/links/withdraw`);
  for (const path of [first, second]) expect((await panel.open(path)).status).toBe(404);
  const setup = async (id: string) =>
    String((await panel.open(`/streams/${id}`, { headers: { "x-test-who": "eva" } })).body);
  expect(await setup(stream)).not.toContain(origin + developerPath);
  expect(await setup(other)).toContain(origin + developerPath);
  const third = await panel.link();
  expect((await panel.open(third)).status).toBe(200);
  expect((await panel.open(second)).status).toBe(404);
});

test("a restart changes nothing: what was made opens, what was withdrawn does not", async () => {
  const before = await open();
  const path = await before.link();
  const { documents } = before.ports;
  const after = await open({ documents });
  expect((await after.open(path)).status).toBe(200);
  await after.post(`/streams/${stream}/links/withdraw`);
  expect((await (await open({ documents })).open(path)).status).toBe(404);
});

test("a paused and a closed stream say what their address answers, a removed one opens no more, one that cannot be read is mended by others", async () => {
  const panel = await open();
  const path = await panel.link();
  const fields = { name: "Orders", table: "shop.orders", offset: "UTC" };
  const shown = async (document: object) => {
    panel.registry.put(stream, { ...fields, ...document });
    const { status, body } = await panel.open(path);
    return [status, /<\/h1><p>([^<]*)/.exec(String(body))?.[1]];
  };
  expect(await shown({ state: "paused" })).toEqual([200, expect.stringContaining("answers 503 for a while")]);
  expect(await shown({ state: "closed" })).toEqual([200, expect.stringContaining("answers 410 for good")]);
  expect(await shown({ offset: "Mars" })).toEqual([200, expect.stringContaining("stored and waits")]);
  expect(await shown({ state: "closed", removed_at: "2026-11-27T00:00:00Z" })).toEqual([404, undefined]);
});

test("reading a link writes nothing; making and withdrawing stand in the audit, by the stream's short name", async () => {
  const panel = await open();
  const path = await panel.link();
  const told = async () => await panel.ports.documents.list("audit", { limit: 10 });
  const before = JSON.stringify(await told());
  await panel.open(path);
  await panel.open(`${path}/arrived`);
  expect(JSON.stringify(await told())).toBe(before);
  clock.ms += 1;
  await panel.post(`/streams/${stream}/links/withdraw`);
  const entries = (await told()).map(({ document }) => document);
  expect(entries).toMatchObject([
    { what: "developer_links_withdrawn", who: "eva", about: `stream ${streamRef(stream)}` },
    { what: "developer_link_made", who: "eva", about: `stream ${streamRef(stream)}` },
  ]);
  expect(JSON.stringify(entries)).not.toContain(stream);
  expect(path).not.toContain(stream);
});

test("whoever holds a link costs the warehouse a look in 5 seconds, however often they ask", async () => {
  const panel = await open();
  const path = await panel.link();
  let looks = 0;
  const { warehouse } = panel;
  const selectSome = warehouse.selectSome.bind(warehouse);
  warehouse.selectSome = (selection) => (looks++, selectSome(selection));
  await Promise.all(Array.from({ length: 20 }, () => panel.open(path)));
  expect(looks).toBe(1);
  clock.ms += 5_000;
  await panel.arrive("aaaaaaaa-0000-4000-8000-000000000001");
  expect(String((await panel.open(path)).body)).toContain("1 hit, without tests");
  expect(looks).toBe(2);
});

test("a table that cannot be read is not told of in its own words", async () => {
  const panel = await open();
  panel.warehouse.dropDataset("shop");
  const { status, body } = await panel.open(await panel.link());
  expect(status).toBe(200);
  expect(String(body)).toContain("could not be told");
  expect(String(body)).not.toMatch(/dataset|shop\./i);
});

test("a viewer makes none and sees none; a stream that is closed gets none", async () => {
  const panel = await open();
  await panel.link();
  const viewer = { ...editor, role: "viewer" as const };
  const seen = await open({ documents: panel.ports.documents, personOf: () => viewer });
  const { body } = await seen.open(`/streams/${stream}`);
  expect(String(body)).toContain("Download the file");
  expect(String(body)).not.toMatch(/\/developer\/|Make a link|Make another/);
  panel.registry.put(stream, { table: "shop.orders", offset: "UTC", state: "closed" });
  expect((await panel.post(`/streams/${stream}/links`)).status).toBe(409);
});

test("without PANEL_URL the link is of this machine alone, and the page says so beside the button", async () => {
  const panel = await openPanel({ offersLinks: true });
  panel.registry.put(stream, { table: "shop.orders", offset: "UTC" });
  const { body } = await panel.get(`/streams/${stream}`);
  expect(String(body)).toMatch(/Make a link for 7 days.*open to this machine alone, and so is a link/s);
});

test("where others ask who somebody is before we do, none is offered, none opens, and the page says to send the file", async () => {
  const panel = await openPanel();
  panel.registry.put(stream, { table: "shop.orders", offset: "UTC" });
  const { body } = await panel.get(`/streams/${stream}`);
  expect(String(body)).toContain("Send this file: nobody opens a page here without an account.");
  expect(String(body)).not.toContain("Make a link");
  const post = (path: string) => panel.ask({ method: "POST", path, headers: form, body: "" });
  for (const path of [`/streams/${stream}/links`, `/streams/${stream}/links/withdraw`])
    expect((await post(path)).status).toBe(501);
  const made = await open();
  expect((await panel.get(await made.link())).status).toBe(404);
});

test("a page of another site opens a link and frames none; a proxy in front of an open panel reaches none", async () => {
  const panel = await open();
  const path = await panel.link();
  const foreign = {
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
  };
  expect((await panel.open(path, { headers: foreign })).status).toBe(200);
  const framed = { ...foreign, "sec-fetch-dest": "iframe" };
  expect((await panel.open(path, { headers: framed })).status).toBe(403);
  const behind = guarded(() => ({ status: 200 }), undefined);
  const asked = { method: "GET", path, headers: { host: "127.0.0.1:8081", "x-forwarded-for": "192.0.2.1" } };
  expect(() => behind(asked as never)).toThrow(/PANEL_URL/);
});
