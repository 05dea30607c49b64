import { counted } from "../../counted.ts";
import { nearest } from "../../nearest.ts";
import type { RowSink } from "../check.ts";
import { copied } from "../fields/text.ts";
import { importTable } from "../tables.ts";
import { ifThere, type FilePorts } from "./files.ts";
import { loadTableNames } from "./tables.ts";

/** Names of events: which a file has, and which are known. */

const namesMax = 10_000;
const namesShown = 5;

/** Counts the rows of each name as they pass. */
export function countNames(sink: RowSink): { sink: RowSink; counts: ReadonlyMap<string, number> } {
  const counts = new Map<string, number>();
  return {
    counts,
    sink: {
      ...sink,
      events(some) {
        for (const { ev } of some) {
          const before = counts.get(ev);
          if (before !== undefined) counts.set(ev, before + 1);
          // What is kept past the row must not hold the file.
          else if (counts.size < namesMax) counts.set(copied(ev), 1);
        }
        return sink.events?.(some);
      },
    },
  };
}

/** Which of the names no event of the import has so far: a name that was mistyped becomes an event of its
 *  own, which nobody looks for. Nothing of an import without events: there all names are new.
 *  @throws warehouse_down */
export async function newNamesHint(
  ports: FilePorts,
  importId: string,
  counts: ReadonlyMap<string, number>,
): Promise<string | undefined> {
  const rows = await ports.warehouse.select({
    // Small, where the events are many.
    from: importTable(ports.productDataset, loadTableNames.dayChanges),
    columns: ["ev"],
    measures: { added: { is: "sum", column: "added" }, removed: { is: "sum", column: "removed" } },
    where: [{ column: "import_id", is: "=", value: importId }],
    limit: namesMax,
  });
  const known = rows.filter(({ added, removed }) => Number(added) > Number(removed));
  const names = known.map(({ ev }) => String(ev));
  // There may be more than are known here.
  if (names.length === 0 || rows.length === namesMax) return undefined;
  const isKnown = new Set(names);
  const others = [...counts].filter(([ev]) => !isKnown.has(ev));
  if (others.length === 0) return undefined;
  const says = others.slice(0, namesShown).map(([ev, count]) => {
    const meant = nearest(ev, names);
    return `${ev} (${counted(count, "row")}${meant === undefined ? "" : `; did you mean ${meant}?`})`;
  });
  const more = others.length > namesShown ? `, and ${others.length - namesShown} more` : "";
  return `${others.length === 1 ? "New event name" : "New event names"}: ${says.join(", ")}${more}. No event of this import has ${others.length === 1 ? "it" : "them"} so far.`;
}

/** All names that web events have, of all tables that events were linked to.
 *  @throws warehouse_down */
export async function webEventNames(ports: FilePorts): Promise<ReadonlySet<string>> {
  const rows = await ifThere(
    ports.warehouse.select({
      from: importTable(ports.productDataset, "web_event_days"),
      columns: ["ev"],
      measures: { days: { is: "count" } },
      limit: namesMax,
    }),
  );
  return new Set((rows ?? []).map(({ ev }) => String(ev)));
}
