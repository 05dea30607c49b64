import { randomUUID } from "node:crypto";
import { checkActivity, type CheckPorts } from "../activity/check.ts";
import { readActivity } from "../activity/read.ts";
import { refusedMessage } from "../activity/refused.ts";
import type { Send } from "../hits/send-test.ts";
import type { Hit } from "../hit.ts";
import { discard } from "../letters/replay.ts";
import { selectStates } from "../letters/states.ts";
import type { LetterPorts } from "../letters/store.ts";
import { recording } from "../people/audit.ts";
import type { Who } from "../people/who.ts";
import { isProblem } from "../problem.ts";
import { letterNotWaiting } from "../problems.ts";
import type { Backlog, Queue } from "../queue.ts";
import type { Registry } from "../registry.ts";
import { streamRef } from "../stream-ref.ts";
import { readAll, type Reading } from "../streams/reading.ts";
import type { Documents } from "../documents.ts";
import type { Warehouse } from "../warehouse.ts";
import { madeUpLeads, madeUpOrders, orderNow } from "./orders.ts";

/** What a newcomer looks at before anything of their own has arrived: two made-up streams, whose hits take
 *  the way of all hits, and which go again as a whole. One of them has no dataset to write to, so that
 *  there is something to mend. */

export interface DemoPorts extends LetterPorts, CheckPorts {
  registry: Registry;
  documents: Documents;
  queue: Pick<Queue, "publish">;
  backlog: Pick<Backlog, "depth">;
  warehouse: Warehouse;
  send: Send;
  /** Under which address the world reaches collect, without a slash at its end. */
  collectUrl: string;
  /** The dataset of a bare table name. */
  defaultDataset: string;
  /** Removes a dataset of ours with all its tables: the demo's own, and no other. */
  dropDataset: (dataset: string) => Promise<void>;
}

/** In `managed_by`: nobody changes such a stream by hand. */
const manager = "demo";
const dataset = "afterclick_demo";
const orders = { name: "Demo orders", table: `${dataset}.orders`, key: "orderId" };
const leads = { name: "Demo leads", table: `${dataset}_crm.leads`, key: "leadId" };

const publishDeadlineMs = 10_000;
/** For the rows of some 450 hits; what comes later is shown when it is there. */
const [arrivalMs, lookEveryMs] = [20_000, 50];
const checkMs = 10_000;
const sentNow = 5;

/** Those that are there and were not removed. */
export function demoIn(readings: readonly Reading[]): Reading[] {
  return readings.filter(({ document, removed }) => document["managed_by"] === manager && !removed);
}

/** Makes the streams and their hits of 14 days. Does nothing where they are there.
 *  @throws registry_down, queue_down, warehouse_down, documents_down */
export async function makeDemo(ports: DemoPorts, who: Who): Promise<void> {
  const { registry, warehouse, queue } = ports;
  if (demoIn(readAll(await registry.list(), ports)).length > 0) return;
  const now = ports.now();
  const [ordersId, leadsId] = [randomUUID(), randomUUID()];
  await warehouse.createDataset({ dataset, table: "" });
  const at = new Date(now).toISOString();
  const document = { offset: "UTC", managed_by: manager, created_at: at, updated_at: at };
  await recording(ports, who, { what: "demo_made" }, async () => {
    await registry.write(ordersId, { ...orders, ...document }, null);
    await registry.write(leadsId, { ...leads, ...document }, null);
  });
  const hits = [
    ...madeUpOrders(ordersId, now),
    ...madeUpLeads(leadsId, now),
    ...[0, 1, 6].map((days) => refusedThen(ordersId, now - days * 86_400_000)),
  ];
  await Promise.all(hits.map((hit) => queue.publish(hit, { deadlineMs: publishDeadlineMs })));
  await sendNow(ports, ordersId);
  await arrived(ports);
  // Days that are over count once they were counted in the table: the night would do it.
  const all = readAll(await registry.list(), ports);
  await counted(
    ports,
    all.filter(({ id }) => id === ordersId),
  );
  await checkActivity(ports, all, { streamId: ordersId, timeMs: checkMs, tablesAtOnce: 1 });
}

/** Until what came just now is counted, or it takes too long: whoever looks next sees it. */
async function counted(ports: DemoPorts, readings: readonly Reading[]): Promise<void> {
  const end = ports.now() + arrivalMs;
  while (ports.now() < end) {
    const { streams } = await readActivity(ports, readings);
    if ((streams[0]?.today.hits ?? 0) >= sentNow) return;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

/** Closes the streams, and removes their rows and their dead letters. Asked twice, nothing is left to do.
 *  @throws registry_down, registry_conflict, warehouse_down, documents_down */
export async function removeDemo(ports: DemoPorts, who: Who): Promise<void> {
  const { registry } = ports;
  const streams = demoIn(readAll(await registry.list(), ports));
  const at = new Date(ports.now()).toISOString();
  await recording(ports, who, { what: "demo_removed" }, async () => {
    // A hit that is on its way would make its table anew.
    await arrived(ports);
    for (const { id, document, version } of streams) {
      const closed = { ...document, state: "closed", updated_at: at, removed_at: at };
      await discardAll(ports, id, who);
      await registry.write(id, closed, version);
    }
    await ports.dropDataset(dataset);
  });
}

function refusedThen(stream_id: string, at: number): Hit {
  return refusedMessage({
    stream_id,
    minute: Math.floor(at / 60_000) * 60_000,
    date: new Date(at).toISOString().slice(0, 10),
    reasons: new Map([["method_not_allowed", 3]]),
  });
}

/** The newest come by the public address, so that Live shows them too. Where it cannot be
 *  reached, a test send says so. */
async function sendNow({ send, collectUrl }: DemoPorts, id: string): Promise<void> {
  for (let index = 0; index < sentNow; index++)
    await send({
      url: `${collectUrl}/ds/${id}`,
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: orderNow(index),
      // What cannot be sent now is not missed among the rows of weeks.
    }).catch(() => undefined);
}

/** Until nothing waits in the queue, or it takes too long. */
async function arrived({ backlog, now }: DemoPorts): Promise<void> {
  const end = now() + arrivalMs;
  while (now() < end && ((await backlog.depth()).waiting ?? 0) > 0)
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
}

async function discardAll(ports: DemoPorts, id: string, who: Who): Promise<void> {
  const waiting = await selectStates(ports, {
    columns: ["hit_id"],
    where: [
      { column: "stream_ref", is: "=", value: streamRef(id) },
      { column: "state", is: "=", value: "waiting" },
    ],
    limit: 1_000,
  });
  for (const row of waiting) {
    const one = { hit_id: String(row["hit_id"]), note: "the demo was removed" };
    await discard(ports, one, who).catch((error: unknown) => {
      // Somebody replayed it, or discarded it, meanwhile.
      if (!isProblem(error, letterNotWaiting)) throw error;
    });
  }
}
