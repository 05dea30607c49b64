import { createHash, randomUUID } from "node:crypto";
import type { Hit } from "../hit.ts";

/** Made-up orders of two weeks: more by day than by night, fewer on Sundays, a few of them refunded later. */

const days = 14;
const [dayMs, minuteMs] = [86_400_000, 60_000];
/** How many orders on a Monday to a Sunday. */
const perWeekday = [31, 28, 34, 36, 42, 25, 17];
const contentType = "application/x-www-form-urlencoded";

/** @param now Unix ms: nothing is received after it */
export function madeUpOrders(stream_id: string, now: number): Hit[] {
  const hits: Hit[] = [];
  let number = 1_000;
  const today = Math.floor(now / dayMs);
  for (let day = today - days + 1; day <= today; day++) {
    // 1 January 1970 was a Thursday.
    const orders = perWeekday[(day + 3) % 7]!;
    for (let order = 0; order < orders; order++) {
      number += 1;
      const at = day * dayMs + minuteOf(number) * minuteMs + share(number, "ms") * minuteMs;
      const id = `N${number}`;
      const total = (12 + share(number, "total") * 180).toFixed(2);
      const fields = { orderId: id, total, currency: "EUR", userId: `U${1 + (number % 97)}` };
      hits.push(hit(stream_id, at, { ...fields, status: "delivered" }));
      if (number % 11 === 0) hits.push(hit(stream_id, at + 2 * dayMs, { ...fields, status: "refunded" }));
    }
  }
  return hits.filter(({ received_at }) => received_at < now);
}

/** Hits of yesterday and today that have no table to go to. */
export function madeUpLeads(stream_id: string, now: number): Hit[] {
  return Array.from({ length: 9 }, (_, index) =>
    hit(stream_id, now - (9 - index) * 3 * 60 * minuteMs, {
      leadId: `L${400 + index}`,
      stage: index % 3 === 0 ? "won" : "qualified",
      userId: `U${3 + index}`,
    }),
  );
}

/** An order of just now, as a shop sends it. */
export function orderNow(index: number): string {
  const fields = { orderId: `N${9_000 + index}`, total: "59.90", currency: "EUR", status: "delivered" };
  return String(new URLSearchParams(fields));
}

function hit(stream_id: string, at: number, fields: Readonly<Record<string, string>>): Hit {
  const received_at = Math.floor(at);
  return {
    hit_id: randomUUID(),
    stream_id,
    received_at,
    date: new Date(received_at).toISOString().slice(0, 10),
    content_type: contentType,
    body: Buffer.from(String(new URLSearchParams(fields))),
  };
}

/** Between 6 and 22 o'clock, most of them around two in the afternoon. */
function minuteOf(number: number): number {
  const about = (share(number, "a") + share(number, "b")) / 2;
  return 6 * 60 + Math.floor(about * 16 * 60);
}

/** From 0 to 1, the same each time. */
function share(number: number, of: string): number {
  return createHash("sha256").update(`${of} ${number}`).digest().readUInt32BE() / 2 ** 32;
}
