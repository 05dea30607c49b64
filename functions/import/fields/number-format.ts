/** In which format a file writes its numbers: every value votes before the first row is read. */
import type { NumberFormat } from "../settings.ts";
import type { Place } from "../table.ts";
import { fits, readNumber } from "./number.ts";
import { copied } from "./text.ts";

/** `none`: every value reads the same in both; `undecided`: nothing in the file decides;
 *  `mixed`: both are proved. */
export type FoundFormat = NumberFormat | "none" | "undecided" | "mixed";

export interface Vote {
  /** @param text trimmed, not empty */
  hear(text: string, place: Place): void;
  /** Undefined where there was no value. */
  result(): FoundFormat | undefined;
  /** The value that proves each format, and where it stands. */
  readonly proofs: { readonly [format in NumberFormat]?: { readonly text: string; readonly where: string } };
}

export function openVote(): Vote {
  const proofs: { [format in NumberFormat]?: { text: string; where: string } } = {};
  let values = 0;
  let twofold = 0;
  return {
    proofs,
    hear(text, place) {
      values += 1;
      if ((proofs.dot && proofs.comma) || /^-?\d+$/.test(text)) return;
      const dot = fits(text, "dot");
      const comma = fits(text, "comma");
      if (dot && !comma) proofs.dot ??= { text: copied(text), where: place.says() };
      else if (comma && !dot) proofs.comma ??= { text: copied(text), where: place.says() };
      else if (dot && !readsAlike(text)) twofold += 1;
    },
    result() {
      if (proofs.dot && proofs.comma) return "mixed";
      if (proofs.dot) return "dot";
      if (proofs.comma) return "comma";
      return twofold > 0 ? "undecided" : values > 0 ? "none" : undefined;
    },
  };
}

/** Whether a text that is a number in both formats is the same one. */
export function readsAlike(text: string): boolean {
  if (!/[.,]/.test(text)) return true;
  const [dot, comma] = [readNumber(text, "dot"), readNumber(text, "comma")];
  return "decimal" in dot && "decimal" in comma && dot.decimal === comma.decimal;
}
