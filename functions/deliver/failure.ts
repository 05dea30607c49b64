import { reasons, type Reason } from "../letters/letter.ts";
import { Problem } from "../problem.ts";

/** What becomes of a hit whose delivery failed. This is the one place where failures are sorted. */
export type Failure =
  /** It will pass by itself: later. Also everything we do not know: after the last attempt
   *  it is given up on aloud. */
  | { readonly kind: "later"; readonly detail: string }
  /** A person must fix it: dead letter, then ack. */
  | { readonly kind: "dead"; readonly reason: Reason; readonly detail: string };

export function sortFailure(error: unknown): Failure {
  if (error instanceof Problem) {
    const reason = reasons.find((code) => code === error.code);
    if (reason !== undefined) return { kind: "dead", reason, detail: error.message };
  }
  return {
    kind: "later",
    detail: error instanceof Error ? error.message : String(error),
  };
}
