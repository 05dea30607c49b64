import { MIMEType } from "node:util";
import { keysMax } from "./json.ts";

/** What stands for a file: its bytes are in the payload. */
interface FilePart {
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

type Part = string | FilePart;

/** Reads a multipart/form-data body with the platform's parser: texts as values, files as name, type and size in bytes,
 *  a repeated name as an array.
 *  @returns JSON; undefined where it is malformed or has more than keysMax parts. Never rejects. */
export async function rewriteMultipart(body: Uint8Array, contentType: string): Promise<string | undefined> {
  if (!isWithinParts(body, contentType)) return undefined;
  let form: FormData;
  try {
    // A copy over the body's own memory: typed as bytes that nobody shares.
    const bytes = new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength);
    form = await new Response(bytes, {
      headers: { "content-type": contentType },
    }).formData();
  } catch {
    return undefined;
  }
  // Without a prototype, `__proto__` is a name as any other.
  const fields: Record<string, Part | Part[]> = Object.create(null);
  let parts = 0;
  for (const [name, value] of form) {
    if (++parts > keysMax) return undefined;
    const part = typeof value === "string" ? value : { name: value.name, type: value.type, size: value.size };
    const before = fields[name];
    if (before === undefined) fields[name] = part;
    else if (Array.isArray(before)) before.push(part);
    else fields[name] = [before, part];
  }
  return JSON.stringify(fields);
}

/** A part has one to three lines before its bytes. */
const linesMax = 3 * keysMax;

/** Counts parts and their lines before the platform's parser makes an object of each. */
function isWithinParts(body: Uint8Array, contentType: string): boolean {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return false;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const delimiter = Buffer.from(`--${boundary}`, "latin1");
  let parts = 0;
  let lines = 0;
  for (let at = bytes.indexOf(delimiter); at !== -1; at = bytes.indexOf(delimiter, at)) {
    if (++parts > keysMax + 1) return false;
    const end = bytes.indexOf("\r\n\r\n", at);
    if (end === -1) return true;
    for (; at < end; at = bytes.indexOf("\r\n", at + 2)) if (++lines > linesMax) return false;
  }
  return true;
}

function boundaryOf(contentType: string): string | undefined {
  try {
    return new MIMEType(contentType).params.get("boundary") || undefined;
  } catch {
    return undefined;
  }
}
