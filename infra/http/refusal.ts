import { STATUS_CODES, type IncomingMessage } from "node:http";
import { problemDocument, type Problem } from "../../functions/problem.ts";
import { badRequest, headersTooLarge, tooLarge, tooSlow, uriTooLong } from "../../functions/problems.ts";
import type { Limits } from "./limits.ts";

/** What node's parser and its clock report. `rawPacket` is the packet in which a parse
 *  error lies, no earlier one. */
export interface ParserError extends Error {
  code?: string;
  bytesParsed?: number;
  rawPacket?: Buffer;
}

/** Node counts address and headers together: this much reaches `refusalOfHead`, which
 *  tells one from the other. */
export const headBytesMax = (limits: Limits) => limits.urlBytesMax + limits.headerBytesMax + 1;

/** The largest chunk extension that node reads, in bytes; it cannot be set. */
const chunkExtensionBytesMax = 16 * 1024;

/** Why a request that was parsed is refused all the same, before a handler sees it. */
export function refusalOfHead(request: IncomingMessage, url: string, limits: Limits): Problem | undefined {
  const { headers, rawHeaders } = request;
  if (request.httpVersionMajor !== 1)
    return badRequest({ what: "Only HTTP/1.1 and HTTP/1.0 are spoken here." });
  // RFC 9112 section 3.2. Two hosts arrive joined by a comma: a proxy may have believed either.
  const host = headers.host;
  if (host === undefined ? request.httpVersionMinor === 1 : host.includes(",")) {
    return badRequest({ what: "The request needs exactly one Host header." });
  }
  const coding = headers["transfer-encoding"];
  if (coding !== undefined && (request.httpVersionMinor === 0 || coding.toLowerCase() !== "chunked")) {
    return badRequest({
      what: "The only Transfer-Encoding is chunked, in HTTP/1.1.",
    });
  }
  if (url.length > limits.urlBytesMax) return uriTooLong({ bytes: url.length, bytesMax: limits.urlBytesMax });
  let bytes = rawHeaders.length * 2; // ": " and CRLF of each pair
  for (let at = 0; at < rawHeaders.length; at++) bytes += (rawHeaders[at] as string).length;
  return bytes > limits.headerBytesMax ? headersTooLarge({ bytesMax: limits.headerBytesMax }) : undefined;
}

/** The problem behind an error of node's parser or clock.
 *  @param inBody whether the head of the request had been read */
export function refusalOfError(error: ParserError, inBody: boolean, limits: Limits): Problem {
  switch (error.code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return tooSlow({
        seconds: (inBody ? limits.requestTimeoutMs : limits.headerTimeoutMs) / 1000,
      });
    case "HPE_HEADER_OVERFLOW":
      return !inBody && isAddress(error, limits.urlBytesMax)
        ? uriTooLong({
            bytes: headBytesMax(limits),
            bytesMax: limits.urlBytesMax,
          })
        : headersTooLarge({ bytesMax: limits.headerBytesMax });
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return tooLarge({
        bytesMax: chunkExtensionBytesMax,
        what: "The extensions of the chunks have",
        advice: "leave them out, nobody reads them",
      });
    case "HPE_INVALID_EOF_STATE":
      return badRequest({
        what: "The connection was closed before the request was complete.",
      });
    case "HPE_INVALID_METHOD":
      return badRequest({
        what: "The request does not begin with a known method.",
      });
    case "HPE_INVALID_URL":
      return badRequest({
        what: "The address holds a character that must be percent-encoded.",
      });
    default:
      return badRequest({
        what: inBody ? "The framing of the body is broken." : "The request cannot be read.",
      });
  }
}

/** Whether the address made the head too large. Only the last packet is known, and the head may have begun in
 *  an earlier one. A line without a space and an end is then taken for an address: headers that long
 *  (cookies) hold spaces. */
function isAddress({ rawPacket, bytesParsed = 0 }: ParserError, urlBytesMax: number): boolean {
  const before = rawPacket?.toString("latin1", 0, bytesParsed) ?? "\n";
  const headBefore = before.lastIndexOf("\r\n\r\n");
  const head = headBefore === -1 ? before : before.slice(headBefore + 4);
  const target = /^[A-Z]+ ([/h*]\S*)/.exec(head)?.[1];
  return target === undefined ? !/[ \n]/.test(head) : target.length > urlBytesMax;
}

/** The body of the answer that carries a problem. */
export const problemText = (problem: Problem) => JSON.stringify(problemDocument(problem));

export const problemType = "application/problem+json";

/** On every answer that has none of its own: nobody takes it for another type, embeds it or frames it. */
export const guarding: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
  "x-frame-options": "DENY",
};

/** A whole last answer, for a connection where no request could be made out. */
export function lastAnswer(problem: Problem): string {
  const text = problemText(problem);
  const headers = Object.entries({
    ...problem.headers,
    ...guarding,
    date: new Date().toUTCString(),
    "content-type": problemType,
    "content-length": String(Buffer.byteLength(text)),
    connection: "close",
  });
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? "Error"}\r\n${lines.join("")}\r\n${text}`;
}
