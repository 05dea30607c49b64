import { headersOf } from "../../functions/headers.ts";
import { escapedJson, visibleLines } from "../../functions/visible.ts";
import type { Value } from "../../functions/warehouse.ts";

/** A hit as texts that people look at and carry elsewhere. Nothing is in them that its row does not hold. */

export interface Kept {
  readonly bytes: Uint8Array;
  /** The bytes as text, where they are the UTF-8 of one that shows as it is. */
  readonly text: string | undefined;
  /** As JSON; undefined where the payload is none of the known forms. */
  readonly fields: string | undefined;
  readonly contentType: string | undefined;
  readonly query: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** @param row of a stream's table, which somebody else may have made with fewer columns
 *  @returns undefined where it holds no payload */
export function keptIn(row: Readonly<Record<string, Value>>): Kept | undefined {
  const { payload, payload_bytes: exact, fields, content_type: type, query } = row;
  if (typeof payload !== "string") return undefined;
  const isText = !(exact instanceof Uint8Array) && visibleLines(payload) === payload;
  return {
    bytes: exact instanceof Uint8Array ? exact : Buffer.from(payload),
    text: isText ? payload : undefined,
    fields: typeof fields === "string" ? fields : undefined,
    contentType: typeof type === "string" ? type : undefined,
    query: typeof query === "string" ? query : undefined,
    headers: headersOf(row["headers"]) ?? {},
  };
}

/** A page of some megabytes is slow to draw, and nobody reads it. */
const shownMax = 65_536;
const dumpedMax = 4_096;

/** JSON on lines of its own, its numbers and texts as they are. */
export function prettyOf({ fields }: Kept): { text: string; isCut: boolean } | undefined {
  if (fields === undefined) return undefined;
  const isCut = fields.length > shownMax;
  return { text: escapedJson(indented(isCut ? fields.slice(0, shownMax) : fields)), isCut };
}

const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"?|[[\]{},:]|[^\s[\]{},:"]+/gs;

function indented(json: string): string {
  let depth = 0;
  let before = "";
  let text = "";
  const line = () => `\n${"  ".repeat(depth)}`;
  for (const [token] of json.matchAll(tokens)) {
    const isEnd = token === "}" || token === "]";
    const isAfterStart = before === "{" || before === "[";
    if (isEnd) depth -= 1;
    if (isEnd ? !isAfterStart : isAfterStart || before === ",") text += line();
    if (before === ":") text += " ";
    text += token;
    if (token === "{" || token === "[") depth += 1;
    before = token;
  }
  return text;
}

/** The text itself, or its bytes where they are none, or hold what acts instead of showing. */
export function rawOf({ text, bytes }: Kept): { text: string; isCut: boolean } {
  if (text !== undefined) return { text: text.slice(0, shownMax), isCut: text.length > shownMax };
  return { text: dumpOf(bytes.subarray(0, dumpedMax)), isCut: bytes.length > dumpedMax };
}

/** 16 bytes a line: where they are, their hex digits, and what of them is ASCII. */
function dumpOf(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const some = [...bytes.subarray(at, at + 16)];
    const hex = some.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const ascii = some
      .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "."))
      .join("");
    lines.push(`${at.toString(16).padStart(8, "0")}  ${hex.padEnd(47)}  ${ascii}`);
  }
  return lines.join("\n");
}

/** The same hit once more, for bash. What proves who sent it is kept nowhere, so that it is not in here
 *  either.
 *  @returns undefined where it is too long for a command line */
export function curlOf(
  endpoint: string,
  { bytes, text, contentType, query, headers }: Kept,
): string | undefined {
  if (bytes.length > shownMax) return undefined;
  const said = Object.entries({ ...headers, "content-type": contentType ?? "" })
    // A name without a value keeps curl from making one up. What a terminal would act on is not pasted into
    // it.
    .map(([name, value]) =>
      printable.test(value) ? ` -H ${quoted(value === "" ? `${name}:` : `${name}: ${value}`)}` : "",
    );
  const asked = query !== undefined && query !== "" && printable.test(query) ? `?${query}` : "";
  const call = `curl -sS -g -X POST${said.join("")}`;
  const to = quoted(endpoint + asked);
  return text === undefined
    ? `echo ${quoted(Buffer.from(bytes).toString("base64"))} | base64 -d | ${call} --data-binary @- ${to}`
    : `${call} --data-raw ${quoted(text)} ${to}`;
}

const printable = /^[\x20-\x7e]*$/;

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
