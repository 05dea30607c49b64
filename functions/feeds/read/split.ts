import { FeedFault } from "../faults.ts";

/** Cuts an answer into its records, whatever stands between them: lines (NDJSON), one array, records with
 *  commas at their ends and no brackets around them. Only a record that is whole comes out. */

export interface Piece {
  readonly text: string;
  /** In which it begins, from 1. */
  readonly line: number;
}

/** How the records were written: `pseudo_array` is commas without brackets. */
export type Format = "ndjson" | "array" | "pseudo_array";

export interface Splitter {
  /** The records that end in this chunk. @throws FeedFault */
  push(chunk: Uint8Array): Piece[];
  /** @throws FeedFault where the last record, or the array, has no end */
  end(): Format;
}

const recordBytesMax = 8 * 1024 * 1024;

const [newline, quote, comma, backslash] = [0x0a, 0x22, 0x2c, 0x5c];
const [opens, closes, opensList, closesList] = [0x7b, 0x7d, 0x5b, 0x5d];
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function openSplitter(): Splitter {
  let line = 1;
  let isFirst = true;
  let lists = 0;
  let hadList = false;
  let hadComma = false;
  /** Of the record that has begun; 0: none has. */
  let depth = 0;
  let inText = false;
  let escaped = false;
  let beganIn = 1;
  let begun: Buffer[] = [];
  let begunBytes = 0;

  /** Between records. @returns whether one begins with this byte */
  function between(byte: number): boolean {
    switch (byte) {
      case opens:
        beganIn = line;
        depth = 1;
        return true;
      case newline:
        line += 1;
        return false;
      case 0x20:
      case 0x09:
      case 0x0d:
        return false;
      case comma:
        hadComma = true;
        return false;
      case opensList:
        if (lists > 0) break;
        lists = 1;
        hadList = true;
        return false;
      case closesList:
        if (lists === 0) break;
        lists = 0;
        return false;
    }
    throw notRecord(byte, line);
  }

  /** Inside a record. @returns whether it ends with this byte */
  function inside(byte: number): boolean {
    if (byte === newline) line += 1;
    else if (byte === quote) inText = true;
    else if (byte === opens || byte === opensList) depth += 1;
    else if (byte === closes || byte === closesList) depth -= 1;
    return depth === 0;
  }

  /** @returns the place behind the text, or the end of the chunk */
  function skipText(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at]!;
      if (escaped) escaped = false;
      else if (byte === backslash) escaped = true;
      else if (byte === quote) {
        inText = false;
        return at + 1;
      }
      // No text holds one: told by whoever reads the record.
      else if (byte === newline) line += 1;
    }
    return chunk.length;
  }

  function demandShort(bytes: number): void {
    if (begunBytes + bytes <= recordBytesMax) return;
    const what = `The record that begins in line ${beganIn} has more than ${recordBytesMax} bytes`;
    throw new FeedFault("too_large", `${what}. Send smaller records.`);
  }

  function take(last: Buffer): Piece {
    demandShort(last.length);
    const bytes = begun.length === 0 ? last : Buffer.concat([...begun, last]);
    begun = [];
    begunBytes = 0;
    return { text: textOf(bytes, beganIn), line: beganIn };
  }

  return {
    push(given) {
      const pieces: Piece[] = [];
      let chunk = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
      if (isFirst && chunk.length > 0) {
        isFirst = false;
        if (chunk[0] === 0xef) chunk = chunk.subarray(3);
      }
      let start = 0;
      for (let at = 0; at < chunk.length; at += 1) {
        if (depth === 0) {
          if (between(chunk[at]!)) start = at;
        } else if (inText) {
          at = skipText(chunk, at) - 1;
        } else if (inside(chunk[at]!)) {
          pieces.push(take(chunk.subarray(start, at + 1)));
        }
      }
      if (depth > 0) {
        const rest = chunk.subarray(start);
        demandShort(rest.length);
        begun.push(Buffer.from(rest));
        begunBytes += rest.length;
      }
      return pieces;
    },
    end() {
      if (depth > 0)
        throw new FeedFault(
          "cut_off",
          `The answer ends within the record that begins in line ${beganIn}. Send it whole.`,
        );
      if (lists > 0) throw new FeedFault("cut_off", "The answer ends before its list does. Send it whole.");
      return hadList ? "array" : hadComma ? "pseudo_array" : "ndjson";
    },
  };
}

function textOf(bytes: Buffer, line: number): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new FeedFault("not_utf8", `The record that begins in line ${line} is no UTF-8. Send UTF-8.`, error);
  }
}

function notRecord(byte: number, line: number): FeedFault {
  if (byte === 0x3c)
    return new FeedFault(
      "html",
      `The answer is no JSON but a page: line ${line} begins with <. Such a page is mostly one that asks to sign in, or tells of an error; open the address as the feed does.`,
    );
  const shown = byte > 0x20 && byte < 0x7f ? JSON.stringify(String.fromCharCode(byte)) : `byte ${byte}`;
  return new FeedFault(
    "not_json",
    `In line ${line} stands ${shown} where a record, {…}, is to begin. Allowed is one JSON object a line.`,
  );
}
