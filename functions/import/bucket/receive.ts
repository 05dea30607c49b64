import { createHash } from "node:crypto";
import type { Documents } from "../../documents.ts";
import type { Bucket, BucketObject, KeptFiles } from "../../files.ts";
import type { Log } from "../../log.ts";
import { isProblem } from "../../problem.ts";
import { importUnknown } from "../../problems.ts";
import { storable } from "../fields/text.ts";
import { inTurn, uploadBytesMax, type ArrivalDocument } from "../load/arrivals.ts";
import { isImportedName } from "../names.ts";
import { importNamePattern } from "../registered/fields.ts";
import { findImport } from "../registered/imports.ts";

/** Files that senders put into the bucket, at IMPORT/in/NAME. Whoever tells of one may tell twice, late and
 *  in any order: of each name the newest generation is remembered, and what is not newer is known already. */

export interface BucketPorts {
  readonly documents: Documents;
  readonly bucket: Bucket;
  readonly keptFiles: KeptFiles;
  readonly log: Log;
  /** What the bucket is, on this ground; a bucket where left out. */
  readonly source?: "bucket" | "folder";
}

/** What somebody told of an object. */
export type Told = Pick<BucketObject, "name" | "generation">;

/** The newest generation of a name that was taken. */
interface Taken {
  readonly name: string;
  readonly generation: string;
}

/** Whose file it is, and what it is called; undefined where the name is none of a file that is whole. */
export function placeOf(name: string): { importName: string; file: string } | undefined {
  const [, importName, file] = place.exec(name) ?? [];
  if (importName === undefined || file === undefined || !isImportedName(file)) return undefined;
  return { importName, file };
}

const place = new RegExp(`^(${importNamePattern.slice(1, -1)})/in/(.+)$`, "s");

/** Where senders put the files of an import. */
export const inPrefix = (importName: string): string => `${importName}/in/`;

/** Takes the file: it is kept as it is, and its turn will come.
 *  @returns whether it was new
 *  @throws files_down, documents_down; documents_conflict where somebody else takes it just now */
export async function receiveObject(ports: BucketPorts, told: Told): Promise<boolean> {
  const { documents, bucket, keptFiles, log } = ports;
  const at = placeOf(told.name);
  if (at === undefined) return false;
  const takenId = hashOf(told.name);
  const before = await documents.read("taken", takenId);
  const newest = Object(before?.document) as Partial<Taken>;
  if (newest.generation !== undefined && isKnown(ports, newest.generation, told.generation)) return false;
  const ignored = (why: string) => {
    log("WARNING", `A file that was put there is not imported: ${why}.`, {
      event: "file_ignored",
      import: at.importName,
    });
    return false;
  };
  try {
    await findImport(ports, at.importName);
  } catch (error) {
    // Once the import is added, the next look at the bucket finds the file.
    if (isProblem(error, importUnknown)) return ignored("no import has this name");
    throw error;
  }
  const found = await bucket.find(told.name, told.generation);
  // The one that took its place is told of by itself.
  if (found === undefined) return ignored("it was replaced or removed before it was read");
  const kept = hashOf(`${told.name}\n${told.generation}`).slice(0, 16);
  const isTooLarge = found.bytes > uploadBytesMax;
  if (!isTooLarge && !(await bucket.keep(told, kept)))
    return ignored("it was replaced or removed before it was read");
  const arrival: ArrivalDocument = {
    import_id: at.importName,
    name: storable(at.file),
    source: ports.source ?? "bucket",
    sha256: isTooLarge ? "" : await hashOfKept(keptFiles, kept),
    bytes: found.bytes,
    arrived_at: found.at,
    attempt: 1,
    begun: 0,
  };
  const newer: Taken = { name: told.name, generation: told.generation };
  await inTurn(documents, { importName: at.importName, at: found.at }, (place, taken) =>
    documents.commit([
      {
        kind: "arrivals",
        id: `${String(place).padStart(14, "0")}-${kept}`,
        document: { ...arrival },
        ifVersion: null,
      },
      { kind: "taken", id: takenId, document: { ...newer }, ifVersion: before?.version ?? null },
      taken,
    ]),
  );
  return true;
}

/** Notices of a bucket come in any order. Of a folder it is seen what lies there now: clocks are set back,
 *  and an older file is renamed into the place of a newer one. */
function isKnown({ source }: BucketPorts, newest: string, generation: string): boolean {
  return source === "folder" ? newest === generation : BigInt(newest) >= BigInt(generation);
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Google's own hashes are of other kinds, and not of all objects. */
async function hashOfKept(keptFiles: KeptFiles, id: string): Promise<string> {
  const hash = createHash("sha256");
  const file = await keptFiles.open(id);
  for await (const chunk of file?.read() ?? []) hash.update(chunk);
  return hash.digest("hex");
}
