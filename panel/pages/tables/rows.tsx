import type { ComponentChildren } from "preact";
import { isUuid } from "../../../functions/hit.ts";
import type { Reply } from "../../../functions/request.ts";
import { isDay } from "../../../functions/streams/calendar.ts";
import { findTable, readRows, type RowsFound } from "../../../functions/streams/tables/rows.ts";
import { tableName } from "../../../functions/table.ts";
import type { TableDescription, Value } from "../../../functions/warehouse.ts";
import { page } from "../../document.tsx";
import { Cells } from "../../parts/cells.tsx";
import { App, Crumbs, Head } from "../../parts/frame.tsx";
import { Check, Line } from "../../parts/notes.tsx";
import { BackAndOn } from "../../parts/pages.tsx";
import { count, counted, Time } from "../../parts/text.tsx";
import type { Visit } from "../../visit.ts";
import { Downloads } from "./download.tsx";

const perPage = 50;
const usualDays = 7;
const dayMs = 86_400_000;
const offsetMax = 1_000_000;
/** The four that are the product's promise, as the command line prints them. */
const promised = ["hit_id", "payload", "received_at", "date"];

/** The newest rows of a table or a view. Only the days that are named are read; where a view looks at all of
 *  them whatever is named, it is read when somebody asks for that. */
export async function rowsPage(visit: Visit): Promise<Reply> {
  const { ports, path, now } = visit;
  const { table, description } = await findTable(ports, path["table"]!);
  const name = tableName(table);
  const asked = askedIn(visit);
  if (!description.columns.some((column) => column.name === "received_at"))
    return draw(visit, name, asked, <NoTime name={name} />);
  if (readsAllDays(name, description) && !asked.whole)
    return draw(visit, name, asked, <AskFirst asked={asked} />);
  const { as_of: asOf, ...bounds } = asked;
  const hasDays = description.columns.some((column) => column.name === "date");
  const found = await readRows(ports, name, {
    order: "newest",
    limit: perPage + 1,
    offset: bounds.offset,
    ...(asOf !== undefined && { received_until: asOf }),
    ...(hasDays && { since: bounds.since, ...(bounds.until !== "" && { until: bounds.until }) }),
  });
  const rows = found.rows.slice(0, perPage);
  const hasMore = found.rows.length > perPage || found.truncated;
  const to = (offset: number) => addressOf(name, { ...asked, offset, as_of: asOf ?? now });
  return draw(
    visit,
    name,
    asked,
    <>
      {rows.length === 0 ? (
        <Nothing name={name} asked={asked} />
      ) : (
        <Rows found={{ ...found, rows }} asked={asked} />
      )}
      {found.truncated && (
        <Check tone="info">
          These rows are large: more of them do not fit one page. The next page goes on.
        </Check>
      )}
      <div class="under">
        <p>
          Newest first
          {hasDays ? `, from ${bounds.since} to ${bounds.until === "" ? "today" : bounds.until}` : ""}, as of{" "}
          <Time at={asOf ?? now} zone="UTC" now={now} /> UTC. <code>npx afterclick rows {name}</code> prints
          the same.
        </p>
        <BackAndOn
          {...(bounds.offset > 0 && { back: to(Math.max(0, bounds.offset - perPage)) })}
          {...(hasMore && rows.length > 0 && { on: to(bounds.offset + rows.length) })}
        />
      </div>
      <Downloads
        action={`/tables/${name}/download`}
        isOffered={ports.snapshots !== undefined}
        hidden={hasDays ? { since: bounds.since, until: bounds.until } : {}}
        what="these days"
      />
    </>,
  );
}

interface Asked {
  readonly since: string;
  readonly until: string;
  readonly offset: number;
  readonly as_of: number | undefined;
  readonly all: boolean;
  readonly whole: boolean;
}

function askedIn({ query, now }: Visit): Asked {
  const day = (name: string) => (isDay(query.get(name) ?? "") ? query.get(name)! : undefined);
  const whole = (name: string, max: number) =>
    /^\d{1,13}$/.test(query.get(name) ?? "") ? Math.min(max, Number(query.get(name))) : undefined;
  return {
    since: day("since") ?? new Date(now - (usualDays - 1) * dayMs).toISOString().slice(0, 10),
    until: day("until") ?? "",
    offset: whole("offset", offsetMax) ?? 0,
    as_of: whole("as_of", Number.MAX_SAFE_INTEGER),
    all: query.has("all"),
    whole: query.has("whole"),
  };
}

function addressOf(name: string, { since, until, offset, as_of: asOf, all, whole }: Asked): string {
  const fields = {
    since,
    ...(until !== "" && { until }),
    ...(all && { all: "1" }),
    ...(whole && { whole: "1" }),
    ...(offset > 0 && { offset: String(offset) }),
    ...(offset > 0 && asOf !== undefined && { as_of: String(asOf) }),
  };
  return `/tables/${name}?${new URLSearchParams(fields)}`;
}

