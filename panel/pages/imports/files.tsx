import { type OfferedBox, offerDropBoxes } from "../../../functions/import/drop-box/offered.ts";
import { receiveFile } from "../../../functions/import/load/arrivals.ts";
import { type FileView, listFiles, withoutContent } from "../../../functions/import/load/views.ts";
import {
  giveUpUpload,
  listUploads,
  type UploadView,
} from "../../../functions/import/load/uploads/uploads.ts";
import type { ImportView } from "../../../functions/import/registered/imports.ts";
import { reaches } from "../../../functions/people/person.ts";
import type { Reply } from "../../../functions/request.ts";
import { seeOther } from "../../document.tsx";
import { Island } from "../../islands/islands.tsx";
import { FileBadge, fileSentence, size } from "../../parts/imports/files.tsx";
import { Check, Line, Refusal } from "../../parts/notes.tsx";
import { BackAndOn } from "../../parts/pages.tsx";
import { Column, Table } from "../../parts/table.tsx";
import { Count, Time } from "../../parts/text.tsx";
import { mayEdit } from "../../ports.ts";
import { zoneName } from "../../streams.ts";
import { formWithFile } from "../../imports/upload-form.ts";
import { formOf, type Visit } from "../../visit.ts";
import { addressOf, importPage, shownImport } from "./page.tsx";
import { uploadsOf } from "./sample.tsx";
import { FreeBox } from "./ways/drop-box.tsx";

const perPage = 50;

/** The files of an import, the newest first, and where the next one is sent. */
export async function filesPage(visit: Visit): Promise<Reply> {
  const one = await shownImport(visit);
  const { ports, person, query, now } = visit;
  const after = query.get("after") ?? undefined;
  const { files, next } = await listFiles(ports, one.name, {
    limit: perPage,
    ...(after !== undefined && { after }),
  });
  const shown = person.seesPayloads ? files : files.map(withoutContent);
  const isNew = files.length === 0 && after === undefined;
  const href = addressOf(one.name);
  const free = isNew ? await freeBox(visit) : undefined;
  return importPage(visit, one, {
    tab: "Files",
    sentence: `The data of a day is due at ${one.due} of the next one, ${zoneName(one.zone)}.`,
    children: (
      <>
        {query.get("saved") === "new" && (
          <Line tone="ok" isStatus>
            <strong>Switched on.</strong> Files may be sent from now on.
          </Line>
        )}
        {query.get("file") === "none" && <Refusal>Nothing was sent: choose a file first.</Refusal>}
        {mayEdit(person) && ports.uploads !== undefined && (
          <UploadCard one={one} begun={await listUploads(ports, one.name, person)} />
        )}
        {free !== undefined && <FreeBox one={one} free={free} mayChange={reaches(person.role, "admin")} />}
        {isNew ? (
          <Line>
            No file yet. <Whereto one={one} isOffered={ports.uploads !== undefined} />
          </Line>
        ) : shown.length === 0 ? (
          <Line action={<a href={href}>To the newest</a>}>No file is older than that.</Line>
        ) : (
          <Files one={one} files={shown} now={now} />
        )}
        <BackAndOn
          {...(after !== undefined && { back: href })}
          {...(next !== undefined && { on: `${href}?${new URLSearchParams({ after: next })}` })}
        />
      </>
    ),
  });
}

/** A drop box whose files wait for an import. */
async function freeBox({ ports }: Visit): Promise<OfferedBox | undefined> {
  if (ports.dropBoxes === undefined) return undefined;
  const { boxes } = await offerDropBoxes(ports).list();
  return boxes.find((box) => box.import === undefined && box.waiting > 0);
}

/** The form without a script. @throws import_unknown, not_here, files_down */
export async function uploadFile(visit: Visit): Promise<Reply> {
  const one = await shownImport(visit);
  const ports = { ...visit.ports, ...uploadsOf(visit) };
  let fileId: string | undefined;
  await formWithFile(visit, async ({ name, bytes }) => {
    const arrived = await receiveFile(ports, visit.person, {
      importName: one.name,
      name: name.slice(0, nameMax),
      bytes,
    });
    fileId = arrived.file_id;
  });
  return seeOther(
    fileId === undefined ? addressOf(one.name, "?file=none") : addressOf(one.name, `/files/${fileId}`),
  );
}

