import {
  findFile,
  importAnyway,
  readAgain,
  removable,
  removeFile,
} from "../../../functions/import/load/arrivals.ts";
import { type FileView, lookAtFile, withoutContent } from "../../../functions/import/load/views.ts";
import { listRejected, rejectedCsv } from "../../../functions/import/load/rejected.ts";
import type { ImportView } from "../../../functions/import/registered/imports.ts";
import { reaches } from "../../../functions/people/person.ts";
import type { Reply } from "../../../functions/request.ts";
import { seeOther } from "../../document.tsx";
import { Island } from "../../islands/islands.tsx";
import { Facts } from "../../parts/code.tsx";
import { FileBadge, fileSentence, size, wayOf } from "../../parts/imports/files.tsx";
import { delimiterName, formatWords, Rejects } from "../../parts/imports/sample.tsx";
import { Callout, Check, Line } from "../../parts/notes.tsx";
import { BackAndOn } from "../../parts/pages.tsx";
import { Spine, Step } from "../../parts/spine.tsx";
import { count, counted, Time } from "../../parts/text.tsx";
import { mayEdit } from "../../ports.ts";
import type { Visit } from "../../visit.ts";
import { addressOf, importPage, shownImport } from "./page.tsx";
import { uploadsOf } from "./sample.tsx";

const rejectsPerPage = 50;
const daysShown = 31;

/** One file: what became of it, its bad rows, and what a person may do about it. */
export async function filePage(visit: Visit): Promise<Reply> {
  const one = await shownImport(visit);
  const { ports, person, path, now } = visit;
  const known = await lookAtFile(ports, one.name, path["file"]!);
  const file = person.seesPayloads ? known : withoutContent(known);
  const at = addressOf(one.name, `/files/${file.file_id}`);
  const hasRejects = file.rejected !== undefined && file.rejected > 0;
  return importPage(visit, one, {
    tab: "Files",
    here: file.name || "without a name",
    title: (
      <>
        {file.name || "Without a name"} <FileBadge state={file.state} />
      </>
    ),
    sentence: headOf(file),
    actions: (
      <>
        {hasRejects && person.seesPayloads && (
          <a class="btn" href={`${at}/rejects`}>
            Download {counted(file.rejected!, "reject")}
          </a>
        )}
        {file.state === "checking" && <Island name="LookAgain" with={{ href: at }} />}
        {file.may_be_imported_anyway && ports.uploads !== undefined && reaches(person.role, "admin") && (
          <Anyway at={at} file={file} />
        )}
      </>
    ),
    children: (
      <>
        {visit.query.has("remove") && mayRemove(visit, file) && <Removing at={at} file={file} />}
        {file.state === "failed" && ports.uploads !== undefined && mayEdit(person) && (
          <Again at={at} settings={addressOf(one.name, "/settings#reading")} />
        )}
        <Trouble file={file} mayTake={reaches(person.role, "admin")} />
        <div class="split">
          <div class="stack">
            {hasRejects && !person.seesPayloads && (
              <Line tone="quiet">
                You may not see payloads, so the rejected rows are not shown to you; an admin can allow it.
              </Line>
            )}
            {hasRejects && person.seesPayloads && (
              <RejectedRows visit={visit} of={file} at={at} rows={await rejectsOf(visit, one)} />
            )}
            {!hasRejects && (
              <Line tone={file.state === "imported" ? "ok" : undefined}>{noRejects(file)}</Line>
            )}
            {file.codes !== undefined && hasRejects && !person.seesPayloads && <Codes codes={file.codes} />}
          </div>
          <div class="stack wide">
            <Timeline one={one} file={file} now={now} />
            <HowRead file={file} />
            {mayRemove(visit, file) && (
              <div class="row">
                <a class="btn danger" href={`${at}?remove`}>
                  Remove {rowsOf(file)}
                </a>
              </div>
            )}
          </div>
        </div>
      </>
    ),
  });
}

/** For admins: it is read again, and its bad rows are left out. */
export async function takeAnyway(visit: Visit): Promise<Reply> {
  const one = await shownImport(visit);
  const ports = { ...visit.ports, ...uploadsOf(visit) };
  const fileId = visit.path["file"]!;
  await importAnyway(ports, visit.person, { importName: one.name, fileId });
  return seeOther(addressOf(one.name, `/files/${fileId}`));
}

