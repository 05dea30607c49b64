/** What a stream of requests says by RFC 9112, read slowly and by another hand than node's: the judge of what
 *  must be kept of each one that was accepted. */

export interface Framed {
  readonly method: string;
  readonly target: string;
  /** As sent, chunks put together. */
  readonly body: Buffer;
}

/** The requests at the start of `bytes`, in order; what follows the last whole one is left out. */
export function framed(bytes: Buffer): Framed[] {
  const requests: Framed[] = [];
  let at = 0;
  for (;;) {
    while (bytes.toString("latin1", at, at + 2) === "\r\n") at += 2; // empty lines before a request do not count
    const headEnd = bytes.indexOf("\r\n\r\n", at);
    if (headEnd === -1) return requests;
    const [first = "", ...lines] = bytes.toString("latin1", at, headEnd).split("\r\n");
    const [method = "", target = ""] = first.split(" ");
    const named = (name: string) =>
      lines
        .find((line) => line.toLowerCase().startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .trim();
    const body =
      named("transfer-encoding") === undefined
        ? sized(bytes, headEnd + 4, lengthIn(named("content-length") ?? "0"))
        : chunked(bytes, headEnd + 4);
    if (body === undefined) return requests;
    requests.push({ method, target, body: body.body });
    at = body.end;
  }
}

const lengthIn = (text: string) => (/^\d+$/.test(text) ? Number(text) : NaN);

interface Part {
  readonly body: Buffer;
  readonly end: number;
}

function sized(bytes: Buffer, from: number, length: number): Part | undefined {
  const end = from + length;
  return end <= bytes.length ? { body: bytes.subarray(from, end), end } : undefined;
}

function chunked(bytes: Buffer, from: number): Part | undefined {
  const parts: Buffer[] = [];
  for (let at = from; ;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd === -1) return undefined;
    const size = /^[0-9a-f]+/i.exec(bytes.toString("latin1", at, lineEnd))?.[0];
    if (size === undefined) return undefined;
    const chunk = sized(bytes, lineEnd + 2, Number.parseInt(size, 16));
    if (chunk === undefined) return undefined;
    if (chunk.body.length === 0) {
      // Trailers, ended by an empty line; without any, that line comes at once.
      const end = bytes.indexOf("\r\n\r\n", lineEnd);
      return end === -1 ? undefined : { body: Buffer.concat(parts), end: end + 4 };
    }
    parts.push(chunk.body);
    at = chunk.end + 2;
  }
}
