import {
  daysSince,
  newestFiles,
  linkedSince,
  type LinkedCounts,
} from "../../../functions/import/load/overview.ts";
import { nextDeadline } from "../../../functions/import/days/deadline.ts";
import type { ImportDay } from "../../../functions/import/days/judge.ts";
import { type FileView, withoutContent } from "../../../functions/import/load/views.ts";
import { type ImportView, listImports } from "../../../functions/import/registered/imports.ts";
import type { Reply } from "../../../functions/request.ts";
import { page } from "../../document.tsx";
import { App, Head } from "../../parts/frame.tsx";
import { DayLegend, DayStrip, duration, isOdd } from "../../parts/imports/days.tsx";
import { Callout } from "../../parts/notes.tsx";
import { FileBadge, fileSentence, wayOf } from "../../parts/imports/files.tsx";
import { BackAndOn } from "../../parts/pages.tsx";
import { Column, Table } from "../../parts/table.tsx";
import { Breakable, count, counted, Time } from "../../parts/text.tsx";
import { mayEdit } from "../../ports.ts";
import { zoneName } from "../../streams.ts";
import type { Visit } from "../../visit.ts";
import { NoImports } from "./empty.tsx";
import { addressOf } from "./page.tsx";

const perPage = 50;
const dayMs = 86_400_000;
/** How long an event waits for its web event. */
const linkedDays = 35;

interface Shown {
  readonly one: ImportView;
  readonly newest: FileView | undefined;
  readonly linked: LinkedCounts | undefined;
  readonly days: readonly Pick<ImportDay, "date" | "state">[];
}

/** All imports: did the files come, and what became of them? */
export async function importsPage(visit: Visit): Promise<Reply> {
  const { ports, person, waits, query, now } = visit;
  const after = query.get("after") ?? undefined;
  const { imports, next } = await listImports(ports, { after, limit: perPage });
  const add = mayEdit(person) && (
    <a class="btn primary" href="/imports/new">
      Add import
    </a>
  );
  if (imports.length === 0 && after === undefined)
    return page(
      "Imports",
      <App person={person} waits={waits} section="imports">
        <Head title="Imports" />
        <NoImports add={add} />
      </App>,
    );
  const names = imports.map(({ name }) => name);
  const since = new Date(now - linkedDays * dayMs).toISOString().slice(0, 10);
  const twoWeeks = new Date(now - 13 * dayMs).toISOString().slice(0, 10);
  const [newest, linked, days] = await Promise.all([
    newestFiles(ports, names),
    linkedSince(ports, names, since),
    daysSince(ports, names, twoWeeks),
  ]);
  const shown = imports.map((one): Shown => {
    const file = newest.get(one.name);
    const seen = file === undefined || person.seesPayloads ? file : withoutContent(file);
    return { one, newest: seen, linked: linked.get(one.name), days: days.get(one.name) ?? [] };
  });
  const missing = shown.find((row) => missingDay(row) !== undefined);
  return page(
    "Imports",
    <App person={person} waits={waits} section="imports">
      <Head title="Imports" sentence={sentenceOf(shown)} actions={add} />
      <div class="stack">
        {missing !== undefined && <MissingDay row={missing} mayUpload={mayEdit(person)} />}
        <List shown={shown} now={now} />
        {days.size > 0 && <DayLegend />}
        <div class="under">
          <p>
            As of <Time at={now} zone="UTC" now={now} /> UTC. Linked are events of the last {linkedDays} days;
            those that wait are not counted. <code>npx afterclick imports list</code> prints the imports.
          </p>
          <BackAndOn
            words={["First page", "Next"]}
            {...(after !== undefined && { back: "/imports" })}
            {...(next !== undefined && { on: `/imports?${new URLSearchParams({ after: next })}` })}
          />
        </div>
      </div>
    </App>,
  );
}

/** One who looks at a file that was not imported, or for a day that did not come. */
const needsSomebody = ({ newest, days }: Shown): boolean =>
  newest?.state === "failed" || newest?.state === "waiting" || days.some(isOdd);

