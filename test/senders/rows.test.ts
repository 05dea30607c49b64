import { expect, test } from "@jest/globals";
import { createCollect } from "../../functions/collect/collect.ts";
import type { Hit } from "../../functions/hit.ts";
import { makeRow, rowColumns } from "../../functions/hits/row.ts";
import { readStream } from "../../functions/streams/stream.ts";
import { request } from "../support/request.ts";
import { bodyOf, laterOf, senders } from "./senders.ts";

const id = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";

async function rowOf(sent: { body: Buffer; headers: Readonly<Record<string, string>> }) {
  const hits: Hit[] = [];
  const collect = createCollect({
    streams: {
      forget: () => undefined,
      get: () => readStream(id, { table: "example.orders", offset: "UTC" }, { defaultDataset: "d" }),
    },
    queue: {
      publish: async (hit) => void hits.push(hit),
      check: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    now: () => 1795170000000,
  });
  await collect(request({ path: `/ds/${id}`, ...sent }));
  const row = await makeRow(hits[0]!, "2026-11-20");
  return Object.fromEntries(rowColumns.map(({ name }, index) => [name, row[index]]));
}

test.each(senders.map((sender) => [sender.name, sender] as const))(
  "%s: fields and headers are what it says",
  async (_name, sender) => {
    const body = bodyOf(sender);
    const row = await rowOf({ body, headers: sender.headers });
    expect(row["fields"]).toBe(sender.fields ?? body.toString());
    expect(row["headers"] === null ? {} : JSON.parse(String(row["headers"]))).toEqual(sender.kept);
    // Of the later version as well: what is replaced breaks nothing.
    const later = laterOf(sender);
    expect((await rowOf({ body: bodyOf(later), headers: later.headers }))["fields"]).toEqual(
      expect.any(String),
    );
  },
);
