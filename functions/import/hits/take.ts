import { BoundedMap } from "../../bounded.ts";
import type { Documents } from "../../documents.ts";
import type { Elapsed } from "../../elapsed.ts";
import type { Hit } from "../../hit.ts";
import type { Log } from "../../log.ts";
import { openOwnTable, type OwnTable } from "../../own-table.ts";
import type { Deliver, Verdict } from "../../queue.ts";
import { createSparseLog } from "../../sparse-log.ts";
import { streamRef } from "../../stream-ref.ts";
import type { StreamCache } from "../../streams/cache.ts";
import type { Row, TableSpec, Value, Warehouse } from "../../warehouse.ts";
import { storableJson } from "../fields/text.ts";
import { askSoon } from "../links/automatic/runs.ts";
import { rejectedRows, loadTableNames } from "../load/tables.ts";
import { usualSettings, type ImportSettings } from "../settings.ts";
import { backendEvents, importTable, importTableNames } from "../tables.ts";
import { makeImportTables } from "../views.ts";
import type { ImportedEvent } from "../report.ts";
import type { HitReject } from "./map.ts";
import { importSettings, readHit } from "./read.ts";

/** Takes hits of streams that carry backend events, behind deliver: their rows are written by then, and
 *  nothing here holds up another hit. */

export interface TakePorts {
  readonly streams: StreamCache;
  readonly documents: Documents;
  readonly warehouse: Warehouse;
  /** The product's own. */
  readonly productDataset: string;
  /** Whether links are asked for when events came; elsewhere they are made in the night. */
  readonly asksForLinks: boolean;
  /** Unix ms. */
  readonly now: () => number;
  readonly elapsed: Elapsed;
  readonly log: Log;
}

/** `ack`: its events are durable, or it is of no stream that makes any. Never rejects. */
export type TakeHit = (hit: Hit) => Promise<Verdict>;

const deadlineMs = 30_000;
/** An import's settings are remembered so long. */
const settingsMs = 10_000;
const importsMax = 1_000;

export function createTakeHit(ports: TakePorts): TakeHit {
  const { streams, warehouse, productDataset, now, elapsed, log } = ports;
  const open = (table: string, spec: TableSpec) =>
    openOwnTable(warehouse, importTable(productDataset, table), spec);
  const events = open(importTableNames.events, backendEvents);
  const rejects = open(loadTableNames.rejects, rejectedRows);
  const remembered = new BoundedMap<string, { settings: ImportSettings | undefined; at: number }>(importsMax);
  /** By `elapsed`, until when what comes is linked with what came. */
  const asked = new BoundedMap<string, number>(importsMax);
  const sparseLog = createSparseLog(log, elapsed);
  let views: Promise<void> | undefined;

  async function take(hit: Hit): Promise<void> {
    const lookup = await streams.get(hit.stream_id);
    if (lookup.kind === "missing") return;
    if (lookup.kind === "invalid") throw new Error(`the stream is invalid: ${lookup.problems.join("; ")}`);
    const { stream } = lookup;
    if (stream.backend_events === undefined) return;
    const importId = stream.backend_events.import;
    const settings = (await settingsIn(importId)) ?? { ...usualSettings, zone: stream.offset };
    const found = await readHit(hit, stream, settings, now());
    await makeViews();
    await append(
      events,
      found.events.map((event) => eventRow(hit, importId, event, now())),
    );
    await append(
      rejects,
      found.rejects.map((reject) => rejectRow(hit, importId, reject, now())),
    );
    if (ports.asksForLinks && found.events.length > 0) await ask(importId);
  }

  async function settingsIn(importId: string): Promise<ImportSettings | undefined> {
    const known = remembered.get(importId);
    if (known !== undefined && elapsed() - known.at < settingsMs) return known.settings;
    const settings = await importSettings(ports, importId);
    remembered.set(importId, { settings, at: elapsed() });
    return settings;
  }

  /** The table's first rows are not to be read without what leaves repeats out. */
  function makeViews(): Promise<void> {
    views ??= makeImportTables(warehouse, productDataset).catch((error: unknown) => {
      views = undefined;
      throw error;
    });
    return views;
  }

  async function ask(importId: string): Promise<void> {
    if (elapsed() < (asked.get(importId) ?? 0)) return;
    try {
      asked.set(importId, elapsed() + (await askSoon(ports, importId, now())));
    } catch (error) {
      // The events are there. They are linked with the next ones, or in the night.
      sparseLog(importId, "WARNING", "Links of backend events could not be asked for.", {
        event: "links_not_asked",
        import: importId,
        detail: String(error),
      });
    }
  }

  return async (hit) => {
    try {
      await take(hit);
      return "ack";
    } catch (error) {
      const stream = streamRef(hit.stream_id);
      sparseLog(stream, "WARNING", "Backend events of a hit could not be written; it comes again.", {
        event: "events_not_written",
        hit_id: hit.hit_id,
        stream,
        detail: error instanceof Error ? error.message : String(error),
      });
      return "later";
    }
  };
}

/** One queue carries hits to their tables, and again to their backend events. */
export function withImports({ deliver, park }: Deliver, takeHit: TakeHit): Deliver {
  // A person looks at one whose bytes are others now.
  const isTaken = (hit: Hit) => hit.for_import === true && hit.altered !== true;
  return {
    deliver: (hit) => (isTaken(hit) ? takeHit(hit) : deliver(hit)),
    async park(hit) {
      if (isTaken(hit) && (await takeHit(hit)) === "ack") return "ack";
      return park(hit);
    },
  };
}

async function append(table: OwnTable, rows: Row[]): Promise<void> {
  if (rows.length > 0) await table.append(rows, { deadlineMs });
}

function eventRow(hit: Hit, import_id: string, event: ImportedEvent, now: number): Row {
  const { row, reference_ev, ...fields } = event;
  return rowOf(backendEvents, {
    ...fields,
    import_id,
    source: "webhook",
    hit_id: hit.hit_id,
    row_no: row,
    reference_ev: storableJson(reference_ev),
    received_at: hit.received_at,
    imported_at: now,
    is_test: hit.is_test === true,
  });
}

/** A hit stands in the place of a file. */
function rejectRow({ hit_id }: Hit, import_id: string, { row, faults, raw }: HitReject, now: number): Row {
  return rowOf(rejectedRows, {
    file_id: hit_id,
    hit_id,
    import_id,
    load_id: hit_id,
    row_no: row,
    // What a store of JSON would not take is no loss here: the item is beside it.
    faults: storableJson(faults),
    raw: raw.toWellFormed(),
    found_at: now,
    found_on: new Date(now).toISOString().slice(0, 10),
  });
}

function rowOf(spec: TableSpec, values: Readonly<Record<string, Value>>): Row {
  return spec.columns.map(({ name }) => values[name] ?? null);
}
