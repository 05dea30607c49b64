import type { ImportView } from "../../../../functions/import/registered/imports.ts";
import { type Grant, grantWords } from "../../../../functions/import/shared/grant.ts";
import { type SharedView, showShared, withoutQuotes } from "../../../../functions/import/shared/view.ts";
import { Code, CopyLine } from "../../../parts/code.tsx";
import { Block } from "../../../parts/frame.tsx";
import { Check, Line } from "../../../parts/notes.tsx";
import { count } from "../../../parts/text.tsx";
import { mayEdit } from "../../../ports.ts";
import type { Visit } from "../../../visit.ts";
import { addressOf } from "../page.tsx";

/** Undefined where files are sent. */
export async function sharedTableOf(
  { ports, person }: Pick<Visit, "ports" | "person">,
  one: ImportView,
): Promise<SharedView | undefined> {
  if (one.table === undefined) return undefined;
  const view = await showShared(ports, one.name);
  return person.seesPayloads ? view : withoutQuotes(view);
}

/** A table that is read in the place of files, and what whoever owns it has to grant. */
export function TableWay({
  visit,
  one,
  view,
}: {
  visit: Visit;
  one: ImportView;
  view: SharedView | undefined;
}) {
  if (view === undefined)
    return (
      <Block id="table" title="Shared table">
        <Line>
          It reads no table.{" "}
          {mayEdit(visit.person) && <a href={addressOf(one.name, "/settings")}>Name one in its settings.</a>}
        </Line>
      </Block>
    );
  return (
    <Block id="table" title="Shared table">
      <CopyLine id="table-name" text={view.table} what="table" />
      <State view={view} />
      {view.warning !== undefined && <Check tone="warn">{view.warning}</Check>}
      {view.grant !== undefined && (
        <Grants grant={view.grant} isOpen={view.code !== undefined || view.looked_at === undefined} />
      )}
      {mayEdit(visit.person) && (
        <form method="post" action={addressOf(one.name, "/connection/look")}>
          <button type="submit" class="btn">
            Look now
          </button>
        </form>
      )}
    </Block>
  );
}

function State({ view }: { view: SharedView }) {
  if (view.code !== undefined)
    return <Check tone="bad">{view.detail ?? `It cannot be read: ${view.code}.`}</Check>;
  if (view.looked_at === undefined) return <Line>It was not looked at yet.</Line>;
  return (
    <>
      {view.days.length === 0 && <Line>It has no rows of the last seven days.</Line>}
      <ul class="todo-list">
        {view.days.map(({ date, rows, state }) => (
          <li key={date}>
            {date}: {count(rows)} {rows === 1 ? "row" : "rows"}
            {state === "settling" && ", read once they stay the same"}
          </li>
        ))}
      </ul>
      {view.undated > 0 && <Check tone="warn">{count(view.undated)} rows have no date.</Check>}
    </>
  );
}

function Grants({ grant, isOpen }: { grant: Grant; isOpen: boolean }) {
  return (
    <details open={isOpen}>
      <summary>What whoever owns the table grants</summary>
      <p>
        The role {grant.role} to this account. {grantWords}
      </p>
      <CopyLine id="table-account" text={grant.account} what="service account" />
      <p>
        Google Cloud console: <a href={grant.address}>{grant.steps}</a>, the account, the role {grant.role}.
      </p>
      <Code id="table-sql" title="SQL" wraps>
        {grant.sql}
      </Code>
      <Code id="table-bq" title="bq" wraps>
        {grant.command}
      </Code>
    </details>
  );
}
