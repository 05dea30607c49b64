import { ownTables } from "../../../functions/activity/own-tables.ts";
import type { Reply } from "../../../functions/request.ts";
import { type ListedTable, listTables } from "../../../functions/streams/tables/listing.ts";
import { page } from "../../document.tsx";
import { App, Head } from "../../parts/frame.tsx";
import { Check, Line } from "../../parts/notes.tsx";
import { Pages } from "../../parts/pages.tsx";
import { Column, Table } from "../../parts/table.tsx";
import { Breakable, Count, counted, Time } from "../../parts/text.tsx";
import type { Visit } from "../../visit.ts";

const perPage = 50;

/** What there is to read. No row is read for it, so everybody may see it. */
export async function tablesPage({ ports, person, waits, query, now }: Visit): Promise<Reply> {
  const { tables, skipped } = await listTables(ports, ownTables(ports));
  const q = query.get("q") ?? "";
  const matching = tables.filter(({ name, streams }) =>
    [name, ...streams].join("\n").toLowerCase().includes(q.trim().toLowerCase()),
  );
  const last = Math.max(1, Math.ceil(matching.length / perPage));
  const number = Math.min(last, Math.max(1, Math.trunc(Number(query.get("page"))) || 1));
  const shown = matching.slice((number - 1) * perPage, number * perPage);
  return page(
    "Tables",
    <App person={person} waits={waits} section="tables">
      <Head
        title="Tables"
        sentence="The tables that streams write to, and the views that are kept over them."
        actions={
          person.seesPayloads && (
            <a class="btn" href="/query">
              Write a SELECT
            </a>
          )
        }
      />
      <div class="stack">
        {!person.seesPayloads && (
          <Line tone="quiet">
            You may not see payloads, so their rows are not shown to you; an admin can allow it.
          </Line>
        )}
        <form class="filter" role="search" aria-label="Filter tables" action="/tables">
          <div class="field grow">
            <label for="q">Table or stream</label>
            <input id="q" name="q" type="search" autocomplete="off" value={q} />
          </div>
          <button type="submit" class="btn">
            Filter
          </button>
        </form>
        {shown.length > 0 ? (
          <List tables={shown} isOpen={person.seesPayloads} />
        ) : (
          <Nothing q={q} isKnown={tables.length > 0 || skipped.length === 0} />
        )}
        {skipped.map(({ table, why }) => (
          <Check key={table} tone="warn">
            <code>{table}</code> could not be looked at: {why}
          </Check>
        ))}
        <div class="under">
          <p>
            {counted(matching.length, "table or view", "tables and views")}, as of{" "}
            <Time at={now} zone="UTC" now={now} /> UTC.
          </p>
          <Pages
            number={number}
            last={last}
            href={(to) => `/tables?${new URLSearchParams({ q, page: String(to) })}`}
          />
        </div>
      </div>
    </App>,
  );
}

/** @param props.isKnown whether there are none is known: nobody could look otherwise */
function Nothing({ q, isKnown }: { q: string; isKnown: boolean }) {
  const way = (href: string, title: string) => (
    <a class="btn small" href={href}>
      {title}
    </a>
  );
  if (!isKnown)
    return (
      <Line tone="warn" action={way("/tables", "Try again")}>
        Which tables there are could not be told.
      </Line>
    );
  if (q === "")
    return (
      <Line action={way("/streams", "Data streams")}>
        No table yet. The first hit of a stream makes its table.
      </Line>
    );
  return <Line action={way("/tables", "Clear filters")}>No table matches.</Line>;
}

function List({ tables, isOpen }: { tables: readonly ListedTable[]; isOpen: boolean }) {
  return (
    <Table
      id="tables"
      kind="cards"
      caption="Tables and their views"
      head={
        <>
          <Column>Table</Column>
          <Column>What it holds</Column>
          <Column class="w2">Written by</Column>
          <Column class="n">Columns</Column>
        </>
      }
    >
      {tables.map(({ name, kind, what, streams, columns }) => (
        <tr key={name} class={kind === "missing" ? "off" : undefined}>
          <th scope="row">
            {isOpen && kind !== "missing" ? (
              <a class="thing" href={`/tables/${name}`}>
                <Breakable text={name} />
              </a>
            ) : (
              <span class="thing">
                <Breakable text={name} />
              </span>
            )}{" "}
            <small>{kinds[kind]}</small>
          </th>
          <td>{what}</td>
          <td class="w2">{streams.length === 0 ? <span class="none">none</span> : streams.join(", ")}</td>
          <td class="n" data-label="Columns">
            <Count of={columns.length} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

const kinds: Record<ListedTable["kind"], string> = {
  table: "table",
  view: "view",
  other: "takes no rows",
  missing: "made by its first hit",
};
