import { createReadStream } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { request as plain, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { request as encrypted } from "node:https";

export interface FilePart {
  readonly path: string;
  /** The first byte, from 0; the first of the file where left out. */
  readonly from?: number;
  readonly bytes: number;
}

/** As long as it was when somebody looked: what is added meanwhile is not sent. */
function readPart({ path, from = 0, bytes }: FilePart): Readable {
  return bytes === 0 ? Readable.from([]) : createReadStream(path, { start: from, end: from + bytes - 1 });
}

/** One HTTP request. node:http rather than fetch: a backup may take longer to answer than fetch waits at
 *  most, and fetch refuses some ports. Redirects are not followed.
 *  @param call.deadlineMs until the head of the answer
 *  @throws Error with the `code` of the system; past the deadline its message says so */
export function send(call: {
  url: URL;
  method: string;
  headers: OutgoingHttpHeaders;
  body?: string | Uint8Array;
  /** In its place: a file, read as it goes out. */
  file?: FilePart;
  deadlineMs: number;
  stopped?: AbortSignal;
}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const body = call.body === undefined ? undefined : Buffer.from(call.body);
    const request = (call.url.protocol === "https:" ? encrypted : plain)(call.url, {
      method: call.method,
      // One call a process, most often: a connection that is kept would only keep the process.
      agent: false,
      headers: {
        ...call.headers,
        ...(body !== undefined && { "content-length": body.length }),
        ...(call.file !== undefined && { "content-length": call.file.bytes }),
      },
      ...(call.stopped !== undefined && { signal: call.stopped }),
    });
    const late = setTimeout(() => {
      request.destroy(Object.assign(new Error(`no answer within ${call.deadlineMs / 1000} s`), { code: "" }));
    }, call.deadlineMs);
    request.on("response", (response) => {
      clearTimeout(late);
      resolve(response);
    });
    request.on("error", (error) => {
      clearTimeout(late);
      reject(error);
    });
    if (call.file === undefined) request.end(body);
    // What breaks on either side is told by the request: where it answered before the end of the file, that
    // counts.
    else pipeline(readPart(call.file), request, (error) => error && request.destroy(error));
  });
}
