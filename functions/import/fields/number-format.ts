/** In which format a file writes its numbers: every value votes before the first row is read. */
import type { NumberFormat } from "../settings.ts";
import { fits, readNumber } from "./number.ts";

/** `none`: every value reads the same in both; `undecided`: nothing in the file decides; `mixed`: both are proved. */
export type FoundFormat = NumberFormat | "none" | "undecided" | "mixed";

export interface Vote {
  /** @param text trimmed, not empty; in whatever line */
  hear(text: string, line: number): void;
  /** Undefined where there was no value. */
  result(): FoundFormat | undefined;
  /** The value that proves each format, with its line. */
  readonly proofs: { readonly [format in NumberFormat]?: { readonly text: string; readonly line: number } };
}

export function openVote(): Vote {
  const proofs: { [format in NumberFormat]?: { text: string; line: number } } = {};
  let values = 0;
  let twofold = 0;
  return {
    proofs,
    hear(text, line) {
      values += 1;
      if ((proofs.dot && proofs.comma) || /^-?\d+$/.test(text)) return;
      const dot = fits(text, "dot");
      const comma = fits(text, "comma");
      if (dot && !comma) proofs.dot ??= { text, line };
      else if (comma && !dot) proofs.comma ??= { text, line };
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
