import type { Documents } from "../../documents.ts";
import { ifThere, type FilePorts } from "../load/files.ts";
import { loadTableNames } from "../load/tables.ts";
import { findImport } from "../registered/imports.ts";
import { rejectCodes, type Fault, type RejectCode } from "../rejects.ts";
import { importTable } from "../tables.ts";

/** An item of a hit that is no event. */
export interface RejectedItem {
  readonly hit_id: string;
  /** Its place in the hit, from 1. */
  readonly row: number;
  /** Unix ms. */
  readonly found_at: number;
  readonly codes: readonly RejectCode[];
  /** What is wrong, and what to do. */
  readonly says: string;
  /** The item as it was read. */
  readonly raw: string;
}

/** The newest first; a hit that came again tells its items once.
 *  @throws import_unknown, warehouse_down, documents_down */
export async function listRejectedItems(
  ports: FilePorts & { readonly documents: Documents },
  importName: string,
  { limit }: { limit: number },
): Promise<RejectedItem[]> {
  await findImport(ports, importName);
  const rows = await ifThere(
    ports.warehouse.select({
      from: importTable(ports.productDataset, loadTableNames.rejects),
      columns: ["hit_id", "row_no", "found_at", "faults", "raw"],
      where: [
        { column: "import_id", is: "=", value: importName },
        // Rows of files have none.
        { column: "hit_id", is: ">=", value: "" },
      ],
      orderBy: [{ column: "found_at", descending: true }, { column: "hit_id" }, { column: "row_no" }],
      limit,
    }),
  );
  const items = (rows ?? []).map((row): [string, RejectedItem] => {
    const faults = JSON.parse(String(row["faults"])) as Fault[];
    const item = {
      hit_id: String(row["hit_id"]),
      row: Number(row["row_no"]),
      found_at: Number(row["found_at"]),
      codes: faults.map(({ code }) => code),
      says: faults.map(saysOf).join(" "),
      raw: String(row["raw"] ?? ""),
    };
    return [`${item.hit_id} ${item.row}`, item];
  });
  return [...new Map(items).values()];
}

function saysOf({ code, field, hint }: Fault): string {
  const [says, fix] = rejectCodes[code];
  return `${field === undefined ? "" : `${field}: `}${says} ${hint ?? fix}`;
}
