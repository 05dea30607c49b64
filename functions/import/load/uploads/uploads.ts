import { createHash, randomBytes } from "node:crypto";
import type { Documents, Stored } from "../../../documents.ts";
import { isProblem } from "../../../problem.ts";
import { documentsDown, partElsewhere, requestRefused, tooLarge, uploadUnknown } from "../../../problems.ts";
import type { Who } from "../../../people/who.ts";
import { storable } from "../../fields/text.ts";
import { findImport } from "../../registered/imports.ts";
import { demandRoom, listAllUploads, oneByOne } from "./room.ts";
import { receiveFile, uploadBytesMax, type ArrivalPorts } from "../arrivals.ts";

/** Files that come in parts, each durable before it is answered: whoever is cut off, by a reload or by a
 *  restart of the server, goes on where the last part ended. Before the last one is here there is no file. */

/** Of one part. */
export const partBytesMax = 16 * 1024 * 1024;
/** Of one file: parts of 1 MiB are enough for the largest. */
const partsMax = 1024;
const keptMs = 7 * 86_400_000;

interface UploadDocument {
  readonly import_id: string;
  readonly file: string;
  readonly bytes: number;
  /** Who sends it: nobody else goes on with it. */
  readonly by: string;
  /** What each part that is here is kept under, in their order. */
  readonly parts: readonly string[];
  readonly received: number;
  /** Unix ms: when something of it came last. */
  readonly at: number;
}

export interface UploadView {
  readonly upload_id: string;
  readonly file: string;
  readonly bytes: number;
  /** How many of them are here. */
  readonly received: number;
  /** Once all of them are. */
  readonly file_id?: string;
}

export interface Announced {
  readonly file: string;
  readonly bytes: number;
  /** When it was changed last, as the sender's machine has it: another one is another file. */
  readonly modified?: number;
}

/** Begins one, or says how far the same one is. The same is what the same person sends to the same import
 *  under the same name, as long and as old.
 *  @throws import_unknown, too_large, uploads_full, documents_down, documents_conflict */
export async function beginUpload(
  ports: ArrivalPorts,
  who: Who,
  importName: string,
  announced: Announced,
): Promise<UploadView> {
  await findImport(ports, importName);
  const { bytes, modified } = announced;
  const file = storable(announced.file);
  if (bytes > uploadBytesMax) throw tooLarge({ what: "The file has", bytes, bytesMax: uploadBytesMax });
  const id = createHash("sha256")
    .update(JSON.stringify([importName, who.id, file, bytes, modified ?? null]))
    .digest("hex")
    .slice(0, 32);
  return oneByOne(ports.documents, async (taken) => {
    const others = await forgetOld(ports, await listAllUploads(ports));
    const stored = others.find((other) => other.id === id);
    if (stored !== undefined && (await isWhole(ports, documentIn(stored))))
      return viewOf(id, documentIn(stored));
    const document: UploadDocument = {
      import_id: importName,
      file,
      bytes,
      by: who.id,
      parts: [],
      received: 0,
      at: ports.now(),
    };
    demandRoom(others.filter((other) => other.id !== id).map(documentIn), document);
    await ports.documents.commit([
      { kind: "uploads", id, document: { ...document }, ifVersion: stored?.version ?? null },
      taken,
    ]);
    return viewOf(id, document);
  });
}

/** Takes the part that begins where the last one ended; with the last one the file has arrived.
 *  @throws upload_unknown, part_elsewhere, request_refused, files_down, documents_down, documents_conflict */
