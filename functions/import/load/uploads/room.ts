import type { Documents, Stored, Write } from "../../../documents.ts";
import { isProblem } from "../../../problem.ts";
import { documentsConflict, uploadsFull } from "../../../problems.ts";

/** How much may be on its way at once: files that somebody began to send and did not end, each as large as it
 *  was announced, since so much of the disk it may take. */

const mebibyte = 1024 * 1024;
interface Room {
  readonly count: number;
  readonly bytes: number;
}
/** Of one person, whatever the import. */
export const ofPerson: Room = { count: 20, bytes: 4_096 * mebibyte };
/** Of one import, whoever sends. */
export const ofImport: Room = { count: 100, bytes: 16_384 * mebibyte };

interface OnItsWay {
  readonly by: string;
  readonly import_id: string;
  readonly bytes: number;
}

/** @param stored all that are on their way
 *  @throws uploads_full */
export function demandRoom(stored: readonly OnItsWay[], one: OnItsWay): void {
  const demand = (theirs: readonly OnItsWay[], max: Room, whose: string) => {
    const bytes = theirs.reduce((sum, other) => sum + other.bytes, one.bytes);
    if (theirs.length < max.count && bytes <= max.bytes) return;
    throw uploadsFull({
      whose,
      begun: theirs.length,
      begunMax: max.count,
      mebibytes: Math.ceil(bytes / mebibyte),
      mebibytesMax: max.bytes / mebibyte,
    });
  };
  demand(
    stored.filter(({ by }) => by === one.by),
    ofPerson,
    "that you began to send",
  );
  demand(
    stored.filter(({ import_id }) => import_id === one.import_id),
    ofImport,
    `for ${one.import_id}`,
  );
}

const perPage = 500;

/** All of them, a page after the other. */
export async function listAllUploads({ documents }: { documents: Documents }): Promise<Stored[]> {
  const all: Stored[] = [];
  for (;;) {
    const after = all.at(-1)?.id;
    const page = await documents.list("uploads", { limit: perPage, ...(after !== undefined && { after }) });
    all.push(...page);
    if (page.length < perPage) return all;
  }
}

/** So many may begin at the same instant. */
const turnsMax = 20;

/** Two that look at once would both find the last place.
 *  @param take looks, and commits with the write that it is given
 *  @throws documents_conflict; what `take` throws */
export async function oneByOne<Taken>(
  documents: Documents,
  take: (taken: Write) => Promise<Taken>,
): Promise<Taken> {
  const kept = { kind: "settings", id: "last-upload" } as const;
  for (let turns = 1; ; turns += 1) {
    const stored = await documents.read(kept.kind, kept.id);
    const { count } = Object(stored?.document) as { count?: unknown };
    const document = { count: typeof count === "number" ? count + 1 : 1 };
    try {
      return await take({ ...kept, document, ifVersion: stored?.version ?? null });
    } catch (error) {
      if (!isProblem(error, documentsConflict) || turns >= turnsMax) throw error;
    }
  }
}
