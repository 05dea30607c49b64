import { type Sent, sendTest } from "../../../functions/hits/send-test.ts";
import { isUuid } from "../../../functions/hit.ts";
import { adminNotFound, streamRefused, streamUnknown } from "../../../functions/problems.ts";
import type { Reply } from "../../../functions/request.ts";
import { findReading } from "../../../functions/streams/change.ts";
import { readAll } from "../../../functions/streams/reading.ts";
import type { Stream } from "../../../functions/streams/stream.ts";
import { seeOther } from "../../document.tsx";
import { formOf, type Visit } from "../../visit.ts";
import { setupPage } from "./setup.tsx";
import { whereabouts } from "../whereabouts.ts";

/** Sends a test; a script gets what came of it, a form the page that goes on from there. */
export async function sendTestHit(visit: Visit): Promise<Reply> {
  const { ports, request } = visit;
  const stream = await streamOf(visit);
  const body = (await formOf(visit)).get("body") ?? "";
  const sent = await sendTest(ports, stream, body);
  if (request.headers["accept"] === "application/json") return json(sent);
  // A sentence never travels in an address, where anybody could write it.
  if (sent.failure !== undefined) return setupPage(visit, sent);
  return seeOther(`/streams/${stream.id}?${new URLSearchParams(written(sent))}`);
}

/** For the page's script. */
export async function testHit(visit: Visit): Promise<Reply> {
  const { id } = await streamOf(visit);
  const hitId = visit.path["hit_id"]!;
  if (!isUuid(hitId)) throw adminNotFound();
  return json(await whereabouts(visit, id, hitId));
}

function written({ method, at, tookMs, hitId = "" }: Sent): Record<string, string> {
  return { sent: method, at: String(at), took: String(tookMs), hit: hitId };
}

/** @throws stream_unknown, stream_refused where its document cannot be used */
async function streamOf({ ports, path }: Visit): Promise<Stream> {
  const { lookup, removed } = findReading(readAll(await ports.registry.list(), ports), path["id"]!);
  if (removed) throw streamUnknown();
  if (lookup.kind === "invalid") throw streamRefused({ problems: lookup.problems });
  return lookup.stream;
}

function json(value: unknown): Reply {
  return {
    status: 200,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(value),
  };
}