/** It is read under what is set on the import now. */
export async function takeAgain(visit: Visit): Promise<Reply> {
  const one = await shownImport(visit);
  const ports = { ...visit.ports, ...uploadsOf(visit) };
  const fileId = visit.path["file"]!;
  await readAgain(ports, visit.person, { importName: one.name, fileId });
  return seeOther(addressOf(one.name, `/files/${fileId}`));
}

/** Its rows go, and what it took the place of comes back. */
export async function takeAway(visit: Visit): Promise<Reply> {
  const one = await shownImport(visit);
  const ports = { ...visit.ports, ...uploadsOf(visit) };
  const fileId = visit.path["file"]!;
  await removeFile(ports, visit.person, { importName: one.name, fileId });
  return seeOther(addressOf(one.name, `/files/${fileId}`));
}

/** The bad rows as a file that can be put right and sent back. */
export async function downloadRejects(visit: Visit): Promise<Reply> {
  const one = await shownImport(visit);
  const fileId = visit.path["file"]!;
  const { name } = await findFile(visit.ports, one.name, fileId);
  const asked = name
    .replace(/(\.csv)?(\.gz|\.zip)?$/i, "")
    .replaceAll(/[^\w.-]/g, "_")
    .slice(0, 100);
  return {
    status: 200,
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${asked || "file"}.rejects.csv"`,
      "cache-control": "no-store",
    },
    body: await rejectedCsv(visit.ports, one.name, fileId),
  };
}

function headOf(file: FileView): string {
  const { rows, imported = 0, rejected = 0, version } = file;
  const told = version === undefined ? "" : ` Version ${version} of this file.`;
  if (file.state === "imported_with_rejects")
    return `${count(imported)} of ${counted(rows ?? 0, "row")} were imported, ${count(rejected)} were rejected.${told}`;
  return `${file.state === "failed" || file.state === "waiting" ? "Nothing of it is imported." : fileSentence(file)}${told}`;
}

function Trouble({ file, mayTake }: { file: FileView; mayTake: boolean }) {
  const isOdd = file.state === "failed" || file.state === "waiting";
  return (
    <>
      {isOdd && (
        <Callout tone={file.state === "failed" ? "bad" : "warn"}>
          <p>
            {file.reason ?? "Why is told to those who may see payloads: it may show what is in the file."}
          </p>
          {file.may_be_imported_anyway && !mayTake && (
            <p>An admin may have it imported anyway, within 7 days.</p>
          )}
          <p class="hint">
            <code>{file.code}</code>
            {file.line !== undefined && `, line ${count(file.line)}`}
          </p>
        </Callout>
      )}
      {file.hints?.map((hint) => (
        <Check key={hint} tone="warn">
          {hint}
        </Check>
      ))}
    </>
  );
}

const mayRemove = ({ ports, person }: Visit, { state }: FileView): boolean =>
  ports.uploads !== undefined && mayEdit(person) && removable.some((one) => one === state);

const rowsOf = ({ imported, state }: FileView): string =>
  state === "waiting" || imported === undefined ? "this file" : `its ${counted(imported, "row")}`;

function Removing({ at, file }: { at: string; file: FileView }) {
  return (
    <dialog open aria-labelledby="remove-h">
      <form method="post" action={`${at}/remove`}>
        <h2 id="remove-h">Remove {rowsOf(file)}?</h2>
        <p>
          Events that no other file holds are not there any more. What this file took the place of comes back.
        </p>
        <div class="actions row">
          <button class="btn danger" type="submit">
            Remove {rowsOf(file)}
          </button>
          <a class="btn plain" href={at}>
            Cancel
          </a>
        </div>
      </form>
    </dialog>
  );
}

/** Other settings may make something else of it. */
function Again({ at, settings }: { at: string; settings: string }) {
  return (
    <Line
      action={
        <form method="post" action={`${at}/again`}>
          <button type="submit" class="btn small">
            Check again
          </button>
        </form>
      }
    >
      <a href={settings}>Change how its files are read</a>, then have this one checked again: its bytes are
      kept for 7 days.
    </Line>
  );
}

function Anyway({ at, file }: { at: string; file: FileView }) {
  return (
    <form method="post" action={`${at}/anyway`}>
      <button type="submit" class="btn">
        Import anyway
        {file.state === "failed" &&
          file.rejected !== undefined &&
          `, without ${counted(file.rejected, "row")}`}
      </button>
    </form>
  );
}

/** A page of them. */
async function rejectsOf({ ports, query, path }: Visit, one: ImportView) {
  const told = await findFile(ports, one.name, path["file"]!);
  const typed = query.get("after") ?? "";
  const after = /^\d{1,9}$/.test(typed) ? Number(typed) : 0;
  return { after, ...(await listRejected(ports, told, { limit: rejectsPerPage, after })) };
}

