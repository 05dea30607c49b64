import { deadLetters, type LetterState, type Reason } from "./letter.ts";
import { isProblem } from "../problem.ts";
import { ensureProductTables, type LetterPorts, productTables } from "./tables.ts";
import type { Selection, Value } from "../warehouse.ts";

/** Dead letters as the admin API reads them: through the view that tells their states. */

export interface Letter {
  hit_id: string;
  stream_id: string;
  received_at: number;
  date: string;
  reason: Reason;
  detail: string;
  attempt: number;
  at: number;
  state: LetterState;
  bytes: number;
  content_type?: string;
  content_encoding?: string;
  query?: string;
  is_test?: boolean;
}

type Where = NonNullable<Selection["where"]>;

interface Page {
  orderBy?: Selection["orderBy"];
  limit: number;
  offset?: number;
}

// Never the body: through the view, that of every dead letter ever kept would be read. functions/letters/bodies.ts has it.
const unlisted = ["body", "dated"];
const columns = [
  ...deadLetters.columns.map(({ name }) => name).filter((name) => !unlisted.includes(name)),
  "state",
];

/** Rows of the view; none where no hit ever became a dead letter. @throws warehouse_down, table_forbidden */
export async function selectStates(
  { warehouse, productDataset }: LetterPorts,
  selection: Omit<Selection, "from">,
): Promise<Record<string, Value>[]> {
  const { states, letters } = productTables(productDataset);
  const select = () => warehouse.select({ ...selection, from: states });
  try {
    return await select();
  } catch (error) {
    if (isProblem(error, "dataset_missing")) return [];
    if (!isProblem(error, "table_missing")) throw error;
    // The first dead letter comes before the view when the process ends between the two.
    if ((await warehouse.describe(letters)) === undefined) return [];
    await ensureProductTables(warehouse, productDataset);
    return select();
  }
}

export async function selectLetters(ports: LetterPorts, where: Where, page: Page): Promise<Letter[]> {
  return (await selectStates(ports, { where, columns, ...page })).map(toLetter);
}

function toLetter(row: Record<string, Value>): Letter {
  return {
    hit_id: String(row["hit_id"]),
    stream_id: String(row["stream_id"]),
    received_at: Number(row["received_at"]),
    date: String(row["date"]),
    reason: String(row["reason"]) as Reason,
    detail: String(row["detail"]),
    attempt: Number(row["attempt"]),
    at: Number(row["at"]),
    state: String(row["state"]) as LetterState,
    bytes: Number(row["bytes"]),
    ...(typeof row["content_type"] === "string" && {
      content_type: row["content_type"],
    }),
    ...(typeof row["content_encoding"] === "string" && {
      content_encoding: row["content_encoding"],
    }),
    ...(typeof row["query"] === "string" && { query: row["query"] }),
    ...(row["is_test"] === true && { is_test: true }),
  };
}
