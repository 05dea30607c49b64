import { randomBytes } from "node:crypto";
import type { KeptFiles } from "../../files.ts";
import type { Secrets } from "../../secrets.ts";
import { counted } from "../../counted.ts";
import type { Documents } from "../../documents.ts";
import type { Log } from "../../log.ts";
import { asProblem, internal, isProblem } from "../../problem.ts";
import {
  documentsConflict,
  documentsDown,
  rowsRefused,
  statementRefused,
  warehouseDown,
} from "../../problems.ts";
import type { Web } from "../../web.ts";
import { daysBefore } from "../../import/fields/date.ts";
import { toldToLogs } from "../../import/quotes.ts";
import { FeedFault } from "../faults.ts";
import { survey, type Survey } from "../read/survey.ts";
import type { Feed } from "../registered/feeds.ts";
import { asTheyStand, columnsOf, stillThere, type FeedColumn } from "../write/columns.ts";
import { describeOwn, sweep, writeAnswer, type WritePorts, type Writing } from "../write/write.ts";
import { today } from "./due.ts";
import {
  changeState,
  pauseMs,
  readState,
  whole,
  withFetch,
  type Fetch,
  type FetchState,
  type Part,
} from "./state.ts";

/** One fetch of a feed, from the call to the rows. Whatever goes wrong, the table stays as it was, and what
 *  it was is told. */

export type FetchPorts = WritePorts & {
  readonly documents: Documents;
  readonly web: Web;
  readonly keptFiles: KeptFiles;
  /** Left out where there is no store of secrets. */
  readonly secrets?: Pick<Secrets, "read">;
  readonly log: Log;
  /** Aborted when the process ends. */
  readonly signal?: AbortSignal;
};

/** Of the unpacked answer. */
const answerBytesMax = 4 * 1024 * 1024 * 1024;
/** A table of so few rows may lose any of them. */
const shrinksFrom = 10;
/** Fields of several types that one fetch names. */
const mixedMax = 5;

/** @throws documents_down; the signal's reason where the process ends */
export async function fetchPart(ports: FetchPorts, feed: Feed, part: string): Promise<Fetch> {
  const { documents, now, signal } = ports;
  const began = now();
  const day = part === whole ? undefined : part;
  const told = { at: began, ...(day !== undefined && { day }) };
  let fetch: Fetch;
  let columns: readonly FeedColumn[] | undefined;
  try {
    const taken = await take(ports, feed, part, day);
    columns = taken.columns;
    fetch = { ...told, state: "taken", ...taken.found, took_ms: now() - began };
  } catch (error) {
    signal?.throwIfAborted();
    if (isProblem(error, documentsDown, documentsConflict)) throw error;
    fetch = { ...told, ...toldOf(ports, feed, error), took_ms: now() - began };
  }
  await changeState({ documents }, feed.name, (known) => ({
    ...withFetch(known, part, partAfter(feed, known.parts[part], fetch, now()), fetch),
    ...(columns !== undefined && { columns }),
  }));
  return fetch;
}

async function take(ports: FetchPorts, feed: Feed, part: string, day: string | undefined) {
  const { keptFiles } = ports;
  const state = await ownTable(ports, feed, part);
  const id = `feed-${randomBytes(8).toString("hex")}`;
  try {
    await keptFiles.keep(id, await ask(ports, feed, day));
    const kept = await keptFiles.open(id);
    if (kept === undefined) throw new Error("An answer that was just kept is not there.");
    const found = await survey(kept.read(), feed.zone);
    const known = state.parts[part] ?? {};
    demandRows(found, known, day);
    const there = await describeOwn(ports.warehouse, feed);
    const before = day === undefined ? [] : stillThere(state.columns ?? [], there);
    const columns = columnsOf(asTheyStand(before, there), found.fields, feed.partitioned);
    // A day without records, before any other: there is nothing to make a table of.
    const hint =
      columns.length > 0
        ? await write(ports, { feed, day, before, after: columns, load_id: id }, kept.read())
        : undefined;
    return { columns, found: { ...saying(found, known), ...(hint !== undefined && { hint }) } };
  } finally {
    // Old ones go by themselves.
    await keptFiles.remove(id).catch(() => undefined);
  }
}

/** The table is noted as the feed's own before it is made: whoever is killed between the two finds it his. */
async function ownTable(ports: FetchPorts, feed: Feed, part: string): Promise<FetchState> {
  const { documents, warehouse } = ports;
  const state = await readState({ documents }, feed.name);
  const { table, partitioned } = feed;
  if (state.table === table) {
    if (state.partitioned === partitioned) return state;
    const shape = state.partitioned === true ? "days" : "one answer";
    throw new FeedFault(
      "shape_changed",
      `The table ${table} holds ${shape}, and partitioned is ${partitioned} now. Put it back, or name another table.`,
    );
  }
  if ((await warehouse.describe(feed.to)) !== undefined)
    throw new FeedFault(
      "table_taken",
      `There is a table ${table} already that this feed has not made. Name another table, or remove that one.`,
    );
  return (await changeState({ documents }, feed.name, ({ parts, fetches, asked, held_until }) => ({
    table,
    partitioned,
    ...(partitioned && { since: daysBefore(today(feed, ports.now()), feed.days) }),
    parts: { [part]: tryOf(parts[part]) },
    fetches,
    ...(asked !== undefined && { asked }),
    ...(held_until !== undefined && { held_until }),
  })))!;
}

