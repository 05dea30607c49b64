import { expect, test } from "@jest/globals";
import type { Hit } from "../../functions/hit.ts";
import {
  createKept,
  holds,
  type Kept,
  keptBytesMax,
  sentOf,
  soughtBytesMax,
} from "../../functions/hits/sought.ts";

const hit = (body: string | Uint8Array, more: Partial<Hit> = {}): Hit => ({
  hit_id: "aaaaaaaa-0000-4000-8000-000000000001",
  stream_id: "11111111-1111-4111-8111-111111111111",
  received_at: 1,
  body: Buffer.from(body),
  ...more,
});
const long = "x".repeat(100_000);
const form = "application/x-www-form-urlencoded";
const order = `{"pad":"${long}","order":{"id":"N1","total":120.5,"no":12345678901234567890,"paid":true},"tags":["a","b"]}`;
const multipart = `--b\r\nContent-Disposition: form-data; name="id"\r\n\r\nN1\r\n--b--\r\n`;

test.each<[string, Hit, string, boolean]>([
  ["the end of a long body", hit(`${long} The Very End`), " the very END ", true],
  ["what no body holds", hit(long), "y", false],
  ["on the border of two pieces", hit(`${"x".repeat(65_534)}needle${long}`), "needle", true],
  ["a field far behind", hit(order), "id=n1", true],
  ["a part of a value", hit(order), "id=n", false],
  ["a number", hit(order), "total=120.5", true],
  ["a number past 15 digits", hit(order), "no=12345678901234567890", true],
  ["its neighbour", hit(order), "no=12345678901234567891", false],
  ["what is true", hit(order), "paid=true", true],
  ["one of a list", hit(order), "tags=b", true],
  ["a field of a form", hit(`pad=${long}&note=a+b%20c`, { content_type: form }), "note=a b c", true],
  ["what escapes stand for", hit(`pad=${long}&note=a+b%20c`, { content_type: form }), "a b", true],
  ["multipart", hit(multipart, { content_type: "multipart/form-data; boundary=b" }), "id=N1", true],
  [
    "a charset",
    hit(Buffer.from([0xcf, 0xf0, 0xe8]), { content_type: "text/plain; charset=windows-1251" }),
    "при",
    true,
  ],
  ["the hit_id", hit(""), "AAAAAAAA-0000", true],
  ["the query", hit("", { query: "shop=1" }), "shop=1", true],
  ["a header", hit("", { headers: { "x-topic": "orders/paid" } }), "x-topic=orders/paid", true],
  ["the last place that is looked at", hit(`${"x".repeat(soughtBytesMax - 3)}end`), "end", true],
  ["past it", hit(`${"x".repeat(soughtBytesMax - 2)}end`), "end", false],
  [
    "a field that was cut there",
    hit(`a=${"x".repeat(soughtBytesMax - 8)}&%62=12`, { content_type: form }),
    "b=1",
    false,
  ],
])("%s", async (_, sent, typed, expected) => {
  expect(await holds(sentOf(sent), typed)).toBe(expected);
});

test("the newest bodies are kept, and no more of one than is looked at", () => {
  const kept = createKept();
  const large = sentOf(hit("x".repeat(3 * soughtBytesMax)));
  expect(large.body.buffer.byteLength).toBe(soughtBytesMax);
  const entries = Array.from({ length: 20 }, (): Kept => ({ sent: { ...large } }));
  for (const entry of entries) kept.add(entry);
  const still = Math.floor(keptBytesMax / (soughtBytesMax + 4096));
  expect(entries.map(({ sent }) => sent !== undefined)).toEqual(
    entries.map((_one, index) => index >= entries.length - still),
  );
});
