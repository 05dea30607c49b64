import { deadLetters, type LetterState, type Reason } from "./letter.ts";
import { headersOf } from "../headers.ts";
import { isProblem } from "../problem.ts";
import { datasetMissing, schemaDiffers, tableMissing } from "../problems.ts";
import type { LetterPorts } from "./store.ts";
import type { Selection, Value } from "../warehouse.ts";

/** Dead letters as the admin API reads them: through the view that tells their states. */

export interface Letter {
  hit_id: string;
  stream_ref: string;
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
  headers?: Record<string, string>;
  is_test?: boolean;
  kept_apart?: true;
}

/** For those who may not see payloads. */
export function letterWithoutPayload({ query: _query, headers: _headers, ...letter }: Letter): Letter {
  return { ...letter, detail: detailWithoutPayload(letter) };
}

/** What the warehouse said of a row it refused may quote it. */
export const detailWithoutPayload = ({ reason, detail }: Pick<Letter, "reason" | "detail">): string =>
  reason === "row_refused"
    ? "The warehouse refuses the row. Its words are left out: they may quote the payload."
    : detail;

type Where = NonNullable<Selection["where"]>;

interface Page {
  orderBy?: Selection["orderBy"];
  limit: number;
  offset?: number;
}

// Never the body: through the view, that of every dead letter ever kept would be read.
// functions/letters/bodies.ts has it.
const unlisted = ["body", "dated", "stream_id", "proof"];
const columns = [
  "stream_ref",
  ...deadLetters.columns.map(({ name }) => name).filter((name) => !unlisted.includes(name)),
  "state",
];

/** Rows of the view; none where no hit ever became a dead letter. @throws warehouse_down, table_forbidden */
export async function selectStates(
  { letters }: LetterPorts,
  selection: Omit<Selection, "from">,
): Promise<Record<string, Value>[]> {
  const select = () => letters.select("states", selection);
  try {
    return await select();
  } catch (error) {
    if (isProblem(error, datasetMissing)) return [];
    // The first dead letter comes before the view when the process ends between the two; the view of an
    // earlier version lacks what a later one asks for.
    if (!isProblem(error, tableMissing, schemaDiffers)) throw error;
    if (!(await letters.isBegun())) return [];
    await letters.ensure();
    return select();
  }
}

export async function selectLetters(ports: LetterPorts, where: Where, page: Page): Promise<Letter[]> {
  return (await selectStates(ports, { where, columns, ...page })).map(toLetter);
}

function toLetter(row: Record<string, Value>): Letter {
  const headers = headersOf(row["headers"]);
  return {
    hit_id: String(row["hit_id"]),
    stream_ref: String(row["stream_ref"]),
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
    ...(headers !== undefined && { headers }),
    ...(row["is_test"] === true && { is_test: true }),
    ...(row["kept_apart"] === true && { kept_apart: true }),
  };
}
