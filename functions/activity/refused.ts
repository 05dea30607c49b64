import { randomUUID } from "node:crypto";
import type { Hit } from "../hit.ts";

/** How collect tells deliver of requests that it refused: a small message a stream and minute, on the way of
 *  the hits and marked as none of them. deliver counts it and never makes a row of it. */

export interface Refused {
  readonly stream_id: string;
  /** Unix ms of its begin. */
  readonly minute: number;
  /** The day of the minute at the stream's offset, where the stream's document can be read. */
  readonly date?: string | undefined;
  /** How many, by the code of the error. */
  readonly reasons: ReadonlyMap<string, number>;
}

/** A code of the catalogue; nothing else is taken for one. */
const code = /^[a-z_]{1,40}$/;
/** More reasons than there are. */
const reasonsMax = 100;

export function refusedMessage({ stream_id, minute, date, reasons }: Refused): Hit {
  return {
    hit_id: randomUUID(),
    stream_id,
    received_at: minute,
    body: Buffer.from(JSON.stringify(Object.fromEntries(reasons))),
    ...(date !== undefined && { date }),
    refused: true,
  };
}

/** How many by reason; none where somebody else wrote the message. */
export function readReasons({ body }: Hit): [reason: string, count: number][] {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(body).toString());
  } catch {
    return [];
  }
  return Object.entries(Object(read) as Record<string, unknown>)
    .slice(0, reasonsMax)
    .filter(
      (one): one is [string, number] =>
        code.test(one[0]) && Number.isSafeInteger(one[1]) && Number(one[1]) > 0,
    );
}
