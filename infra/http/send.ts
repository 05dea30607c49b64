import type { ServerResponse } from "node:http";
import type { Reply } from "../../functions/request.ts";
import type { Exchange } from "./exchange.ts";
import type { Desk } from "./limits.ts";
import { guarding } from "./refusal.ts";

type Stream = AsyncIterable<string | Uint8Array>;

/** Sends a reply; after the sender has left, throws it away.
 *  @param closes whether the connection ends with it */
export function send(exchange: Exchange, reply: Reply, closes: boolean, desk: Desk): void {
  const { response } = exchange;
  const { body } = reply;
  if (exchange.over || response.destroyed) {
    if (isStream(body)) void end(body);
    return;
  }
  const head: string[] = [];
  for (const name in reply.headers) head.push(name, reply.headers[name] as string);
  for (const name in guarding) {
    if (reply.headers?.[name] === undefined) head.push(name, guarding[name]!);
  }
  if (closes) head.push("connection", "close");
  if (isStream(body)) {
    response.writeHead(reply.status, head);
    void sendStream(exchange, body, desk);
    return;
  }
  const length =
    body === undefined ? 0 : typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  // RFC 9110 section 8.6: a 204 has none.
  if (reply.status !== 204) head.push("content-length", String(length));
  response.writeHead(reply.status, head);
  if (length === 0 || exchange.method === "HEAD") response.end();
  else response.end(body);
}

async function sendStream(exchange: Exchange, body: Stream, desk: Desk): Promise<void> {
  const { response } = exchange;
  exchange.streaming = true;
  if (desk.draining) exchange.abort();
  try {
    response.flushHeaders(); // a reader of events waits for them before the first event exists
    if (exchange.method === "HEAD") await end(body);
    else {
      for await (const chunk of body) {
        if (response.destroyed) return;
        if (chunk.length > 0 && !response.write(chunk)) await writable(response);
      }
    }
    response.end();
  } catch (error) {
    if (!exchange.gone.aborted) {
      desk.log("ERROR", "An answer broke off", {
        cause: error instanceof Error ? error.stack : String(error),
      });
    }
    // No other way is left to say that the answer is not whole.
    exchange.connection.socket.destroy();
  }
}

function isStream(body: Reply["body"]): body is Stream {
  return typeof body === "object" && Symbol.asyncIterator in body;
}

/** Lets a stream that nobody reads free what it holds. */
async function end(body: Stream): Promise<void> {
  await body[Symbol.asyncIterator]().return?.();
}

function writable(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      response.off("drain", go);
      response.off("close", go);
      resolve();
    };
    response.on("drain", go);
    response.on("close", go);
  });
}
