import { streamRef } from "../../../functions/stream-ref.ts";
import type { TableRef } from "../../../functions/table.ts";
import type { Value, View } from "../../../functions/warehouse.ts";

export type Stored = Record<string, Value>;
/** Those that need no SQL. */
export type KnownView = Exclude<View, { kind: "written" }>;

/** The rows of a view of the memory warehouse, computed when asked. */
export function viewRows(view: KnownView, read: (table: TableRef) => Stored[]): Stored[] {
  if (view.kind === "dead_letter_states") return states(read(view.letters), read(view.events));
  const rows = read(view.of).filter(({ is_test }) => is_test !== true);
  const unique = latestPer(
    rows,
    (row) => `${String(row["date"])} ${String(row["hit_id"])}`,
    (row) => [-Number(row["received_at"])],
  );
  if (view.kind === "unique") return unique;
  if (view.kind === "items") throw new Error("The memory warehouse knows no items.");
  const { updated } = view;
  const key = typeof view.key === "string" ? [view.key] : view.key;
  return latestPer(
    rows,
    (row) => {
      const named = key.map((path) => at(row, path) ?? "");
      return named.includes("") ? String(row["hit_id"]) : JSON.stringify(named);
    },
    (row) => {
      const time = updated === undefined ? Number.NaN : Date.parse(String(at(row, updated)));
      return [
        Number.isNaN(time) ? Number(row["received_at"]) : time,
        Number(row["received_at"]),
        String(row["hit_id"]),
      ];
    },
  );
}

function latestPer(
  rows: readonly Stored[],
  name: (row: Stored) => string,
  order: (row: Stored) => Value[],
): Stored[] {
  const latest = new Map<string, Stored>();
  for (const row of rows) {
    const before = latest.get(name(row));
    if (before === undefined || isLater(order(row), order(before))) latest.set(name(row), row);
  }
  return [...latest.values()];
}

function isLater(a: readonly Value[], b: readonly Value[]): boolean {
  for (const [index, value] of a.entries()) {
    const order = compare(value, b[index] ?? null);
    if (order !== 0) return order > 0;
  }
  return false;
}

/** A dotted path into `fields`. */
function at(row: Stored, path: string): Value | undefined {
  let value: unknown = JSON.parse(String(row["fields"] ?? "null"));
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

function states(letters: readonly Stored[], events: readonly Stored[]): Stored[] {
  const latest = latestPer(
    letters,
    (row) => String(row["hit_id"]),
    (row) => [row["attempt"] ?? 0, row["at"] ?? 0],
  );
  return latest.map((letter) => {
    const own = events.filter(({ hit_id }) => hit_id === letter["hit_id"]);
    const has = (event: string) => own.some((row) => row["event"] === event);
    const replayed = own.some(
      (row) => row["event"] === "replayed" && Number(row["attempt"]) > Number(letter["attempt"]),
    );
    const state = has("discarded")
      ? "discarded"
      : has("delivered")
        ? "delivered"
        : replayed
          ? "replaying"
          : "waiting";
    const replays = own.filter((row) => row["event"] === "replayed");
    const last = Math.max(...replays.map((row) => Number(row["attempt"])));
    const job = replays.find((row) => row["attempt"] === last)?.["job"] ?? null;
    const { stream_id, kept_apart, ...shown } = letter;
    const stream_ref = streamRef(String(stream_id));
    return { ...shown, stream_ref, kept_apart: kept_apart ?? false, state, job };
  });
}

/** NULL first. */
export function compare(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
