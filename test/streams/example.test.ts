import { expect, test } from "@jest/globals";
import { readPayload } from "../../functions/payload/payload.ts";
import { exampleHit } from "../../functions/streams/example.ts";
import { parsePath } from "../../functions/streams/records/path.ts";
import { itemsAt, valueAt } from "../../functions/streams/records/value.ts";
import { senders } from "../senders/senders.ts";

/** A first look at a stream names the record by the stream's own key, wherever that leads and
 *  however it may be sent. */

const streams: readonly { key?: string | readonly string[]; updated?: string; items?: string }[] = [
  {},
  ...senders.map(({ key, updated, items }) => ({
    key,
    ...(updated !== undefined && { updated }),
    ...(items !== undefined && { items }),
  })),
  { key: "status" },
  { key: '"order.id"' },
  { key: "ids.3" },
  { key: "ids.40" },
  { key: "a.0.b.1" },
  { key: "__proto__.x" },
  { key: ["header:x-shop", "order.id"] },
  { key: ["a", "a.b"] },
  { key: "order.id", updated: "order.at" },
  { key: "id", updated: "header:x-at" },
  { key: "id", items: "*.changes" },
  { key: ["^.account.id", "id"], items: "a.*.b.*.c" },
];

test.each(streams.map((stream) => [stream] as const))("%j finds its name in the example", async (stream) => {
  const { text, isJson, query, headers } = exampleHit(stream);
  // What a shell would read otherwise.
  expect(isJson ? text : `'${text}`).not.toMatch(isJson ? /'/ : /["$`\\]/);
  for (const [sent, contentType] of [
    [text, isJson ? "application/json" : "application/x-www-form-urlencoded"],
    [query, undefined],
  ] as const) {
    const { fields = null } = await readPayload(Buffer.from(sent), {
      contentType,
      contentEncoding: undefined,
    });
    const body: unknown = JSON.parse(fields ?? "null");
    const hit = { body, headers };
    const items = stream.items === undefined ? [body] : itemsAt(stream.items, body);
    expect([sent, items.length]).toEqual([sent, 1]);
    const key = [stream.key ?? "orderId"].flat();
    const { updated } = stream;
    if (updated !== undefined && !key.includes(updated))
      expect([sent, valueAt(parsePath(updated)!, hit, items[0])]).toEqual([sent, "2026-01-31T12:00:00Z"]);
    // Of two paths one of which leads through the other, only one can find anything.
    const wanted = key.includes("a.b") ? ["a.b"] : key;
    for (const path of wanted)
      expect([sent, path, valueAt(parsePath(path)!, hit, items[0])]).toEqual([sent, path, "N1"]);
  }
});
