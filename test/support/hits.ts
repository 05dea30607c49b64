import { randomUUID } from "node:crypto";
import type { Hit } from "../../functions/hit.ts";

export const someStream = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";

/** A hit like many, but for what is given. */
export function makeHit(given: Partial<Hit> = {}): Hit {
  return {
    hit_id: randomUUID(),
    stream_id: someStream,
    received_at: 1_603_131_452_000,
    date: "2020-10-19",
    content_type: "application/x-www-form-urlencoded",
    body: Buffer.from("orderId=N1&status=delivered&total=120.13&userId=U1"),
    ...given,
  };
}
