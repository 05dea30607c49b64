/** The word of `known` that was probably meant: at most a third of its letters differ, or it starts
 *  as the typed one does. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const word of known) {
    // A word cut short is closer than a word of other letters.
    const steps =
      typed.length >= 3 && word.startsWith(typed) ? 0.5 : distance(typed.slice(0, lettersMax), word);
    if (steps < bestDistance && steps <= Math.max(1, Math.floor(word.length / 3))) {
      best = word;
      bestDistance = steps;
    }
  }
  return best;
}

/** Nobody's typing error is longer; bounds the work below. */
const lettersMax = 60;

/** Optimal string alignment: insertions, deletions, substitutions and swapped neighbours count one each. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const here = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let steps = Math.min(above[column]! + 1, here[column - 1]! + 1, above[column - 1]! + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        steps = Math.min(steps, before[column - 2]! + 1);
      }
      here.push(steps);
    }
    before = above;
    above = here;
  }
  return above[b.length]!;
}
