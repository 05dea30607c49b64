/** What is there in the end, beside what senders were told. */
import { streamRef } from "../../../../functions/stream-ref.ts";
import { sha256 } from "../bodies.ts";
import type { Evidence, Found } from "./evidence.ts";
import type { Load } from "../load.ts";

/** Why a hit is there twice: its sender sent it again under its name; a kill came between its row and its
 *  ack; nothing that is known. */
type Cause = "sent again" | "killed" | "unknown";

export interface Verdict {
  readonly acknowledged: number;
  readonly rows: number;
  readonly deadLetters: number;
  /** Rows and dead letters beyond the first of a hit. */
  readonly repeats: Readonly<Record<Cause, number>>;
  /** Hits that arrived though no sender saw their 200. */
  readonly unseen: number;
  /** Dead letters bytes_altered. */
  readonly alteredLetters: number;
  /** Sentences, empty where every promise was kept; at most `wrongsMax` of a sort. */
  readonly wrongs: readonly string[];
}

/** What a damaged file excuses. */
export interface Damage {
  /** Hits that wait in the queue's file still. */
  readonly waiting: { has(hitId: string): boolean };
  /** Hits that nothing but the damaged bytes held. */
  mayLack(hitId: string, stream: string): boolean;
}

const wrongsMax = 5;
const emptySha256 = sha256(new Uint8Array(0));

/** Every hit of a 200 is there exactly as sent, nothing is there that nobody sent.
 *  @param known.damage of the files; none where it is left out, and then no byte may have changed
 *  @param known.kills how often each hit may come again because its row was there and its ack was not */
export function judge(
  load: Pick<Load, "acknowledged" | "sent" | "broken"> & Partial<Pick<Load, "isResent">>,
  { found, brokenViews, unreadable }: Evidence,
  { damage, kills }: { damage?: Damage; kills?: ReadonlyMap<string, number> } = {},
): Verdict {
  const altered: string[] = [];
  const strange: string[] = [];
  const doubled: string[] = [];
  const where = new Map<string, Set<Found["where"]>>();
  const hitOf = new Map<string, string>();
  const repeats: Record<Cause, number> = { "sent again": 0, killed: 0, unknown: 0 };
  const killsLeft = new Map(kills);
  const causeOf = (one: Found): Cause => {
    if (load.isResent?.(one) === true) return "sent again";
    const left = killsLeft.get(one.hitId) ?? 0;
    killsLeft.set(one.hitId, left - 1);
    return left > 0 ? "killed" : "unknown";
  };
  let alteredLetters = 0;
  for (const one of found) {
    const places = where.get(one.hitId) ?? new Set();
    if (places.size > 0) repeats[causeOf(one)]++;
    where.set(one.hitId, places);
    if (one.reason === "bytes_altered") {
      alteredLetters++;
      if (damage !== undefined) continue; // its bytes are those of the damage, its names may be
    }
    places.add(one.where);
    // No body but the empty one is sent twice, except under the name of its delivery.
    const other = hitOf.get(one.sha256) ?? one.hitId;
    if (other !== one.hitId && one.sha256 !== emptySha256)
      doubled.push(`${one.hitId} and ${other} are one delivery`);
    hitOf.set(one.sha256, one.hitId);
    const sent = load.acknowledged.get(one.hitId);
    if (sent === undefined) {
      if (!load.sent.has(one.sha256)) strange.push(`${one.where} ${one.hitId} is nothing that was sent`);
    } else if (
      sent.sha256 !== one.sha256 ||
      streamRef(sent.stream) !== one.stream ||
      sent.contentType !== one.contentType
    )
      altered.push(`${one.where} ${one.hitId} (${sent.kind}) is not as it was sent`);
  }
  const lost = [...load.acknowledged]
    .filter(([hitId]) => !where.has(hitId) && damage?.waiting.has(hitId) !== true)
    .filter(([hitId, { stream }]) => damage?.mayLack(hitId, stream) !== true)
    .map(
      ([hitId, { kind, stream }]) => `${hitId} (${kind}, to ${stream}) is neither a row nor a dead letter`,
    );
  const both = [...where]
    .filter(([, places]) => places.size > 1)
    .map(([hitId]) => `${hitId} is a row and a dead letter`);
  const rows = found.filter((one) => one.where === "row").length;
  return {
    acknowledged: load.acknowledged.size,
    rows,
    deadLetters: found.length - rows,
    repeats,
    unseen: [...where.keys()].filter((hitId) => !load.acknowledged.has(hitId)).length,
    alteredLetters,
    wrongs: [
      ...[load.broken, lost, altered, strange, doubled].flatMap(few),
      // A row whose ack was lost with its queue, or its stream with the registry, may
      // become a dead letter as well.
      ...(damage === undefined ? few(both) : []),
      // Of a folder that was damaged, tables may be unreadable, and it is not run until all views are made.
      ...(damage === undefined ? few([...brokenViews, ...unreadable]) : []),
      ...(damage === undefined && alteredLetters > 0 ? [`${alteredLetters} dead letters bytes_altered`] : []),
    ],
  };
}

function few(all: readonly string[]): readonly string[] {
  return all.length > wrongsMax ? [...all.slice(0, wrongsMax), `… ${all.length} of this sort`] : all;
}