/** What is here of a file that nobody goes on with is removed. */
export async function giveUp(visit: Visit): Promise<Reply> {
  const one = await shownImport(visit);
  const ports = { ...visit.ports, ...uploadsOf(visit) };
  await giveUpUpload(ports, visit.person, one.name, (await formOf(visit)).get("upload") ?? "");
  return seeOther(addressOf(one.name));
}

const nameMax = 255;

/** @param props.begun files of which a part is here */
function UploadCard({ one, begun }: { one: ImportView; begun: readonly UploadView[] }) {
  return (
    <section class="card" aria-labelledby="upload-h">
      <header>
        <h2 id="upload-h">Upload a file</h2>
        <span class="hint">CSV or Parquet, up to 512 MiB</span>
      </header>
      <form
        class="stack"
        id="upload"
        method="post"
        action={addressOf(one.name, "/files")}
        enctype="multipart/form-data"
      >
        <div class="field">
          <label for="file">File</label>
          <input type="file" id="file" name="file" required />
        </div>
        <div class="row">
          <button type="submit" class="btn primary">
            Upload
          </button>
        </div>
        <Island name="Upload" with={{ importName: one.name }} />
      </form>
      {begun.length > 0 && (
        <div class="stack" id="begun">
          <Check tone="info">Not whole yet: choose the same file again, and it goes on from there.</Check>
          {begun.map((upload) => (
            <Begun key={upload.upload_id} at={addressOf(one.name, "/uploads")} upload={upload} />
          ))}
        </div>
      )}
    </section>
  );
}

function Begun({ at, upload: { upload_id, file, received, bytes } }: { at: string; upload: UploadView }) {
  return (
    <form class="row" method="post" action={at}>
      <span>
        {file} <small>{`${size(received)} of ${size(bytes)}`}</small>
      </span>
      <button type="submit" class="btn small" name="upload" value={upload_id}>
        Give it up<span class="vh">, {file}</span>
      </button>
    </form>
  );
}

function Whereto({ one, isOffered }: { one: ImportView; isOffered: boolean }) {
  const command = <code>npx afterclick imports upload {one.name} FILE</code>;
  if (!isOffered)
    return <>From this page none can be sent here: put it into the bucket of imports, or {command}.</>;
  return <>You can try the whole path now: upload a file above, or {command}.</>;
}

function Files({ one, files, now }: { one: ImportView; files: readonly FileView[]; now: number }) {
  return (
    <Table
      id="files"
      kind="cards"
      caption="Files, the newest first"
      head={
        <>
          <Column>File</Column>
          <Column>State</Column>
          <Column>Arrived</Column>
          <Column class="n w2">Rows</Column>
          <Column class="n">Rejected</Column>
          <Column class="n w3">New events</Column>
        </>
      }
    >
      {files.map((file) => (
        <tr key={file.file_id} class={file.state === "failed" ? "bad" : undefined}>
          <th scope="row">
            <a class="thing" href={addressOf(one.name, `/files/${file.file_id}`)}>
              {file.name || "without a name"}
            </a>{" "}
            <small>
              {size(file.bytes)}
              {file.version !== undefined && file.version > 1 && `, version ${file.version}`}
            </small>
          </th>
          <td>
            <FileBadge state={file.state} /> <small>{fileSentence(file)}</small>
          </td>
          <td class="t" data-label="Arrived">
            <Time at={file.arrived_at} zone={one.zone} now={now} />
          </td>
          <td class="n w2">
            <Known of={file.rows} />
          </td>
          <td class="n" data-label="Rejected">
            <Known of={file.rejected} />
          </td>
          <td class="n w3">
            <Known of={file.new_events} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** What is not known of a file is no 0. */
function Known({ of }: { of: number | undefined }) {
  return of === undefined ? <span class="none">unknown</span> : <Count of={of} />;
}
