import { expect, test } from "@jest/globals";
import { afterclick, fakeAdmin } from "../../support/cli.ts";
import { hitId, id, leads, letter, row, searched } from "./leads.ts";

/** What senders say in headers alone is shown wherever a hit is, and acts on no terminal. */

const headers = { "x-shopify-topic": "orders/paid", "x-odd": "\u001b[2J\u202e" };
const acting = ["\u001b", "\u202e"];
const stored = JSON.stringify(headers);

test("rows --all and --json show the headers of a row", async () => {
  await using admin = await fakeAdmin({
    "GET /v1/tables/crm.leads/rows": {
      json: {
        table: "crm.leads",
        columns: ["hit_id", "payload", "received_at", "date", "headers"],
        types: ["STRING", "STRING", "INT64", "DATE", "JSON"],
        rows: [[hitId, "{}", 1603131452000, "2020-10-19", stored]],
      },
    },
  });
  const rows = (...more: string[]) => afterclick(["rows", "crm.leads", ...more], { url: admin.url });
  expect((await rows()).out).not.toContain("orders/paid");
  const { out } = await rows("--all");
  expect(out).toContain('"x-shopify-topic":"orders/paid"');
  expect(acting.filter((character) => out.includes(character))).toEqual([]);
  const json = (await rows("--json")).out;
  expect(JSON.parse(json)).toMatchObject([{ headers }]);
  expect(acting.filter((character) => json.includes(character))).toEqual([]);
});

test("hit shows the headers of a row, and of a dead letter", async () => {
  await using admin = await fakeAdmin({
    [`GET /v1/hits/${hitId}`]: [
      {
        json: {
          hit_id: hitId,
          state: "in_table",
          rows: [{ table: "crm.leads", row: { ...row, headers: stored } }],
          queue: "absent",
          searched,
        },
      },
      {
        json: {
          hit_id: hitId,
          state: "dead_letter",
          rows: [],
          dead_letter: { ...letter, headers },
          queue: "absent",
          searched,
        },
      },
    ],
  });
  for (const _ of ["the row", "the dead letter"]) {
    const { code, out } = await afterclick(["hit", hitId], { url: admin.url });
    expect(code).toBe(0);
    expect(out).toMatch(/^headers +.*"x-shopify-topic":"orders\/paid"/m);
    expect(acting.filter((character) => out.includes(character))).toEqual([]);
  }
});

test("tail shows the headers of each hit as it comes", async () => {
  const event = JSON.stringify({
    hit_id: hitId,
    received_at: 1603131452000,
    bytes: 2,
    preview: "{}",
    headers,
  });
  await using admin = await fakeAdmin({
    [`GET /v1/streams/${id}`]: { json: leads },
    [`GET /v1/streams/${id}/tail`]: (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`event: hit\nid: 1\ndata: ${event}\n\n`);
    },
  });
  const { out } = await afterclick(["tail", id, "--limit", "1"], { url: admin.url });
  expect(out).toContain("x-shopify-topic: orders/paid");
  expect(acting.filter((character) => out.includes(character))).toEqual([]);
});
