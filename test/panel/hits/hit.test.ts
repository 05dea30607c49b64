import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Hit } from "../../../functions/hit.ts";
import { makeRow, rowColumns, rowSpec } from "../../../functions/hits/row.ts";
import { letterRow } from "../../../functions/letters/letter.ts";
import { thisMachine, type Who } from "../../../functions/people/who.ts";
import { needing, noCurl } from "../../support/needs.ts";
import { badBodies } from "../../support/wire/bad-bodies.ts";
import { openPanel } from "../setup.ts";

/** An opened hit: its headers, its payload in two views, its row, and the call that sends it once more. */

const stream = "11111111-1111-4111-8111-111111111111";
const id = "aaaaaaaa-0000-4000-8000-000000000001";
const deadlineMs = 1_000;

const seen: { headers: Record<string, unknown>; url: string; body: Buffer }[] = [];
const server = createServer((request, response) => {
  void buffer(request).then((body) => {
    seen.push({ headers: request.headers, url: request.url!, body });
    response.end();
  });
});
let collectUrl = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  collectUrl = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
afterAll(() => void server.close());

async function open(more: Partial<Hit>, changed: { who?: Who; isLetter?: boolean } = {}) {
  const { who = thisMachine, isLetter = false } = changed;
  const panel = await openPanel({ collectUrl, personOf: () => who });
  const { registry, warehouse, ports, get } = panel;
  registry.put(stream, { table: "a.b", offset: "UTC" });
  const table = { dataset: "a", table: "b" };
  for (const dataset of ["a", "afterclick"]) await warehouse.createDataset({ dataset, table: "" });
  await warehouse.createTable(table, rowSpec);
  const hit: Hit = {
    hit_id: id,
    stream_id: stream,
    received_at: ports.now(),
    body: Buffer.from(""),
    ...more,
  };
  const why = { reason: "schema_differs", detail: "Fix it.", at: ports.now() } as const;
  if (isLetter) await ports.letters.append("letters", [letterRow(hit, why)], { deadlineMs });
  else await warehouse.append(table, rowColumns, [await makeRow(hit, "2026-11-27")], { deadlineMs });
  return async (view = "") => String((await get(`/find?q=${id}${view}`)).body);
}

const entities: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&" };
const inCode = (page: string, name: string) =>
  new RegExp(`<code id="${name}">([^]*?)</code>`)
    .exec(page)?.[1]
    ?.replaceAll(/&(?:lt|gt|quot|amp);/g, (entity) => entities[entity]!);

test("its headers, its fields and its bytes show, each in its view, and nothing that was not kept", async () => {
  const body = '{"id":12345678901234567890,"items":[{"a":1.5},{}],"empty":[]}';
  const headers = { "x-topic": "orders", "webhook-id": "<b>order-1</b>" };
  const show = await open({
    body: Buffer.from(body),
    headers,
    content_type: "application/json",
    query: "shop=1&x=<i>",
  });
  const page = await show();
  expect(page).toContain("&lt;b>order-1&lt;/b>");
  expect(page).toContain("shop=1&amp;x=&lt;i>");
  expect(page).toContain("such as authorization and signatures, are kept nowhere");
  // Digits stay as they are.
  expect(inCode(page, "payload")).toBe(
    '{\n  "id": 12345678901234567890,\n  "items": [\n    {\n      "a": 1.5\n    },\n    {}\n  ],\n  "empty": []\n}',
  );
  expect(inCode(await show("&view=raw"), "payload")).toBe(body);
  expect(JSON.parse(inCode(page, "row")!)).toMatchObject({ hit_id: id, payload: body });
});

test("what is no text, or acts instead of showing, is shown byte by byte", async () => {
  const bytes = Buffer.from([0xff, 0x00, 0x61, 0x1b, 0x5b, 0x32, 0x4a]);
  const dump = inCode(await (await open({ body: bytes }))(), "payload");
  expect(dump).toBe("00000000  ff 00 61 1b 5b 32 4a".padEnd(59) + "..a.[2J");
  const turned = await (await open({ body: Buffer.from("\u202etxt.exe") }))();
  expect(inCode(turned, "payload")).toMatch(/^00000000 {2}e2 80 ae 74/);
  expect(turned).not.toContain("\u202e");
});

test("a dead letter is opened as well, by its own bytes", async () => {
  const show = await open({ body: Buffer.from("a=1&b=<x>"), content_type: "text/plain" }, { isLetter: true });
  const page = await show();
  expect(page).toContain("A dead letter");
  expect(inCode(page, "payload")).toBe("a=1&b=<x>");
  expect(inCode(page, "curl")).toContain(`--data-raw 'a=1&b=<x>'`);
});

test("whoever may not see payloads is told so, and shown none of it", async () => {
  const who = { ...thisMachine, seesPayloads: false };
  for (const isLetter of [true, false]) {
    const hit = { body: Buffer.from("secret-body"), headers: { "x-topic": "secret-topic" } };
    const page = await (await open(hit, { who, isLetter }))();
    expect(page).toContain("are for those who may see payloads; an admin can allow it");
    expect(page).not.toMatch(/secret-body|secret-topic|id="curl"|id="payload"/);
  }
});

const odd: { name: string; hit: Partial<Hit> }[] = [
  ...badBodies()
    .filter(({ status = 200, body, kept = body }) => status === 200 && kept.length < 65_536)
    .map(({ name, body, kept = body }) => ({ name, hit: { body: kept } })),
  ...["it's '$(touch /tmp/x)' `id` \\ \"", "@/etc/passwd", "a\nb\r\nc", "\u001b[201~\nid\n", "!!", ""].map(
    (text) => ({
      name: JSON.stringify(text),
      hit: { body: Buffer.from(text) },
    }),
  ),
  {
    name: "headers and a query",
    hit: {
      body: Buffer.from("a=1"),
      content_type: "text/plain; charset='x'",
      headers: { "x-quote": `'"$(id)`, "webhook-id": "order-1", "x-acts": "\u001b[2J" },
      query: "q='$(id)&list[]={1,2}",
    },
  },
];

needing(noCurl, () => {
  test("the curl line sends the very bytes once more, whatever they are, and no shell takes them for its own", async () => {
    const run = promisify(execFile);
    expect(odd.length).toBeGreaterThan(40);
    for (const { name, hit } of odd) {
      const curl = inCode(await (await open(hit))(), "curl");
      expect([name, curl]).toEqual([name, expect.stringContaining("curl -sS")]);
      seen.length = 0;
      const { stdout, stderr } = await run("bash", ["-c", curl!]);
      expect([name, stdout, stderr]).toEqual([name, "", ""]);
      const [{ headers, url, body } = { headers: {}, url: "", body: Buffer.of() }] = seen;
      expect([name, Buffer.compare(body, Buffer.from(hit.body!))]).toEqual([name, 0]);
      expect([name, headers["content-type"]]).toEqual([name, hit.content_type]);
      expect(url).toBe(`/ds/${stream}${hit.query === undefined ? "" : `?${hit.query}`}`);
      for (const [header, value] of Object.entries(hit.headers ?? {}))
        expect([header, headers[header]]).toEqual([header, header === "x-acts" ? undefined : value]);
    }
  });
});

test("a body that is too long for a command line says so", async () => {
  const page = await (await open({ body: Buffer.alloc(65_537, "a") }))();
  expect(page).toContain("It is too long for a curl line.");
  expect(inCode(page, "curl")).toBeUndefined();
});
