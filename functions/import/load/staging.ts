import type { Load, Row, Warehouse } from "../../warehouse.ts";
import type { RowSink } from "../check.ts";
import { storableJson } from "../fields/text.ts";
import type { ImportedEvent, Reject } from "../report.ts";
import { importTable } from "../tables.ts";
import { loadTableNames, rejectedRows, stagedRows } from "./tables.ts";

/** Writes what is read of a file to where nothing counts yet: its events beside the events, its bad rows to
 *  those that are looked up by the reading. */
export interface Staging {
  readonly sink: RowSink;
  /** Resolves once all of it is durable. */
  end(): Promise<void>;
}

export interface StagingPorts {
  readonly warehouse: Warehouse;
  readonly dataset: string;
  readonly import_id: string;
  readonly file_id: string;
  readonly load_id: string;
  readonly now: () => number;
  readonly deadlineMs: number;
}

/** So many bad rows of a file are kept, and so many characters of them: the others are counted. */
const rejectsMax = 100_000;
const rejectCharactersMax = 64 * 1024 * 1024;
/** Some of them are written at once, and so many characters at most. */
const rowsAtOnce = 20_000;
const charactersAtOnce = 4 * 1024 * 1024;

export function openStaging(ports: StagingPorts): Staging {
  const { warehouse, dataset, import_id, file_id, load_id, now, deadlineMs } = ports;
  const loading = { id: load_id, deadlineMs };
  const events = openBatch(
    warehouse.openLoad(importTable(dataset, loadTableNames.staged), stagedColumns, loading),
  );
  const rejects = openBatch(
    warehouse.openLoad(importTable(dataset, loadTableNames.rejects), rejectedRows.columns, loading),
  );
  const lists = new WeakMap<readonly string[], string>();
  let kept = 0;
  let characters = 0;

  /** Rows of one list of names share it. */
  function listText(names: readonly string[]): string {
    const known = lists.get(names);
    if (known !== undefined) return known;
    const text = JSON.stringify(names);
    lists.set(names, text);
    return text;
  }

  const eventRow = (event: ImportedEvent, stagedOn: string): Row => [
    load_id,
    file_id,
    "row",
    stagedOn,
    event.event_id,
    event.row,
    event.date,
    event.ev,
    listText(event.reference_ev),
    event.reference_id,
    event.value,
  ];

  function rejectRow({ row, faults, ...where }: Reject): Row {
    const at = now();
    const { line_first = null, line_last = null, row_group = null, row_in_group = null, raw = null } = where;
    return [
      file_id,
      import_id,
      load_id,
      row,
      line_first,
      line_last,
      row_group,
      row_in_group,
      // What a store of JSON would not take is no loss here: the raw record is beside it.
      storableJson(faults),
      raw?.toWellFormed() ?? null,
      at,
      new Date(at).toISOString().slice(0, 10),
      null,
    ];
  }

  return {
    sink: {
      events(some) {
        const today = new Date(now()).toISOString().slice(0, 10);
        return events.add(
          some.map((event) => eventRow(event, today)),
          sizeOf,
        );
      },
      async rejects(some) {
        for (const reject of some) {
          if (kept >= rejectsMax || characters >= rejectCharactersMax) return;
          const row = rejectRow(reject);
          kept += 1;
          characters += sizeOf(row);
          await rejects.add([row], sizeOf);
        }
      },
    },
    async end() {
      await events.end();
      await rejects.end();
    },
  };
}

const stagedColumns = stagedRows.columns.filter(({ name }) => name !== "was_there");

function sizeOf(row: Row): number {
  return row.reduce<number>((sum, value) => sum + (typeof value === "string" ? value.length : 8), 0);
}

/** While the warehouse takes some rows, the next ones are read. */
function openBatch(load: Load) {
  let rows: Row[] = [];
  let characters = 0;
  let taken: Promise<void> = Promise.resolve();
  async function flush(): Promise<void> {
    const full = rows;
    rows = [];
    characters = 0;
    await taken;
    if (full.length === 0) return;
    taken = load.add(full);
    // Whoever adds more rows, or ends it, is told.
    taken.catch(() => undefined);
  }
  return {
    async end() {
      await flush();
      await taken;
      await load.end();
    },
    async add(some: readonly Row[], size: (row: Row) => number) {
      for (const row of some) {
        rows.push(row);
        characters += size(row);
        if (rows.length >= rowsAtOnce || characters >= charactersAtOnce) await flush();
      }
    },
  };
}