/** @throws FeedFault */
async function ask(
  ports: FetchPorts,
  feed: Feed,
  day: string | undefined,
): Promise<AsyncIterable<Uint8Array>> {
  const { web, deadlineMs, signal } = ports;
  const url = new URL(feed.url);
  if (day !== undefined) url.searchParams.set("date", day.replaceAll("-", ""));
  const password = await passwordOf(ports, feed);
  return web.get(url.href, {
    ...(feed.user !== undefined && { user: feed.user }),
    ...(password !== undefined && { password }),
    deadlineMs,
    bytesMax: answerBytesMax,
    ...(signal !== undefined && { signal }),
  });
}

async function passwordOf({ secrets }: FetchPorts, { secret }: Feed): Promise<string | undefined> {
  if (secret === undefined) return undefined;
  const password = await secrets?.read(secret);
  if (password === undefined)
    throw new FeedFault("secret_missing", `There is no secret ${secret}. Give the feed its password again.`);
  return password;
}

/** @throws FeedFault where a person has to say that it is right */
function demandRows({ rows }: Survey, { rows: there = 0, accepts }: Part, day: string | undefined): void {
  if (rows === 0 && day === undefined)
    throw new FeedFault("empty", "The answer holds no record. A feed without days is never emptied by that.");
  const before = accepts ?? there;
  if (before < shrinksFrom || rows * 2 >= before) return;
  throw new Shrank(
    rows,
    `The answer has ${counted(rows, "record")}, and the table has ${there}${day === undefined ? "" : ` of ${day}`}. ` +
      "If that is right, have it taken; until then the table stays as it is.",
  );
}

class Shrank extends FeedFault {
  readonly rows: number;
  constructor(rows: number, message: string) {
    super("shrank", message);
    this.rows = rows;
  }
}

async function write(ports: FetchPorts, writing: Writing, bytes: AsyncIterable<Uint8Array>) {
  try {
    return await writeAnswer(ports, writing, bytes);
  } catch (error) {
    await sweep(ports, writing.load_id);
    throw error;
  }
}

function saying({ rows, format, fields }: Survey, known: Part) {
  const mixed = fields.flatMap(({ field, mixed: types }) => (types ? [{ field, types }] : []));
  return {
    rows,
    ...(known.rows !== undefined && { rows_before: known.rows }),
    format,
    ...(mixed.length > 0 && { mixed: mixed.slice(0, mixedMax) }),
    ...(mixed.length > mixedMax && { mixed_count: mixed.length }),
  };
}

function toldOf(
  { log }: FetchPorts,
  feed: Feed,
  error: unknown,
): Pick<Fetch, "state" | "code" | "reason" | "rows"> {
  if (error instanceof Shrank)
    return { state: "waiting", code: error.code, reason: error.message, rows: error.rows };
  if (error instanceof FeedFault) return { state: "failed", code: error.code, reason: error.message };
  const problem = asProblem(error);
  const isOurs = isProblem(problem, internal);
  log(
    isOurs ? "ERROR" : "WARNING",
    isOurs
      ? "A feed could not be fetched by a fault of Afterclick."
      : "The warehouse did not take the answer of a feed.",
    { event: isOurs ? "feed_fault" : "feed_not_written", feed: feed.name, ...toldToLogs(problem) },
  );
  const mayQuote = isProblem(problem, rowsRefused, statementRefused, warehouseDown);
  const reason = mayQuote
    ? `The warehouse did not take it (${problem.code}). Its reason may quote a record, and stands in no list.`
    : problem.message;
  return { state: "failed", code: "not_written", reason };
}

function partAfter(feed: Feed, before: Part = {}, fetch: Fetch, now: number): Part {
  const { waits: _waits, began_at: _began, accepts, ...kept } = before;
  if (fetch.state === "taken") return { rows: fetch.rows!, taken_at: now, taken_on: today(feed, fetch.at) };
  // It was counted when it began.
  const { tries = 1 } = before;
  return {
    ...kept,
    ...(accepts !== undefined && { accepts }),
    ...(fetch.state === "waiting" && { waits: fetch.rows! }),
    tries,
    next_at: now + pauseMs(tries),
  };
}

/** What is noted of a try that goes on. */
function tryOf({ tries, next_at, began_at }: Part = {}): Part {
  return {
    ...(tries !== undefined && { tries }),
    ...(next_at !== undefined && { next_at }),
    ...(began_at !== undefined && { began_at }),
  };
}