function RejectedRows(props: {
  visit: Visit;
  of: FileView;
  at: string;
  rows: Awaited<ReturnType<typeof rejectsOf>>;
}) {
  const { of, at, rows } = props;
  const { after, next } = rows;
  return (
    <>
      {rows.rows.length === 0 ? (
        <Line action={<a href={at}>To the first</a>}>No rejected row is behind that.</Line>
      ) : (
        <Rejects rows={rows.rows} of={of.rejected!} />
      )}
      <BackAndOn
        words={["First page", "Next"]}
        {...(after > 0 && { back: at })}
        {...(next !== undefined && { on: `${at}?after=${next}` })}
      />
      <Check tone="info">
        The download has the columns and the delimiter of the file, then <code>_line</code>,{" "}
        <code>_column</code> and <code>_reason</code>. Put it right and send it back as it is: these three are
        ignored.
      </Check>
    </>
  );
}

function noRejects(file: FileView): string {
  if (file.state === "checking") return "Its rows are not read yet.";
  return file.rejected === undefined ? "Its rows were not read." : "No row was rejected.";
}

/** Codes alone show nothing of what is in a file. */
function Codes({ codes }: { codes: Readonly<Record<string, number>> }) {
  return (
    <section class="card" aria-labelledby="codes-h">
      <header>
        <h2 id="codes-h">Rows by code</h2>
      </header>
      <Facts facts={Object.entries(codes).map(([code, rows]) => [code, counted(rows, "row")])} />
    </section>
  );
}

function Timeline({ one, file, now }: { one: ImportView; file: FileView; now: number }) {
  const time = (at: number) => <Time at={at} zone={one.zone} now={now} />;
  const { finished_at: ended, state } = file;
  const isIn = state === "imported" || state === "imported_with_rejects" || state === "superseded";
  return (
    <section class="card" aria-labelledby="way-h">
      <header>
        <h2 id="way-h">Timeline</h2>
      </header>
      <div>
        <Spine>
          <Step
            tone="ok"
            at={time(file.arrived_at)}
            more={
              <>
                {wayOf(file)}, {size(file.bytes)}, sha256 <code>{file.sha256.slice(0, 12)}</code>
              </>
            }
          >
            Arrived
          </Step>
          <Step
            tone={ended === undefined ? "info" : file.rows === undefined ? "bad" : "ok"}
            {...(ended !== undefined && { at: time(ended) })}
            {...(file.rows !== undefined && { more: counted(file.rows, "row") })}
          >
            {ended === undefined ? "Waits for its turn" : "Checked"}
          </Step>
          <Step
            tone={
              isIn
                ? state === "imported_with_rejects"
                  ? "warn"
                  : "ok"
                : ended === undefined
                  ? "quiet"
                  : "bad"
            }
            {...(isIn && ended !== undefined && { at: time(ended) })}
            {...(isIn && {
              more: `${counted(file.new_events ?? 0, "event")} came, ${count(file.removed_events ?? 0)} went`,
            })}
          >
            {isIn ? "Imported" : ended === undefined ? "Imported" : "Not imported"}
          </Step>
        </Spine>
      </div>
    </section>
  );
}

function HowRead({ file }: { file: FileView }) {
  const { kind, container, encoding, delimiter, number_format: format, dates = {} } = file;
  if (kind === undefined) return null;
  const days = Object.entries(dates).sort(([a], [b]) => (a < b ? 1 : -1));
  return (
    <section class="card" aria-labelledby="read-h">
      <header>
        <h2 id="read-h">How it was read</h2>
      </header>
      <Facts
        facts={[
          [
            "File",
            `${kind === "csv" ? "CSV" : "Parquet"}${container === undefined ? "" : ` in ${container}`}`,
          ],
          ...(encoding === undefined ? [] : [["Encoding", encoding] as const]),
          ...(delimiter === undefined ? [] : [["Delimiter", delimiterName(delimiter)] as const]),
          ...(format === undefined ? [] : [["Numbers", formatWords[format] ?? format] as const]),
          [
            "Days",
            days.length === 0 ? (
              <span class="none">none</span>
            ) : (
              days
                .slice(0, daysShown)
                .map(([day, events]) => `${day} (${count(events)})`)
                .join(", ") + (days.length > daysShown ? `, and ${count(days.length - daysShown)} more` : "")
            ),
          ],
        ]}
      />
    </section>
  );
}
