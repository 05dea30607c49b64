import type { ComponentChildren } from "preact";
import { visible } from "../../functions/visible.ts";
import { Column, Table } from "./table.tsx";

/** Rows as a warehouse has them: whatever stands in a cell is text, and no character of it acts. */

export interface Cell {
  /** A text, a number, bytes, an object, or NULL. */
  readonly value: unknown;
  /** Where its whole is. */
  readonly href?: string;
}

/** Of a text in a list; its row's own page has all of it. */
const shownLettersMax = 300;

export function Cells(props: {
  id: string;
  caption: ComponentChildren;
  columns: readonly string[];
  rows: readonly (readonly Cell[])[];
}) {
  const { columns, rows } = props;
  const isNumber = columns.map(
    (_, index) => rows.length > 0 && rows.every((row) => typeof row[index]!.value === "number"),
  );
  // Ids, times and codes stand on one line; what is longer wraps.
  const isShort = columns.map((_, index) => rows.every((row) => isShortText(row[index]!.value)));
  return (
    <Table
      id={props.id}
      kind="scroll"
      isTitled
      caption={props.caption}
      head={columns.map((name, index) => (
        <Column key={index} {...(isNumber[index] && { class: "n" })}>
          {visible(name)}
        </Column>
      ))}
    >
      {rows.map((row, index) => (
        <tr key={index}>
          {row.map((cell, at) => (
            <td key={at} class={`mono ${isNumber[at] ? "n" : isShort[at] ? "t" : "cell"}`}>
              <Shown {...cell} />
            </td>
          ))}
        </tr>
      ))}
    </Table>
  );
}

const shortLettersMax = 36;
const isShortText = (value: unknown): boolean =>
  typeof value === "string" ? value.length <= shortLettersMax : typeof value !== "object" || value === null;

function Shown({ value, href }: Cell) {
  if (value === null || value === undefined) return <span class="none">NULL</span>;
  const text = textOf(value);
  if (text === "") return <span class="none">empty</span>;
  const shown = visible(text.slice(0, shownLettersMax));
  const cut = text.length > shownLettersMax ? "…" : "";
  return href === undefined ? (
    <>
      {shown}
      {cut}
    </>
  ) : (
    <a href={href}>
      {shown}
      {cut}
    </a>
  );
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  // Of bytes the beginning is enough, however many they are.
  if (value instanceof Uint8Array)
    return `base64 ${Buffer.from(value.subarray(0, shownLettersMax)).toString("base64")}`;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
