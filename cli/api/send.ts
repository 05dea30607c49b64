import { request as plain, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { request as encrypted } from "node:https";

/** One HTTP request. node:http rather than fetch: a backup may take longer to answer than fetch waits at
 *  most, and fetch refuses some ports. Redirects are not followed.
 *  @param call.deadlineMs until the head of the answer
 *  @throws Error with the `code` of the system; past the deadline its message says so */
export function send(call: {
  url: URL;
  method: string;
  headers: OutgoingHttpHeaders;
  body?: string | Uint8Array;
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
    request.end(body);
  });
}
