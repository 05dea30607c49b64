import { createHash } from "node:crypto";
import { daysBefore } from "../../../functions/import/fields/date.ts";
import type { BackendEvent, WebEvent } from "./setup.ts";

/** Web events and backend events that meet in every way there is: ids that several have, or that are nearly
 *  the same; times at both ends of days, of the look-back and of the change days; exact ties. */

const names = ["lead_form", "booking", "purchase", "application", "call", "test_ride"];
const unheard = ["lead_from", "callback"];
const today = "2026-11-21";
/** Where the clocks of zones in the tests are put back or forward. */
const changeDays = ["2026-10-25", "2026-03-29", "2026-11-01", "2026-03-08", "2025-10-26", "2026-04-05"];
const edges = [
  "00:00:00Z",
  "23:59:59.999999Z",
  "22:00:00Z",
  "21:59:59.999Z",
  "23:00:00Z",
  "01:00:00Z",
  "04:00:00.5Z",
];

export function drawn(webCount: number, backendCount: number, seed: number) {
  const next = mulberry(seed);
  const below = (count: number) => Math.floor(next() * count);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const ids = Array.from({ length: Math.ceil(webCount / 3) }, (_, index) =>
    pick([`ORD${index}`, `ab-${index}`, String(index).padStart(7, "0"), `${index}.0`, `Zürich ${index}`]),
  );
  const variant = (id: string) =>
    pick([
      id,
      id,
      id,
      id,
      id,
      id,
      id,
      id.toUpperCase(),
      id.toLowerCase(),
      ` ${id}`,
      `${id}\u00a0`,
      `00${id}`,
      `${id}.0`,
      id.replace("-", " -"),
    ]);
  const day = () =>
    below(4) === 0 ? pick(changeDays) : daysBefore(today, below(3) === 0 ? below(900) : below(90));
  const clock = () => {
    if (below(4) === 0) return pick(edges);
    const [hour, minute, second] = [below(24), below(60), below(60)].map((part) =>
      String(part).padStart(2, "0"),
    );
    return `${hour}:${minute}:${second}.${String(below(1_000_000)).padStart(6, "0")}Z`;
  };
  const web: WebEvent[] = [];
  for (let index = 0; index < webCount; index += 1) {
    const tie = below(20) === 0 ? web[below(index)] : undefined;
    web.push({
      web_event_id: `w${String(below(10) === 0 ? webCount * 2 - index : index).padStart(7, "0")}`,
      ev: tie?.ev ?? pick(names),
      transaction_id:
        tie?.transaction_id ?? (below(12) === 0 ? pick(["", " ", "\u200b"]) : variant(pick(ids))),
      event_time: tie?.event_time ?? `${daysBefore(day(), 2)}T${clock()}`,
    });
  }
  const events = Array.from({ length: backendCount }, (_, index): BackendEvent => {
    const list = Array.from({ length: 1 + below(4) }, () => (below(12) === 0 ? pick(unheard) : pick(names)));
    return {
      event_id: createHash("sha256").update(`${seed} ${index}`).digest("hex"),
      date: day(),
      ev: pick(["hired", "deal"]),
      reference_ev: [...new Set(list)],
      reference_id: variant(pick(ids)).trim(),
    };
  });
  return { web, events };
}

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
