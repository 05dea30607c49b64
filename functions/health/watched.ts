import type { Documents } from "../documents.ts";

/** A server that was away for longer has taken no hits meanwhile: that is no silence of its streams. */
const awayMs = 20 * 60_000;
const place = { kind: "settings", id: "health-watched" } as const;

/** Since when somebody looks all the time, Unix ms. Each call counts as a look. @throws documents_down */
export async function watchedSince({
  documents,
  now,
}: {
  documents: Pick<Documents, "read" | "commit">;
  now: () => number;
}): Promise<number> {
  const at = now();
  const stored = await documents.read(place.kind, place.id);
  const { at: before, since } = Object(stored?.document) as { at?: number; since?: number };
  const isOn = before !== undefined && since !== undefined && at - before <= awayMs;
  const watched = { at, since: isOn ? since : at };
  await documents.commit([{ ...place, document: watched }]);
  return watched.since;
}
