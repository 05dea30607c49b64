import { asProblem, asRead, isProblem, streamUnknown } from "../problem.ts";
import { type Registered, registryDeadlineMs } from "../registry.ts";
import { oldIdColumn } from "../stream-ref.ts";
import { parseTable, tableName, type TableRef } from "../table.ts";
import type { Value } from "../warehouse.ts";
import { inParallel } from "../within.ts";
import { hitIdParameter } from "./dead-letters.ts";
import { selectLetters } from "../letters/states.ts";
import type { AdminPorts } from "./ports.ts";
import { json, jsonAnswer, ref, route, type Route } from "./route.ts";
import { readAll } from "../streams/reading.ts";

const tablesAtOnce = 8;
/** A hit that was redelivered has more rows than one; more than so many tell nothing new, and the largest ones would be
 *  too much for one answer of the warehouse. */
const rowsMax = 3;

/** Where is my hit? The queue is asked first: a hit leaves it only after it is a row or a dead letter, so that it cannot
 *  slip through between two questions. */
export function hitRoutes(ports: AdminPorts): Route[] {
  const { registry, backlog, warehouse, defaultDataset, productDataset, searchedDays, now } = ports;

  /** The tables of all streams or of one, also of removed and of invalid ones, once each; where the warehouse tells, also
   *  those that streams wrote to before. */
  const tables = async (streamId: string | undefined): Promise<[string, TableRef][]> => {
    const registered = streamId === undefined ? await registry.list() : [await stream(streamId)];
    const found = new Map<string, TableRef>();
    for (const { document } of readAll(registered, defaultDataset)) {
      const table =
        typeof document["table"] === "string" ? parseTable(document["table"], defaultDataset) : undefined;
      if (table !== undefined) found.set(tableName(table), table);
    }
    if (streamId === undefined)
      for (const table of (await warehouse.ownTables?.()) ?? [])
        if (table.dataset !== productDataset) found.set(tableName(table), table);
    return [...found];
  };

  const stream = async (id: string): Promise<Registered> => {
    const found = await registry.read(id, { deadlineMs: registryDeadlineMs });
    if (found === undefined) throw streamUnknown();
    return found;
  };

  const firstDay = (): string | undefined =>
    searchedDays === undefined
      ? undefined
      : new Date(now() - searchedDays * 86_400_000).toISOString().slice(0, 10);

  return [
    route<{ hit_id: string }, { since?: string; stream_id?: string }>({
      method: "GET",
      path: "/v1/hits/{hit_id}",
      operation: "findHit",
      summary: "Where one hit is: waiting, in a table, a dead letter, or not found; and what was searched",
      parameters: [
        hitIdParameter,
        {
          name: "since",
          in: "query",
          description:
            "a date such as 2026-11-01: rows of earlier days are not searched, dead letters of all days are. Where left out: 7 days back in the cloud, all days on one machine",
          schema: {
            type: "string",
            pattern: "^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$",
          },
        },
        {
          name: "stream_id",
          in: "query",
          description:
            "the UUID of the stream it was sent to: only the table that stream writes to now is searched. Where left out, the tables of all streams are; on one machine also those that streams wrote to before",
          schema: hitIdParameter.schema,
        },
      ],
      answer: jsonAnswer("What is known of the hit", ref("Hit")),
      problems: [
        "stream_unknown",
        "registry_down",
        "queue_down",
        "warehouse_down",
        "table_forbidden",
        "schema_differs",
      ],
      async handle({ path, query }) {
        const since = query.since ?? firstDay();
        const hitId = path.hit_id.toLowerCase();
        const [queue, { oldest_received_at }] = [await backlog.find(hitId), await backlog.depth()];

        const searched: string[] = [];
        const skipped: { table: string; why: string }[] = [];
        const rows = await inParallel(
          await tables(query.stream_id?.toLowerCase()),
          tablesAtOnce,
          async ([name, table]) => {
            try {
              const found = await warehouse.select({
                from: table,
                where: [
                  { column: "hit_id", is: "=", value: hitId },
                  ...(since === undefined ? [] : [{ column: "date", is: ">=" as const, value: since }]),
                ],
                limit: rowsMax,
              });
              searched.push(name);
              return found.map((row) => ({ table: name, row: asJson(row) }));
            } catch (error) {
              // Its first hit makes the table: until then there is nothing to search.
              if (isProblem(error, "table_missing") || isProblem(error, "dataset_missing")) return [];
              // A sentence that says "not found" must not rest on a warehouse that did not answer.
              if (isProblem(error, "warehouse_down") || isProblem(error, "overloaded")) throw error;
              skipped.push({
                table: name,
                why: asProblem(asRead(error)).message,
              });
              return [];
            }
          },
        );
        const found = rows.flat();
        const [letter] = await selectLetters(ports, [{ column: "hit_id", is: "=", value: hitId }], {
          limit: 1,
        });

        return json({
          hit_id: hitId,
          state:
            found.length > 0
              ? "in_table"
              : queue === "waiting"
                ? "waiting"
                : letter !== undefined
                  ? "dead_letter"
                  : "not_found",
          rows: found,
          ...(letter !== undefined && { dead_letter: letter }),
          queue,
          searched: {
            tables: searched.sort(),
            dead_letters: true,
            queue: queue !== "unknown",
            ...(since !== undefined && { since }),
            ...(skipped.length > 0 && { skipped }),
          },
          ...(oldest_received_at !== undefined && {
            oldest_waiting_received_at: oldest_received_at,
          }),
        });
      },
    }),
  ];
}

/** Values as the API shows them: bytes as base64, JSON columns as their text; never the key to write to a stream. */
export function asJson(row: Readonly<Record<string, Value>>): Record<string, unknown> {
  const shown = Object.entries(row).filter(([name]) => name !== oldIdColumn);
  return Object.fromEntries(shown.map(([name, value]) => [name, valueAsJson(value)]));
}

export function valueAsJson(value: Value | undefined): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : (value ?? null);
}
