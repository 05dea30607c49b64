/** A table on the terminal: the first column to the left, numbers to the right. */
export function printer(widths: readonly number[]): (cells: readonly (string | number)[]) => void {
  return (cells) =>
    console.log(
      cells
        .map((cell, index) =>
          index === 0 ? String(cell).padEnd(widths[0]!) : String(cell).padStart(widths[index]!),
        )
        .join(" "),
    );
}

/** Of rounds that alternate: what disturbs one of them disturbs no result. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
