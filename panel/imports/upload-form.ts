import { requestRefused, tooLarge, unsupportedMediaType } from "../../functions/problems.ts";
import { uploadBytesMax } from "../../functions/import/load/arrivals.ts";
import type { Visit } from "../visit.ts";

/** A file as a form without a script sends it. Its bytes are never held: they are taken as they come. */
export interface SentFile {
  /** As the person's machine calls it. */
  readonly name: string;
  /** @throws too_large, request_refused where the form ends in the middle */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** All fields together. */
const fieldsBytesMax = 64 * 1024;
/** Of one part. */
const headBytesMax = 8 * 1024;
/** What stands around the file. */
const aroundBytesMax = 1024 * 1024;

/** The fields of a form of multipart/form-data, in their order, once its file was taken. Where nobody chose
 *  a file there is none.
 *  @param take gets the first file that somebody chose
 *  @throws unsupported_media_type, request_refused, too_large; what `take` throws
 *  Source: https://html.spec.whatwg.org/#multipart-form-data */
export async function formWithFile(
  { request }: Visit,
  take: (file: SentFile) => Promise<void>,
): Promise<URLSearchParams> {
  const boundary = boundaryIn(request.headers["content-type"] ?? "");
  const reader = openReader(request.stream(uploadBytesMax + aroundBytesMax));
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  try {
    return await fieldsIn(reader, delimiter, take);
  } finally {
    await reader.end();
  }
}

async function fieldsIn(
  reader: ReturnType<typeof openReader>,
  delimiter: Buffer,
  take: (file: SentFile) => Promise<void>,
): Promise<URLSearchParams> {
  const form = new URLSearchParams();
  let fieldsBytes = 0;
  let isTaken = false;
  // What stands before the first part is nothing.
  await drain(reader.until(delimiter));
  while (!(await reader.isEnd())) {
    const head = await textOf(reader.until(endOfHead), headBytesMax);
    // A field without a value is one too.
    fieldsBytes += head.length;
    if (fieldsBytes > fieldsBytesMax) throw tooLarge({ bytesMax: fieldsBytesMax });
    const { name, file } = namesIn(head);
    const content = reader.until(delimiter);
    if (file === undefined) {
      const value = await textOf(content, fieldsBytesMax - fieldsBytes);
      fieldsBytes += value.length;
      form.append(name, value);
    } else if (file !== "" && !isTaken) {
      isTaken = true;
      await take({ name: file, bytes: limited(content) });
    }
    // What nobody took.
    await drain(content);
  }
  return form;
}

const endOfHead = Buffer.from("\r\n\r\n");

function boundaryIn(type: string): string {
  const [, quoted, plain] =
    /^multipart\/form-data\b.*;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(type) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined)
    throw unsupportedMediaType({
      type: `as ${JSON.stringify(type.slice(0, 100))}`,
      needed: "multipart/form-data",
    });
  return boundary;
}

/** Browsers write a quote and line breaks of a name as escapes. */
function namesIn(head: string): { name: string; file: string | undefined } {
  // Only these two are a line break: a name may hold others.
  const line = head.split("\r\n").find((one) => /^content-disposition:/i.test(one)) ?? "";
  const named = (what: string) => {
    const found = new RegExp(`;\\s*${what}="([^"]*)"`, "i").exec(line)?.[1];
    return found?.replaceAll("%22", '"').replaceAll("%0D", "\r").replaceAll("%0A", "\n");
  };
  return { name: named("name") ?? "", file: named("filename") };
}

/** Bytes up to a mark, which may be cut anywhere by the way here. */
function openReader(source: AsyncIterable<Uint8Array>) {
  const chunks = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.from("\r\n");
  const more = async () => {
    const { done, value } = await chunks.next();
    if (done === true) throw cut();
    rest = rest.length === 0 ? Buffer.from(value) : Buffer.concat([rest, value]);
  };
  return {
    /** Whether nothing comes behind the mark. */
    async isEnd(): Promise<boolean> {
      while (rest.length < 2) await more();
      return rest.subarray(0, 2).toString("latin1") === "--";
    },
    /** What is not read yet is left to the door. */
    async end(): Promise<void> {
      await chunks.return?.();
    },
    async *until(mark: Buffer): AsyncGenerator<Uint8Array> {
      for (;;) {
        const at = rest.indexOf(mark);
        if (at !== -1) {
          const last = rest.subarray(0, at);
          rest = rest.subarray(at + mark.length);
          if (last.length > 0) yield last;
          return;
        }
        const sure = rest.length - mark.length + 1;
        if (sure > 0) {
          const some = rest.subarray(0, sure);
          rest = rest.subarray(sure);
          yield some;
        }
        await more();
      }
    },
  };
}

const cut = () => requestRefused({ what: "The form ends in the middle" });

async function drain(bytes: AsyncGenerator<Uint8Array>): Promise<void> {
  for await (const _some of bytes);
}

async function textOf(bytes: AsyncIterable<Uint8Array>, bytesMax: number): Promise<string> {
  const all: Uint8Array[] = [];
  let length = 0;
  for await (const some of bytes) {
    length += some.length;
    if (length > bytesMax) throw tooLarge({ bytesMax });
    all.push(some);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(all));
  } catch {
    throw requestRefused({ what: "The form is no UTF-8" });
  }
}

async function* limited(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const some of bytes) {
    total += some.length;
    if (total > uploadBytesMax) throw tooLarge({ bytesMax: uploadBytesMax });
    yield some;
  }
}
