/** JSON from strangers, written anew so that every warehouse reads the same values from it. */
import type { Work } from "../turn.ts";

/** Levels of objects and arrays. BigQuery's JSON type takes 500.
 *  Source: https://cloud.google.com/bigquery/docs/json-data#limitations */
export const depthMax = 100;
/** Keys of all objects together, and numbers that must be written anew digit by digit; pairs of a form and
 *  runs of escapes in it; parts of a multipart body. */
export const keysMax = 10_000;
/** Values of any kind together, objects and arrays among them. */
export const valuesMax = 30_000;

/** Reads an object or an array.
 *  @param depth the level at which it stands, 1 where nothing is around it
 *  @returns its JSON without white space, null where it is past depthMax, keysMax or valuesMax,
 *  undefined where it is no JSON */
export function* rewriteJson(text: string, depth = 1): Work<string | null | undefined> {
  if (!opening.test(text)) return undefined;
  const source = text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text;
  if (!isWithinCounts(source)) return null;
  if (source.length >= countedMin) yield;
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    return undefined;
  }
  if (!isWithinLimits(value, depth)) return null;
  yield;
  const careful = mayLoseDigits.test(source);
  const written = careful ? writeExactly(source) : JSON.stringify(value);
  // JSON.stringify writes such an escape only for half of a surrogate pair (or for a backslash before "ud").
  if (!written.includes("\\ud")) return written;
  yield;
  const fixed = source.replace(surrogates, (escape) =>
    escape.length === 6 && halfPair.test(escape) ? "\ufffd" : escape,
  );
  yield;
  // From the source, not from what was written: keys may have become equal, and then the last one must win.
  return careful ? writeExactly(fixed) : JSON.stringify(JSON.parse(fixed));
}

const byteOrderMark = 0xfeff;
const opening = /^\ufeff?[ \t\r\n]*[[{]/;
/** A whole pair, or any other escape, one by one: `\\ud800` is a backslash and five letters. */
const surrogates = /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\./g;
const halfPair = /^\\u[dD][89a-fA-F]/;

/** A shorter text cannot hold more than is allowed: a key takes four characters at least, as
 *  `"":1` does without a comma. */
const countedMin = 4 * keysMax;

/** Counts before anything is parsed: of 1 MiB, 100,000 keys or 350,000 empty objects would be made otherwise.
 *  Of a text that is no JSON the counts mean nothing, and nobody misses its fields. */
function isWithinCounts(source: string): boolean {
  if (source.length < countedMin) return true;
  let keys = 0;
  let values = 0;
  for (let at = 0; at < source.length; at++) {
    const code = source.charCodeAt(at);
    if (code === 0x22) at = endOfText(source, at);
    else if (code === 0x3a) keys++;
    else if (code === 0x2c || code === 0x5b || code === 0x7b) values++;
    else if (code >= 0x30 && code <= 0x39) {
      const end = endOfNumber(source, at);
      if (end - at > digitsKept || hasExponent(source, at, end)) keys++;
      at = end - 1;
    } else continue;
    if (keys > keysMax || values > valuesMax) return false;
  }
  return true;
}

/** Where the closing quote stands. */
function endOfText(source: string, start: number): number {
  let at = start + 1;
  for (; at < source.length; at++) {
    const code = source.charCodeAt(at);
    if (code === 0x22) break;
    if (code === 0x5c) at++;
  }
  return at;
}

function endOfNumber(source: string, start: number): number {
  let at = start + 1;
  for (; at < source.length; at++) {
    const code = source.charCodeAt(at);
    // Digits, a point, an exponent and its sign.
    if (!(
      (code >= 0x30 && code <= 0x39) ||
      code === 0x2e ||
      (code | 0x20) === 0x65 ||
      code === 0x2b ||
      code === 0x2d
    ))
      break;
  }
  return at;
}

function hasExponent(source: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((source.charCodeAt(at) | 0x20) === 0x65) return true;
  return false;
}

/** Keys of all objects, and no recursion deeper than the limit. */
function isWithinLimits(value: unknown, start: number): boolean {
  let keys = 0;
  const visit = (item: object, depth: number): boolean => {
    if (depth > depthMax) return false;
    if (Array.isArray(item)) {
      for (const child of item) {
        if (typeof child === "object" && child !== null && !visit(child, depth + 1)) return false;
      }
      return true;
    }
    // Several times faster than Object.values, and what JSON.parse makes has nothing else to show.
    for (const key in item) {
      if (++keys > keysMax) return false;
      const child: unknown = item[key as keyof typeof item];
      if (typeof child === "object" && child !== null && !visit(child, depth + 1)) return false;
    }
    return true;
  };
  return typeof value === "object" && value !== null && visit(value, start);
}

/** Digits and a point that a double gives back as they were. */
const digitsKept = 15;

/** A number with an exponent, or with more than 15 digits and points. A double gives up to 15 digits back as
 *  they were, so without either nothing can be lost. The same characters inside a text only cost time. */
export const mayLoseDigits = /[:,[ \t\r\n]-?\d(?:[\d.]{15}|[\d.]{0,14}[eE])/;

/** TypeScript's library does not know them yet; they are in Node since 21.
 *  Source: https://tc39.es/proposal-json-parse-with-source/ */
const exactJson = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
};

/** JSON of the same values, every number in the form that loses no digit. About five times the time of the
 *  plain way, with the same result where all numbers are short. */
export function writeExactly(source: string): string {
  return JSON.stringify(
    exactJson.parse(source, (_key, value, context) =>
      typeof value === "number" && context.source !== undefined ? exactNumber(value, context.source) : value,
    ),
  );
}

const int64Min = -(2n ** 63n);
const uint64Max = 2n ** 64n - 1n;

/** The number, its digits as they are, or a text: whichever holds the value that was sent. */
function exactNumber(value: number, source: string): unknown {
  if (String(value) === source && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
  const isInteger = !/[.eE]/.test(source);
  if (isInteger && Number.isSafeInteger(value)) return value;
  if (isInteger) return source.length <= 20 && isInt(BigInt(source)) ? exactJson.rawJSON(source) : source;
  if (!isSameValue(source, String(value))) return source;
  // Written out, this one would be an integer that no reader has a type for: 1e20, but not 1e21.
  const isTooLong = Number.isInteger(value) && Math.abs(value) < 1e21 && !isInt(BigInt(value));
  return isTooLong ? exactJson.rawJSON(value.toExponential()) : value;
}

function isInt(value: bigint): boolean {
  return value >= int64Min && value <= uint64Max;
}

/** Whether two decimal numbers are the same one: 1.50 and 15e-1 are, 0.1 and its nearest double are not. */
function isSameValue(a: string, b: string): boolean {
  const [left, right] = [decimal(a), decimal(b)];
  if (left === undefined || right === undefined) return false;
  if (left.digits === "" || right.digits === "") return left.digits === right.digits;
  return (
    left.digits === right.digits && left.exponent === right.exponent && left.isNegative === right.isNegative
  );
}

/** Digits without zeros at either end, and the power of ten of the last one; undefined for Infinity. */
function decimal(text: string): { digits: string; exponent: number; isNegative: boolean } | undefined {
  const [, sign, whole, fraction = "", power = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const all = whole + fraction;
  let end = all.length;
  while (end > 0 && all[end - 1] === "0") end--;
  let start = 0;
  while (start < end && all[start] === "0") start++;
  const exponent = Number(power) - fraction.length + (all.length - end);
  return { digits: all.slice(start, end), exponent, isNegative: sign === "-" };
}
