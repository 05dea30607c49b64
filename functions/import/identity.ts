/** Which event a row is, for ever: the same row of another file is the same event, and two equal rows of one
 *  file are two. The id is the SHA-256 of the UTF-8 of a JSON array: import, date, ev, reference_ev,
 *  reference_id, value, and how many equal rows came before in the file. */
import { hash } from "node:crypto";
import type { EventFields } from "./fields/row.ts";

export interface Identity {
  /** 64 hex digits. */
  idOf(event: EventFields): string;
  /** Rows that were equal to an earlier one. */
  readonly equalRows: number;
}

/** @param rowsMax how many rows the file has: the memory is taken once, 10 bytes for
 *  each, 16 where rows repeat */
export function openIdentity(importId: string, rowsMax: number): Identity {
  const seen = openSeen(rowsMax);
  let equalRows = 0;
  return {
    idOf(event) {
      const first = idWith(importId, event, 0);
      const before = seen.add(first);
      if (before === 0) return first;
      equalRows += 1;
      return idWith(importId, event, before);
    },
    get equalRows() {
      return equalRows;
    },
  };
}

function idWith(importId: string, event: EventFields, before: number): string {
  const { date, ev, reference_ev, reference_id, value } = event;
  return hash(
    "sha256",
    JSON.stringify([importId, date, ev, reference_ev, reference_id, value, before]),
    "hex",
  );
}

/** How often an id was there before, by its first 64 bits: among five million two share them
 *  once in a million files. */
function openSeen(rowsMax: number): { add(id: string): number } {
  const places = Math.max(16, Math.ceil(rowsMax * 1.3));
  const highs = new Uint32Array(places);
  const lows = new Uint32Array(places);
  // Most files repeat nothing.
  let repeats: Uint32Array | undefined;
  return {
    add(id) {
      const high = Number.parseInt(id.slice(0, 8), 16);
      // A zero is a place that is free.
      const low = Number.parseInt(id.slice(8, 16), 16) || 1;
      let at = high % places;
      while (lows[at] !== 0 && (highs[at] !== high || lows[at] !== low)) at = at + 1 === places ? 0 : at + 1;
      if (lows[at] === 0) {
        highs[at] = high;
        lows[at] = low;
        return 0;
      }
      repeats ??= new Uint32Array(places);
      repeats[at]! += 1;
      return repeats[at]!;
    },
  };
}