export async function sendPart(
  ports: ArrivalPorts,
  who: Who,
  importName: string,
  { uploadId, from, bytes }: { uploadId: string; from: number; bytes: AsyncIterable<Uint8Array> },
): Promise<UploadView> {
  const { documents, keptFiles, now } = ports;
  const stored = await documents.read("uploads", uploadId);
  const before = stored && documentIn(stored);
  if (stored === undefined || before?.import_id !== importName || before.by !== who.id) throw uploadUnknown();
  if (from !== before.received) throw partElsewhere({ from, received: before.received });
  if (before.parts.length >= partsMax)
    throw requestRefused({ what: `The file came in ${partsMax} parts; send parts of 1 MiB or more` });
  // Two that come at once do not write to the same place: one of them counts.
  const part = randomBytes(16).toString("hex");
  const kept = await keptFiles.keep(part, bytes);
  const received = from + kept.bytes;
  const document = { ...before, parts: [...before.parts, part], received, at: now() };
  try {
    if (kept.bytes === 0 || received > before.bytes)
      throw requestRefused({
        what: `The part has ${kept.bytes} bytes; of the file ${before.bytes - from} are still to come`,
      });
    return await counted(ports, who, { ...stored, document });
  } catch (error) {
    // What may have been done all the same stays.
    if (!isProblem(error, documentsDown)) await keptFiles.remove(part).catch(() => undefined);
    throw error;
  }
}

/** Makes what is kept count. */
async function counted(
  ports: ArrivalPorts,
  who: Who,
  { id, version, document }: { id: string; version: string; document: UploadDocument },
): Promise<UploadView> {
  const { documents, keptFiles } = ports;
  const write = { kind: "uploads", id, ifVersion: version } as const;
  if (document.received < document.bytes) {
    await documents.commit([{ ...write, document: { ...document } }]);
    return viewOf(id, document);
  }
  // Until that is done the last part is not here: whoever is cut off sends it again.
  const arrival = await receiveFile(ports, who, {
    importName: document.import_id,
    name: document.file,
    bytes: joined(ports, document),
    writes: [{ ...write, document: null }],
  });
  // What fails to go now goes with the old ones.
  for (const part of document.parts) await keptFiles.remove(part).catch(() => undefined);
  return { ...viewOf(id, document), file_id: arrival.file_id };
}

/** Those of an import that somebody began and did not end. */
export async function listUploads(
  ports: { documents: Documents },
  importName: string,
  who: Who,
): Promise<UploadView[]> {
  return (await listAllUploads(ports))
    .filter((one) => documentIn(one).import_id === importName && documentIn(one).by === who.id)
    .map((one) => viewOf(one.id, documentIn(one)));
}

/** Nobody goes on with it: its parts are removed. One that is not there is as good as given up.
 *  @throws files_down, documents_down */
export async function giveUpUpload(
  { documents, keptFiles }: ArrivalPorts,
  who: Who,
  importName: string,
  uploadId: string,
): Promise<void> {
  const stored = await documents.read("uploads", uploadId);
  const document = stored && documentIn(stored);
  if (document?.import_id !== importName || document.by !== who.id) return;
  await documents.commit([{ kind: "uploads", id: uploadId, document: null }]);
  for (const part of document.parts) await keptFiles.remove(part);
}

const documentIn = ({ document }: Stored): UploadDocument => document as UploadDocument;

const viewOf = (upload_id: string, { file, bytes, received }: UploadDocument): UploadView => ({
  upload_id,
  file,
  bytes,
  received,
});

/** Parts go with the other old files, or are not in a backup. */
async function isWhole({ keptFiles }: ArrivalPorts, document: UploadDocument): Promise<boolean> {
  for (const part of document.parts) if ((await keptFiles.open(part)) === undefined) return false;
  return true;
}

async function* joined({ keptFiles }: ArrivalPorts, document: UploadDocument): AsyncGenerator<Uint8Array> {
  for (const id of document.parts) {
    const part = await keptFiles.open(id);
    // The next one who begins is told that nothing is here.
    if (part === undefined) throw partElsewhere({ from: document.received, received: 0 });
    yield* part.read();
  }
}

/** What nobody went on with: its parts are gone by then.
 *  @returns the others */
async function forgetOld({ documents, keptFiles, now }: ArrivalPorts, all: Stored[]): Promise<Stored[]> {
  const isOld = (one: Stored) => documentIn(one).at <= now() - keptMs;
  for (const one of all.filter(isOld)) {
    for (const part of documentIn(one).parts) await keptFiles.remove(part);
    await documents.commit([{ kind: "uploads", id: one.id, document: null }]);
  }
  return all.filter((one) => !isOld(one));
}