/** Of the views only two hand a bound on the day on to their table. */
function readsAllDays(name: string, { kind, columns }: TableDescription): boolean {
  if (kind === "view") return !/_(unique|items)$/.test(name);
  return !columns.some((column) => column.name === "date");
}

function draw(visit: Visit, name: string, asked: Asked, children: ComponentChildren): Reply {
  const here = { ...asked, offset: 0 };
  return page(
    `${name}: rows`,
    <App person={visit.person} waits={visit.waits} section="tables">
      <Crumbs way={[{ href: "/tables", title: "Tables" }]} here={name} />
      <Head
        title={<span class="mono">{name}</span>}
        sentence="Its newest rows, as they are stored."
        actions={
          <a
            class="btn"
            href={`/query?${new URLSearchParams({ sql: `SELECT * FROM ${name} WHERE date >= '${asked.since}' LIMIT 100` })}`}
          >
            Write a SELECT
          </a>
        }
      />
      <div class="stack">
        <form class="filter" role="search" aria-label="Days" action={`/tables/${name}`}>
          <div class="field">
            <label for="since">From day</label>
            <input id="since" name="since" type="date" value={asked.since} required />
          </div>
          <div class="field">
            <label for="until">To day</label>
            <input id="until" name="until" type="date" value={asked.until} />
          </div>
          {asked.all && <input type="hidden" name="all" value="1" />}
          {asked.whole && <input type="hidden" name="whole" value="1" />}
          <button type="submit" class="btn">
            Show
          </button>
          <nav class="seg" aria-label="Columns">
            <a href={addressOf(name, { ...here, all: false })} aria-current={asked.all ? undefined : "page"}>
              The promised four
            </a>
            <a href={addressOf(name, { ...here, all: true })} aria-current={asked.all ? "page" : undefined}>
              All columns
            </a>
          </nav>
        </form>
        {children}
      </div>
    </App>,
  );
}

function Rows({ found, asked }: { found: RowsFound; asked: Asked }) {
  const { columns, rows, table } = found;
  const wanted = asked.all || !promised.every((name) => columns.includes(name)) ? columns : promised;
  // What the number says to a person stands behind it, as the command line has it.
  const names = wanted.flatMap((name) => (name === "received_at" ? [name, "received"] : [name]));
  const cellOf = (row: readonly Value[], name: string) => {
    if (name === "received") return { value: instant(row[columns.indexOf("received_at")]) };
    const value = row[columns.indexOf(name)];
    const isHit = name === "hit_id" && typeof value === "string" && isUuid(value);
    return { value, ...(isHit && { href: `/find?q=${value}` }) };
  };
  return (
    <Cells
      id="rows"
      caption={
        <>
          Rows{" "}
          <small>
            {counted(rows.length, "row")} of {table}
            {asked.offset > 0 && `, after the newest ${count(asked.offset)}`}
          </small>
        </>
      }
      columns={names}
      rows={rows.map((row) => names.map((name) => cellOf(row, name)))}
    />
  );
}

function instant(value: Value | undefined): string | null {
  return typeof value === "number" && Math.abs(value) < 8.64e15 ? new Date(value).toISOString() : null;
}

function Nothing({ name, asked }: { name: string; asked: Asked }) {
  return asked.offset > 0 ? (
    <Line
      action={
        <a class="btn small" href={addressOf(name, { ...asked, offset: 0 })}>
          To the newest
        </a>
      }
    >
      No row lies that far back on these days.
    </Line>
  ) : (
    <Line
      action={
        <a class="btn small" href={`/tables/${name}`}>
          Clear filters
        </a>
      }
    >
      No row of these days. Name earlier ones, or send a hit.
    </Line>
  );
}

function NoTime({ name }: { name: string }) {
  return (
    <Line
      action={
        <a
          class="btn small"
          href={`/query?${new URLSearchParams({ sql: `SELECT * FROM ${name} LIMIT 100` })}`}
        >
          Write a SELECT
        </a>
      }
    >
      It has no column received_at that its rows could be ordered by.
    </Line>
  );
}

function AskFirst({ asked }: { asked: Asked }) {
  return (
    <form class="stack" action="">
      <Check tone="info">
        This view looks at the rows of all days, whatever days are shown: each look reads its table whole.
      </Check>
      <input type="hidden" name="since" value={asked.since} />
      <input type="hidden" name="until" value={asked.until} />
      <input type="hidden" name="whole" value="1" />
      <div class="row">
        <button type="submit" class="btn primary">
          Read it
        </button>
      </div>
    </form>
  );
}