function sentenceOf(shown: readonly Shown[]): string {
  const odd = shown.filter(needsSomebody).length;
  if (odd > 0)
    return `${count(odd)} of ${counted(shown.length, "import")} ${odd === 1 ? "needs" : "need"} somebody: a file was not imported, or a day did not come.`;
  return shown.length === 1
    ? "The import needs nobody."
    : `None of ${count(shown.length)} imports needs somebody.`;
}

/** The newest one. */
const missingDay = ({ days }: Shown) => days.findLast(({ state }) => state === "missing");

/** The first import of which a day did not come. */
function MissingDay({ row, mayUpload }: { row: Shown; mayUpload: boolean }) {
  const { name, due, zone } = row.one;
  return (
    <Callout tone="bad">
      <h2>
        Data of {missingDay(row)!.date} for {name} has not arrived.
      </h2>
      <p>
        It was due at {due} of the next day, {zoneName(zone)}. A late file is imported on arrival, and its
        days are linked at once.
      </p>
      <div class="row">
        {mayUpload && (
          <a class="btn small" href={addressOf(name, "#upload")}>
            Upload the file
          </a>
        )}
        <a class="btn small" href={addressOf(name, "/days")}>
          Show its days
        </a>
      </div>
    </Callout>
  );
}

function List({ shown, now }: { shown: readonly Shown[]; now: number }) {
  return (
    <Table
      id="imports"
      kind="cards"
      caption="Imports, by name"
      head={
        <>
          <Column>Import</Column>
          <Column>Newest file</Column>
          <Column class="w3">Arrived</Column>
          <Column>Next deadline</Column>
          <Column class="w2">14 days</Column>
          <Column class="n">Linked</Column>
        </>
      }
    >
      {shown.map((row) => (
        <Row key={row.one.name} {...row} now={now} />
      ))}
    </Table>
  );
}

function Row({ one, newest, linked, days, now }: Shown & { now: number }) {
  const isBad = newest?.state === "failed" || days.some(isOdd);
  return (
    <tr class={isBad ? "bad" : undefined}>
      <th scope="row">
        <a class="thing" href={addressOf(one.name)}>
          <Breakable text={one.name} />
        </a>{" "}
        <small>{newest === undefined ? "no file yet" : wayOf(newest)}</small>
      </th>
      <td>
        {newest === undefined ? (
          <span class="none">No file yet</span>
        ) : (
          <>
            <FileBadge state={newest.state} />{" "}
            <small>
              <a href={addressOf(one.name, `/files/${newest.file_id}`)}>{newest.name || "without a name"}</a>:{" "}
              {fileSentence(newest)}
            </small>
          </>
        )}
      </td>
      <td class="t w3">
        {newest === undefined ? (
          <span class="none">never</span>
        ) : (
          <Time at={newest.arrived_at} zone={one.zone} now={now} />
        )}
      </td>
      <td data-label="Next deadline">
        <Deadline one={one} now={now} />
      </td>
      <td class="w2">
        <a href={addressOf(one.name, "/days")}>{days.length === 0 ? "Days" : <DayStrip days={days} />}</a>
      </td>
      <td class="n" data-label="Linked">
        <a href={addressOf(one.name, "/links")}>{shareOf(linked)}</a>
      </td>
    </tr>
  );
}

function Deadline({ one, now }: { one: ImportView; now: number }) {
  const next = nextDeadline(one, now);
  if (next === undefined) return <span class="none">none</span>;
  return (
    <>
      in {duration(next.due_at - now)}{" "}
      <small>
        data of {next.date}, {one.due} {zoneName(one.zone)}
      </small>
    </>
  );
}

/** Of the events that are decided. */
function shareOf(counts: LinkedCounts | undefined): string {
  if (counts === undefined) return "not linked";
  const decided = counts.events - counts.waiting;
  if (decided === 0) return counts.waiting === 0 ? "no events" : "all wait";
  return `${((100 * counts.linked) / decided).toFixed(1)}\u00a0%`;
}
