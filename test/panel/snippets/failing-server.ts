import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What came, in the order it came. */
export interface Seen {
  readonly method: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** ms on a clock of its own. */
  readonly at: number;
}

/** How one request is answered: by itself, or by the server behind. `cut` ends the connection without an
 *  answer; of `nothing` comes nothing, and the connection stays. */
export type Answer =
  { status: number; headers?: Record<string, string>; body?: string } | "cut" | "nothing" | "passed on";

/** What came to one path, and what is answered there: one after the other, and the last one again and
 *  again. */
interface Place {
  readonly seen: Seen[];
  answers: Answer[];
}

/** A server before the product, which fails as it is told. */
export async function failingServer(
  behind: string,
): Promise<{ url: string; at(path: string): Place; close(): Promise<void> }> {
  const places = new Map<string, Place>();
  const placeAt = (path: string): Place => {
    const place = places.get(path) ?? { seen: [], answers: [] };
    places.set(path, place);
    return place;
  };
  const server = createServer((request, response) => {
    void (async () => {
      const at = performance.now();
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const place = placeAt(request.url!);
      place.seen.push({ method: request.method!, headers: request.headers, body: body.toString(), at });
      const { answers } = place;
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? "passed on";
      if (answer === "cut") request.socket.destroy();
      else if (answer === "nothing") return;
      else if (answer === "passed on") await passOn(behind, request, body, response);
      else response.writeHead(answer.status, answer.headers).end(answer.body ?? "");
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    at: placeAt,
    close: () => end(server),
  };
}

async function passOn(
  behind: string,
  request: IncomingMessage,
  body: Buffer<ArrayBuffer>,
  response: ServerResponse,
): Promise<void> {
  const own = new Set([
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
  ]);
  const headers = Object.entries(request.headers).filter(([name]) => !own.has(name)) as [string, string][];
  const answer = await fetch(behind + request.url, { method: request.method!, headers, body });
  const names = ["content-type", "afterclick-hit-id"].filter((name) => answer.headers.has(name));
  response.writeHead(
    answer.status,
    names.flatMap((name) => [name, answer.headers.get(name)!]),
  );
  response.end(Buffer.from(await answer.arrayBuffer()));
}

function end(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
