import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { openWarehouse, type LocalWarehouse } from "../../infra/local/warehouse/warehouse.ts";
import {
  lines,
  sends,
  startFeedServer,
  type Answering,
  type FeedServer,
} from "../support/wire/feed-server.ts";
import { defaultDataset, feedsOn, productDataset } from "./setup.ts";

let directory: string;
let warehouse: LocalWarehouse;
let server: FeedServer;
let feeds: ReturnType<typeof feedsOn>;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "afterclick-feeds-"));
  warehouse = await openWarehouse({ directory, log: () => undefined });
  await warehouse.createDataset({ dataset: productDataset, table: "any" });
  server = await startFeedServer();
  feeds = feedsOn(warehouse);
  await feeds.add("orders", { url: server.url, table: "orders" });
});
afterAll(async () => {
  await warehouse.close();
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const records = Array.from({ length: 40 }, (_, id) => ({ id, name: `né,${id}\n}]` }));
const right = lines(...records);

async function fetchOf(answer: Answering) {
  server.does(answer);
  await feeds.ask("orders");
  const [fetch] = await feeds.due("orders");
  const rows = await feeds.rows(`SELECT id FROM ${defaultDataset}.orders ORDER BY id`).catch(() => undefined);
  return { fetch, rows: rows?.map(([id]) => id) };
}

const chunked =
  (text: string, size: number): Answering =>
  (_request, response) => {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) response.write(bytes.subarray(at, at + size));
    response.end();
  };

const withCommas = records.map((record) => JSON.stringify(record)).join(",\n");
const whole: Record<string, [Answering, format?: string]> = {
  lines: [sends(right)],
  "lines without a newline at the end, with CRLF and a byte order mark": [
    sends(`\ufeff${right.trimEnd().replaceAll("}\n", "}\r\n")}`),
  ],
  "chunks of 7 bytes": [chunked(right, 7)],
  "gzip by its header": [sends(gzipSync(right), { "content-encoding": "gzip" })],
  deflate: [sends(deflateSync(right), { "content-encoding": "deflate" })],
  brotli: [sends(brotliCompressSync(right), { "content-encoding": "br" })],
  "a file of gzip": [sends(gzipSync(right), { "content-type": "application/gzip" })],
  "one array": [sends(JSON.stringify(records, null, 2)), "array"],
  "an empty line, and lines with commas": [sends(`\n${withCommas},\n`), "pseudo_array"],
  "records with nothing between them": [sends(right.replaceAll("}\n{", "}{"))],
};

test.each(Object.entries(whole))("%s are read whole", async (_what, [answer, format = "ndjson"]) => {
  const { fetch, rows } = await fetchOf(answer);
  expect(fetch).toMatchObject({ state: "taken", rows: 40, format });
  expect(rows).toEqual(records.map(({ id }) => id));
});

const cut =
  (headers: Record<string, string | number>): Answering =>
  (_request, response) => {
    response
      .writeHead(200, headers)
      .write(right.slice(0, right.indexOf("\n", 200) + 1), () => response.destroy());
  };
const broken: Record<string, [Answering, code: string, says?: RegExp]> = {
  "a connection that ends": [(request) => request.socket.destroy(), "unreachable"],
  "401": [sends("no", {}, 401), "http_status", /401.*user and a password/],
  "500": [sends("no", {}, 500), "http_status", /500/],
  "204": [sends("", {}, 204), "http_status"],
  "half an answer in chunks": [cut({}), "cut_off"],
  "half an answer with its length": [cut({ "content-length": 100_000 }), "cut_off"],
  "half an answer, ended well": [sends(right.slice(0, -3)), "cut_off", /line 40/],
  "half an array, ended well": [sends(`[${withCommas}`), "cut_off", /list/],
  "half a gzip": [sends(gzipSync(right).subarray(0, 100), { "content-encoding": "gzip" }), "cut_off"],
  "no gzip": [sends(right, { "content-encoding": "gzip" }), "not_inflated"],
  "an encoding nobody knows": [sends(right, { "content-encoding": "lzma" }), "not_inflated"],
  "a page with 200": [sends("<!DOCTYPE html><p>Sign in</p>"), "html", /line 1/],
  "a page behind its records": [sends(`${right}<br>Fatal error`), "html"],
  "an empty answer": [sends(""), "empty"],
  "an empty list": [sends("[]"), "empty"],
  "a number": [sends("12"), "not_json", /"1"/],
  "a line that is no JSON": [sends(`${right}{"id": NaN}\n`), "not_json", /line 41/],
  "a list of lists": [sends("[[1,2]]"), "not_json"],
  "another encoding": [sends(Buffer.from('{"name":"né"}', "latin1")), "not_utf8", /line 1/],
  "keys for values": [
    sends(lines(Object.fromEntries(Array.from({ length: 1_001 }, (_, id) => [`k${id}`, 1])))),
    "too_many_fields",
  ],
  "a long text for a name": [sends(lines({ ["x".repeat(301)]: 1 })), "too_many_fields", /301.*300/],
  "a record of 8 MiB": [sends(lines({ a: "x".repeat(8 * 1024 * 1024) })), "too_large"],
  "another site": [sends("", { location: "http://example.com/feed" }, 302), "redirected_away"],
  "another port": [sends("", { location: "http://127.0.0.1:1/feed" }, 307), "redirected_away"],
  "round and round": [sends("", { location: "/feed" }, 301), "redirected_away"],
};

test.each(Object.entries(broken))(
  "%s leaves the table as it is, and says so",
  async (_what, [answer, code, says]) => {
    await fetchOf(sends(right));
    const { fetch, rows } = await fetchOf(answer);
    expect(fetch).toMatchObject({ state: "failed", code });
    expect(fetch?.reason).toMatch(says ?? /./);
    expect(fetch?.reason).not.toContain("né");
    expect(rows).toHaveLength(40);
  },
);

test.each<[string, Answering]>([
  ["no answer at all", () => undefined],
  ["an answer that stops", (_request, response) => void response.writeHead(200).write(right.slice(0, 100))],
])("%s leaves the table as it is once the server was silent for too long", async (what, answer) => {
  const impatient = feedsOn(warehouse, { silenceMs: 300 });
  const table = what.replaceAll(" ", "_");
  await impatient.add("silent", { url: server.url, table });
  server.does(answer);
  expect(await impatient.due("silent")).toMatchObject([{ state: "failed", code: "too_slow" }]);
  await expect(impatient.rows(`SELECT * FROM ${defaultDataset}.${table}`)).rejects.toMatchObject({
    code: "query_refused",
  });
});

test("a redirect within the site is followed", async () => {
  const { fetch } = await fetchOf((request, response) =>
    request.url === "/feed"
      ? sends("", { location: "./other" }, 302)(request, response)
      : sends(right)(request, response),
  );
  expect(fetch).toMatchObject({ state: "taken", rows: 40 });
});

test("a server that fails for an hour is asked less and less often, and is taken once it answers", async () => {
  server.does(sends("", {}, 500));
  feeds.clock.ms += 24 * 3_600_000;
  const began = feeds.clock.ms;
  const minutes: number[] = [];
  for (; feeds.clock.ms < began + 3_600_000; feeds.clock.ms += 60_000)
    if ((await feeds.due("orders")).length > 0) minutes.push((feeds.clock.ms - began) / 60_000);
  expect(minutes).toEqual([0, 5, 20, 50]);
  server.does(sends(right));
  for (; feeds.clock.ms < began + 2 * 3_600_000; feeds.clock.ms += 60_000) await feeds.due("orders");
  expect(await feeds.rows(`SELECT COUNT(*) FROM ${defaultDataset}.orders`)).toEqual([[40]]);
});

test("what was staged, and what was kept of answers, is gone", async () => {
  expect(await feeds.rows(`SELECT COUNT(*) FROM ${productDataset}.feed_staged`)).toEqual([[0]]);
  expect(feeds.logged.filter((said) => JSON.stringify(said).includes("feed_fault"))).toEqual([]);
});
