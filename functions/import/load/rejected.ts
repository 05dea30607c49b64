import type { Value } from "../../warehouse.ts";
import { rawCharactersMax } from "../csv/table.ts";
import { rejectCodes, type Fault } from "../rejects.ts";
import { importTable } from "../tables.ts";
import { findFile } from "./arrivals.ts";
import type { FilePorts, ToldFile } from "./files.ts";
import { loadTableNames } from "./tables.ts";

const rowsAtOnce = 5_000;

/** The bad rows of a file as CSV, as they stood, with where and why behind them. Sent back as it is, put
 *  right, the columns that begin with `_` are left out.
 *  @throws import_file_unknown, warehouse_down */
export async function rejectedCsv(
  ports: FilePorts,
  importName: string,
  fileId: string,
): Promise<AsyncIterable<string>> {
  const { columns = [], load_id, delimiter = ",", kind } = await findFile(ports, importName, fileId);
  const cell = (text: string) =>
    text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const line = (...cells: string[]) => cells.map(cell).join(delimiter);

  /** A record that was cut would swallow what comes behind it: its cells are empty. */
  const rawOf = (raw: Value, names: readonly string[]) =>
    typeof raw === "string" && raw.length < rawCharactersMax
      ? `${raw}${delimiter}`
      : delimiter.repeat(names.length);

  async function* lines(): AsyncGenerator<string> {
    const own = kind === "parquet" ? [] : columns;
    // A header that ends in the delimiter has one column without a name: rows need not have it.
    const names = own.at(-1)?.trim() === "" ? own.slice(0, -1) : own;
    yield `${line(...names, "_line", "_column", "_reason")}\r\n`;
    for (let last = 0; ;) {
      const rows = await ports.warehouse.select({
        from: importTable(ports.productDataset, loadTableNames.rejects),
        where: [
          { column: "file_id", is: "=", value: fileId },
          { column: "load_id", is: "=", value: load_id },
          { column: "row_no", is: ">=", value: last + 1 },
        ],
        orderBy: [{ column: "row_no" }],
        limit: rowsAtOnce,
      });
      for (const row of rows) {
        const { where, field, reason } = reasonOf(row);
        yield `${rawOf(row["raw"] ?? null, names)}${line(where, field, reason)}\r\n`;
      }
      if (rows.length < rowsAtOnce) return;
      last = Number(rows.at(-1)!["row_no"]);
    }
  }
  return lines();
}

/** A bad row, as a page of them shows it. */
export interface RejectedRow {
  readonly row: number;
  /** `14`, or `row 3 of group 1`. */
  readonly where: string;
  readonly faults: readonly Fault[];
}

/** The bad rows of the reading that counts, in their order.
 *  @param options.after the last row of the page before
 *  @throws import_file_unknown, warehouse_down */
export async function listRejected(
  ports: FilePorts,
  { file_id, load_id }: Pick<ToldFile, "file_id" | "load_id">,
  { limit, after }: { limit: number; after: number },
): Promise<{ rows: RejectedRow[]; next?: number }> {
  const found = await ports.warehouse.select({
    from: importTable(ports.productDataset, loadTableNames.rejects),
    where: [
      { column: "file_id", is: "=", value: file_id },
      { column: "load_id", is: "=", value: load_id },
      { column: "row_no", is: ">=", value: after + 1 },
    ],
    orderBy: [{ column: "row_no" }],
    limit: limit + 1,
  });
  const rows = found.slice(0, limit).map((row) => ({
    row: Number(row["row_no"]),
    where: whereOf(row),
    faults: JSON.parse(String(row["faults"])) as Fault[],
  }));
  return { rows, ...(found.length > limit && { next: rows.at(-1)!.row }) };
}

function whereOf(row: Readonly<Record<string, Value>>): string {
  return row["line_first"] === null
    ? `row ${String(row["row_in_group"])} of group ${String(row["row_group"])}`
    : String(row["line_first"]);
}

/** Where a row stands, which fields are at fault, and why. */
function reasonOf(row: Readonly<Record<string, Value>>): { where: string; field: string; reason: string } {
  const faults = JSON.parse(String(row["faults"])) as Fault[];
  const where = whereOf(row);
  const reasons = faults.map(({ code, hint }) => {
    const [says, fix] = rejectCodes[code];
    return `${code}: ${says} ${hint ?? fix}`;
  });
  const fields = faults.flatMap(({ field }) => field ?? []);
  return { where, field: [...new Set(fields)].join(" "), reason: reasons.join(" ") };
}
