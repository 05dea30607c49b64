import { failed } from "../failure.ts";
import type { FileRecord, ReadOptions } from "./records.ts";

/** NDJSON: each line is an object, and goes out as it stands. */
export async function* lineRecords(
  text: AsyncGenerator<string>,
  { bytesMax }: ReadOptions,
): AsyncGenerator<FileRecord> {
  const counts = { number: 0, line: 1 };
  let rest = new Kept(bytesMax);
  const ended = (): FileRecord | undefined => {
    const { line } = counts;
    counts.line += 1;
    const whole = rest;
    rest = new Kept(bytesMax);
    if (whole.isBlank) return undefined;
    counts.number += 1;
    return { number: counts.number, line, ...objectOf(whole) };
  };
  for await (const piece of text) {
    let from = 0;
    for (let end = piece.indexOf("\n"); end !== -1; end = piece.indexOf("\n", from)) {
      rest.add(piece.slice(from, end));
      from = end + 1;
      const record = ended();
      if (record !== undefined) yield record;
    }
    rest.add(piece.slice(from));
  }
  const record = ended();
  if (record !== undefined) yield record;
}

/** One JSON array: each of its elements is an object, and goes out as it stands.
 *  @throws Failure where it is no array, or cannot be told apart any more */
export async function* listRecords(
  text: AsyncGenerator<string>,
  { bytesMax }: ReadOptions,
): AsyncGenerator<FileRecord> {
  const scan = new ListScan(bytesMax);
  for await (const piece of text) yield* scan.push(piece);
  scan.end();
}

/** Text of a record, up to as much as is sent: the rest of a longer one is counted and forgotten. */
class Kept {
  #bytesMax: number;
  #parts: string[] = [];
  #bytes = 0;
  isBlank = true;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(part: string): void {
    if (part === "") return;
    this.#bytes += Buffer.byteLength(part);
    this.isBlank &&= part.trim() === "";
    if (this.#bytes <= this.#bytesMax) this.#parts.push(part);
    else this.#parts = [];
  }

  get fault(): string | undefined {
    if (this.#bytes <= this.#bytesMax) return undefined;
    return `The record has ${this.#bytes} bytes; at most ${this.#bytesMax} are accepted. Split it.`;
  }

  text(): string {
    return this.#parts.join("").trim();
  }
}

function objectOf(kept: Kept): Partial<FileRecord> {
  if (kept.fault !== undefined) return { fault: kept.fault };
  const body = kept.text();
  let fields: unknown;
  try {
    fields = JSON.parse(body);
  } catch {
    return { fault: "It is no JSON. Each record is one object." };
  }
  if (typeof fields !== "object" || fields === null || Array.isArray(fields))
    return { fault: `It is ${nameOf(fields)}. Each record is one object.` };
  return { body, fields };
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}

/** What may come next: `[`, an element or the end, an element, the rest of one, `,` or the end, nothing. */
type Place = "before" | "first" | "element" | "inside" | "after" | "behind";

/** What counts within an element: texts and brackets; and what ends one that is neither. */
const marks = /["\\{}[\],\n]/g;

class ListScan {
  #bytesMax: number;
  #place: Place = "before";
  #kept: Kept;
  #depth = 0;
  #isText = false;
  /** The character before it was a backslash in a text. */
  #isEscaped = false;
  #line = 1;
  #lineFirst = 1;
  #number = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#kept = new Kept(bytesMax);
  }

  *push(piece: string): Generator<FileRecord> {
    let at = 0;
    while (at < piece.length) {
      if (this.#place !== "inside") {
        at = this.#between(piece, at);
        continue;
      }
      const end = this.#inside(piece, at);
      this.#kept.add(piece.slice(at, end.at));
      at = end.at;
      if (end.isWhole) yield this.#ended();
    }
  }

  /** @throws Failure where the array has not ended */
  end(): void {
    if (this.#place === "behind") return;
    throw failed(
      this.#place === "before"
        ? "The file holds no JSON array. It begins with [ and ends with ]."
        : `The JSON array does not end: the file breaks off in line ${this.#line}, behind ${this.#number} whole records. Send the whole file.`,
    );
  }

  #ended(): FileRecord {
    this.#number += 1;
    const record = { number: this.#number, line: this.#lineFirst, ...objectOf(this.#kept) };
    this.#kept = new Kept(this.#bytesMax);
    this.#place = "after";
    return record;
  }

  /** Takes one character outside of elements. @returns where to go on */
  #between(piece: string, at: number): number {
    const character = piece[at]!;
    if (character === "\n") this.#line += 1;
    if (/\s/.test(character)) return at + 1;
    const place = this.#place;
    if (place === "before" && character === "[") this.#place = "first";
    else if (place === "after" && character === ",") this.#place = "element";
    else if ((place === "after" || place === "first") && character === "]") this.#place = "behind";
    else if ((place === "first" || place === "element") && !"],".includes(character)) {
      this.#place = "inside";
      this.#lineFirst = this.#line;
      return at;
    } else throw this.#stray(character);
    return at + 1;
  }

  #stray(character: string): Error {
    const wanted = {
      before: "[",
      first: "a record or ]",
      element: "a record",
      inside: "",
      after: ", or ]",
      behind: "nothing",
    };
    return failed(
      `Line ${this.#line}: behind record ${this.#number} of the JSON array stands ${JSON.stringify(character)}; ` +
        `allowed is ${wanted[this.#place]}. Mend the file; what came before it was sent.`,
    );
  }

  /** @returns where the element, or the piece, ends */
  #inside(piece: string, from: number): { at: number; isWhole: boolean } {
    let at = from;
    if (this.#isEscaped) {
      this.#isEscaped = false;
      at += 1;
    }
    for (;;) {
      marks.lastIndex = at;
      const mark = marks.exec(piece);
      if (mark === null) return { at: piece.length, isWhole: false };
      const [character] = mark;
      at = mark.index + 1;
      if (character === "\n") this.#line += 1;
      else if (this.#isText) {
        if (character === '"') this.#isText = false;
        else if (character === "\\") {
          if (at === piece.length) this.#isEscaped = true;
          at = Math.min(at + 1, piece.length);
        }
      } else if (character === '"') this.#isText = true;
      else if (character === "{" || character === "[") this.#depth += 1;
      else if (this.#depth === 0 && (character === "," || character === "]"))
        return { at: mark.index, isWhole: true };
      else if ((character === "}" || character === "]") && this.#depth > 0) {
        this.#depth -= 1;
        if (this.#depth === 0) return { at, isWhole: true };
      }
    }
  }
}
