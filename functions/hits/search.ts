import { counted } from "../counted.ts";
import { deliveryNames, headersOf } from "../headers.ts";
import { readHits } from "../letters/bodies.ts";
import { type Letter, selectLetters } from "../letters/states.ts";
import type { LetterPorts } from "../letters/store.ts";
import { requestRefused } from "../problems.ts";
import { tableName } from "../table.ts";
import type { Value, Warehouse } from "../warehouse.ts";
import { searchAcross } from "./across.ts";
import { type FindOptions, type Searched, type TablePorts, tablesOf } from "./find.ts";

/** Hits by any text of what was sent: an order number, the name that a sender gave its delivery. What it
 *  reads is bounded by days, and in the cloud by what people's queries may cost. */

export interface SearchPorts extends TablePorts, LetterPorts {
  warehouse: Pick<Warehouse, "describe" | "ownTables" | "selectUnion">;
  /** Unix ms. */
  now: () => number;
}

export interface TextFound {
  /** The newest first, at most `foundMax`. */
  readonly hits: readonly FoundHit[];
  /** There are more hits than these. */
  readonly isMore: boolean;
  readonly letters: readonly Letter[];
  readonly searched: Searched & {
    readonly since: string;
    /** The newest dead letters since then: so many were looked at. */
    readonly letters: number;
    /** Older or larger ones were not. */
    readonly lettersLeftOut: boolean;
  };
}

export interface FoundHit {
  readonly hit_id: string;
  readonly table: string;
  readonly received_at: number;
  readonly date: string;
  readonly stream_ref?: string;
  readonly is_test?: true;
  /** The text is the name that the sender gave the delivery. */
  readonly is_delivery?: true;
}

export const textRule = "a text of 3 to 200 characters";
const [charactersMin, charactersMax] = [3, 200];
/** How many days back, where nobody says and at most: what is older is for a query. */
export const searchDays = { usual: 7, max: 92 } as const;
const dayMs = 86_400_000;
const foundMax = 50;
const lettersMax = 200;
const letterBytesMax = 32 * 1024 * 1024;
/** Where a text may be: what was sent, and the row's JSON of headers. */
const soughtColumns = ["payload", "query", "headers"];
const shownColumns = ["hit_id", "received_at", "date", "stream_ref", "is_test", "headers"];

/** @param options.since `YYYY-MM-DD`
 *  @throws request_refused, stream_unknown, statement_too_dear, day_spent, registry_down, warehouse_down */
export async function searchText(
  ports: SearchPorts,
  typed: string,
  options: FindOptions,
): Promise<TextFound> {
  const text = typed.trim();
  const length = [...text].length;
  if (length < charactersMin || length > charactersMax)
    throw requestRefused({ what: `The text has ${length} characters; allowed is ${textRule}` });
  const since = firstDay(ports, options.since);
  const tables = await tablesOf(ports, options.streamId);
  const { rows, isCut, ...searched } = await searchAcross(
    ports.warehouse,
    tables,
    {
      columns: shownColumns,
      where: [{ column: "date", is: ">=", value: since }],
      holding: { columns: soughtColumns, text },
      orderBy: [{ column: "received_at", descending: true }],
      // One row more than is shown: then there are more.
      limit: foundMax + 1,
    },
    { isPersons: true, ...(options.signal && { signal: options.signal }) },
  );
  const hits = new Map(
    rows.map(({ table, row }) => [`${tableName(table)} ${String(row["hit_id"])}`, { table, row }]),
  );
  const newest = [...hits.values()]
    .map(({ table, row }) => foundHit(tableName(table), row, text))
    .sort((a, b) => b.received_at - a.received_at);
  const letters = await lettersHolding(ports, text, since);
  return {
    hits: newest.slice(0, foundMax),
    isMore: isCut || newest.length > foundMax,
    letters: letters.holding,
    searched: { ...searched, since, letters: letters.looked, lettersLeftOut: letters.leftOut },
  };
}

function firstDay({ now }: SearchPorts, since: string | undefined): string {
  const back = (days: number) => new Date(now() - days * dayMs).toISOString().slice(0, 10);
  const earliest = back(searchDays.max);
  if (since !== undefined && since < earliest)
    throw requestRefused({
      what: `since is ${since}; allowed is ${earliest} or later, ${counted(searchDays.max, "day")} back. For older rows ask a query`,
    });
  return since ?? back(searchDays.usual);
}

function foundHit(table: string, row: Record<string, Value>, text: string): FoundHit {
  const headers = headersOf(row["headers"]) ?? {};
  return {
    hit_id: String(row["hit_id"]),
    table,
    received_at: Number(row["received_at"]),
    date: String(row["date"]),
    ...(typeof row["stream_ref"] === "string" && { stream_ref: row["stream_ref"] }),
    ...(row["is_test"] === true && { is_test: true }),
    ...(deliveryNames.some((name) => headers[name] === text) && { is_delivery: true }),
  };
}

/** Bodies of dead letters are bytes of any kind: they are looked through here, the newest ones,
 *  within a bound of bytes. */
async function lettersHolding(ports: SearchPorts, text: string, since: string) {
  const newest = await selectLetters(ports, [{ column: "date", is: ">=", value: since }], {
    orderBy: [{ column: "at", descending: true }],
    limit: lettersMax + 1,
  });
  let bytes = 0;
  const looked = newest.slice(0, lettersMax).filter((letter) => {
    if (bytes + letter.bytes > letterBytesMax) return false;
    bytes += letter.bytes;
    return true;
  });
  const hits = looked.length === 0 ? [] : await readHits(ports, looked);
  const holdingText = looked.filter(({ query, headers = {} }, index) =>
    [Buffer.from(hits[index]!.body), query ?? "", ...Object.values(headers)].some((part) =>
      part.includes(text),
    ),
  );
  return { holding: holdingText, looked: looked.length, leftOut: newest.length > looked.length };
}
