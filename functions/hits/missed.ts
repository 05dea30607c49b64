import { headersOf } from "../headers.ts";
import type { Hit } from "../hit.ts";
import { readContentType } from "../payload/content-type.ts";
import { type Registry, registryDeadlineMs } from "../registry.ts";
import { streamRef } from "../stream-ref.ts";
import { readStream } from "../streams/stream.ts";
import type { Value, Warehouse } from "../warehouse.ts";
import { createKept, type Kept, sentOf } from "./sought.ts";
import { keptMax, type TailedHit, toTailed } from "./tail.ts";

export interface Missed extends Kept {
  readonly hit: TailedHit;
}

interface MissedPorts {
  registry: Pick<Registry, "read">;
  warehouse: Pick<Warehouse, "describe" | "selectSome">;
  defaultDataset: string;
  productDataset: string;
}

/** A hit is received before it is shown. */
const slackMs = 60_000;
const columns = ["hit_id", "received_at", "payload", "content_type", "query", "headers", "is_test"];

/** The newest hits of a stream since then, as its table has them, the oldest first: for whoever watched and
 *  was away.
 *  @param since Unix ms
 *  @throws what a query of a person throws */
export async function missedHits(
  { registry, warehouse, ...datasets }: MissedPorts,
  streamId: string,
  since: number,
): Promise<Missed[]> {
  const registered = await registry.read(streamId, { deadlineMs: registryDeadlineMs });
  const lookup = registered && readStream(streamId, registered.document, datasets);
  if (lookup?.kind !== "valid") return [];
  const table = await warehouse.describe(lookup.stream.table);
  if (table === undefined) return [];
  const there = new Set(table.columns.map(({ name }) => name.toLowerCase()));
  const from = since - slackMs;
  const { rows } = await warehouse.selectSome({
    from: lookup.stream.table,
    columns: columns.filter((name) => there.has(name)),
    where: [
      // A day more than it is at any offset.
      { column: "date", is: ">=", value: new Date(from - 86_400_000).toISOString().slice(0, 10) },
      { column: "received_at", is: ">=", value: Math.round(from) },
      ...(there.has("stream_ref")
        ? [{ column: "stream_ref", is: "=" as const, value: streamRef(streamId) }]
        : []),
    ],
    orderBy: [{ column: "received_at", descending: true }],
    limit: keptMax,
  });
  const hits = rows.map((row) => hitOf(streamId, row)).reverse();
  const missed = hits.map((hit) => ({ hit: toTailed(hit), sent: sentOf(hit) }));
  const kept = createKept();
  for (const one of missed) kept.add(one);
  return missed;
}

function hitOf(stream_id: string, row: Record<string, Value>): Hit {
  const headers = headersOf(row["headers"]);
  const type = row["content_type"];
  return {
    hit_id: String(row["hit_id"]),
    stream_id,
    received_at: Number(row["received_at"]),
    // The text of the row: its charset is undone already.
    body: Buffer.from(String(row["payload"])),
    // Of a form in parts its border alone is told by it.
    ...(typeof type === "string" && readContentType(type).kind === "multipart" && { content_type: type }),
    ...(typeof row["query"] === "string" && { query: row["query"] }),
    ...(headers !== undefined && { headers }),
    ...(row["is_test"] === true && { is_test: true }),
  };
}
