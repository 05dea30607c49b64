/** Names, texts and messages of DuckDB, without DuckDB: only the warehouse's thread loads it. */
import { datasetName, type TableRef } from "../../../functions/table.ts";

export const warehouseFileName = "warehouse.duckdb";
/** DuckDB names the catalog after the file. */
export const catalog = "warehouse";

/** Begins the comment of what we made: the label of design.md. A view's comment goes on with its SQL. */
export const label = "Afterclick: ";

/** An identifier. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A table's name in our own SQL. */
export function sqlName(ref: TableRef): string {
  return `${quoted(catalog)}.${inDataset(ref)}`;
}

function inDataset(ref: TableRef): string {
  return `${quoted(datasetName(ref))}.${quoted(ref.table)}`;
}

/** A table's name inside a view. Without the catalog, which DuckDB names after the file, so that a copy works
 *  under any name; only these datasets need it, because catalogs have their names too. */
const catalogs = new Set([catalog, "temp", "system", "memory"]);

export function viewed(ref: TableRef): string {
  return catalogs.has(datasetName(ref).toLowerCase()) ? sqlName(ref) : inDataset(ref);
}

/** A text. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Paths of the data folder in a message: where it lies is nobody's business but the
 *  operator's, who knows it. */
const folder = /(?:[A-Za-z]:)?[\\/][^"'\n]*[\\/](?=(?:warehouse\.duckdb|io[\\/]|tmp\b))/g;

/** DuckDB's message without its pointer into the statement, its advice, and the server's paths. */
export function oneLine(error: unknown): string {
  const text = messageOf(error);
  const sentence = text
    .split(/\n\s*(?:LINE \d+:|Possible solutions|\n)/)[0]!
    .replaceAll(folder, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  return sentence.length > 500 ? `${sentence.slice(0, 500)}…` : sentence;
}

/** By its shape: an error of DuckDB's native part may be of another realm. */
export function messageOf(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown };
  return typeof message === "string" ? message : String(error);
}
