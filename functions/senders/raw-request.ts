import { requestRefused } from "../problems.ts";
import { type Evidence, evidenceOf } from "./evidence.ts";

/** Reads a request as it was sent, out of a file: a line of the method and the address, headers, an empty
 *  line, and the body byte for byte. @throws request_refused */
export function readRawRequest(bytes: Uint8Array, publicUrl: string | undefined): Evidence {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [, head = "", gap = ""] = /^([\s\S]*?)(\r?\n\r?\n|$)/.exec(all.toString("latin1")) ?? [];
  const [first = "", ...lines] = head.split(/\r?\n/);
  const [, method, target] = /^([A-Z]{1,20}) (\S+)(?: HTTP\/[\d.]+)?$/.exec(first.trim()) ?? [];
  if (method === undefined || target === undefined)
    throw requestRefused({
      what: "The file begins with no line of a request; allowed is POST /ds/…, then its headers, an empty line and its body",
    });
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name, value] = /^([^:\s]+):(.*)$/.exec(line) ?? [];
    if (name === undefined)
      throw requestRefused({
        what: `The line ${JSON.stringify(line.slice(0, 20))}… of the headers has no colon; allowed is NAME: VALUE`,
      });
    const known = headers[name.toLowerCase()];
    const said = withoutBlanks(value!);
    headers[name.toLowerCase()] = known === undefined ? said : `${known}, ${said}`;
  }
  const [path = "", query = ""] = target.replace(/^https?:\/\/[^/]+/, "").split("?", 2);
  const body = all.subarray(head.length + gap.length);
  return evidenceOf({ method, path, query, headers, body }, publicUrl);
}

/** Blanks as HTTP has them: `trim` would take a byte of a letter in UTF-8 for one. */
function withoutBlanks(text: string): string {
  const isBlank = (at: number) => text[at] === " " || text[at] === "\t";
  let [start, end] = [0, text.length];
  while (isBlank(start)) start += 1;
  while (end > start && isBlank(end - 1)) end -= 1;
  return text.slice(start, end);
}
