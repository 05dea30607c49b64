import stringWidth from "string-width";
import { visible } from "./visible.ts";

export interface Column {
  readonly name: string;
  /** Never cut: somebody will copy it. */
  readonly whole?: boolean;
}

/** Cells as they come from the server: texts, numbers, null; anything else is shown as JSON. */
export type Cells = readonly unknown[];

/** Cells are padded up to here and no further: one long payload must not make a file of blanks. */
const paddedColumnsMax = 120;
/** A column of a screen is not made narrower. */
const cutColumnsMin = 8;
const gap = " | ";

/** Lines of an aligned table; on a screen too narrow for it, one block a row.
 *  @param width columns of the screen; undefined: nothing is cut */
export function tableLines(columns: readonly Column[], rows: readonly Cells[], width?: number): string[] {
  const texts = rows.map((row) => columns.map((_, index) => cellText(row[index], width)));
  const widths = columns.map((column, index) =>
    Math.min(
      Math.max(stringWidth(visible(column.name)), ...texts.map((row) => stringWidth(row[index]!)), 1),
      width === undefined ? paddedColumnsMax : Number.POSITIVE_INFINITY,
    ),
  );
  if (width !== undefined && !fit(columns, widths, width)) return blockLines(columns, rows, width);
  const right = columns.map(
    (_, index) => rows.length > 0 && rows.every((row) => typeof row[index] === "number"),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => {
        const shown = width === undefined ? cell : cut(cell, widths[index]!);
        const blanks = " ".repeat(Math.max(0, widths[index]! - stringWidth(shown)));
        return right[index] ? blanks + shown : shown + blanks;
      })
      .join(gap)
      .trimEnd();
  return [
    line(columns.map((column) => visible(column.name))),
    widths.map((columnWidth) => "-".repeat(columnWidth)).join("-+-"),
    ...texts.map(line),
  ];
}

/** `name  value` a line, the values below each other. */
export function factLines(
  facts: readonly (readonly [name: string, value: unknown])[],
  width?: number,
): string[] {
  const nameWidth = Math.max(0, ...facts.map(([name]) => stringWidth(visible(name))));
  return facts.map(([name, value]) => {
    const label = visible(name);
    const start = `${label}${" ".repeat(nameWidth - stringWidth(label))}  `;
    const text = cellText(value, width);
    return (
      start + (width === undefined ? text : cut(text, Math.max(cutColumnsMin, width - nameWidth - 2)))
    ).trimEnd();
  });
}

function blockLines(columns: readonly Column[], rows: readonly Cells[], width: number): string[] {
  return rows.flatMap((row, index) => [
    `--- ${index + 1} ---`,
    ...factLines(
      columns.map((column, at) => [column.name, row[at]]),
      width,
    ),
  ]);
}

/** Takes from the widest column that may be cut until the line fits; false where it cannot. */
function fit(columns: readonly Column[], widths: number[], width: number): boolean {
  const gaps = gap.length * (widths.length - 1);
  let over = widths.reduce((sum, each) => sum + each, gaps) - width;
  while (over > 0) {
    const free = widths.map((each, index) =>
      columns[index]!.whole === true || each <= cutColumnsMin ? 0 : each,
    );
    const widest = Math.max(...free);
    if (widest === 0) return false;
    const next = Math.max(cutColumnsMin, ...free.filter((each) => each < widest));
    const at = free.indexOf(widest);
    // Down to the next widest one, or by one where several are equally wide.
    const taken = Math.min(over, Math.max(1, widest - next), widest - cutColumnsMin);
    widths[at] = widest - taken;
    over -= taken;
  }
  return true;
}

function cellText(value: unknown, width?: number): string {
  if (value === null || value === undefined) return "NULL";
  const text =
    typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value);
  // A megabyte of payload need not be measured to be cut to a screen; 10 units are more
  // than a usual character has.
  return visible(width === undefined ? text : text.slice(0, width * 10));
}

const graphemes = new Intl.Segmenter();

/** @param text harmless already */
export function cut(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let shown = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += stringWidth(segment);
    if (used > columns - 1) break;
    shown += segment;
  }
  return `${shown}…`;
}
