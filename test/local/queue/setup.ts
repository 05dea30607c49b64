import { expect, test } from "@jest/globals";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Hit } from "../../../functions/hit.ts";
import {
  type Lease,
  type LocalQueue,
  type QueueConfig,
  openQueue,
  queueFileName,
} from "../../../infra/local/queue/queue.ts";
import { inFolder } from "../../support/folder.ts";
import { makeHit } from "../../support/hits.ts";
import { until } from "../../support/until.ts";

export const quiet = () => undefined;

export const deadlineMs = 20_000;

export const all = [1_000_000, 2 ** 30] as const;

/** What this driver promises besides. */
export function promise(
  name: string,
  keep: (directory: string, open: (given?: Partial<QueueConfig>) => Promise<LocalQueue>) => Promise<void>,
): void {
  test(`SQLite: ${name}`, () =>
    inFolder(async (directory) => {
      const opened: LocalQueue[] = [];
      const open = async (given: Partial<QueueConfig> = {}) => {
        const queue = await openQueue({ directory, log: quiet, ...given });
        opened.push(queue);
        return queue;
      };
      try {
        await keep(directory, open);
      } finally {
        for (const queue of opened) await queue.close();
      }
    }));
}

/** A second connection, as a person with sqlite3 has one. */
export function byHand<Result>(directory: string, work: (db: DatabaseSync) => Result): Result {
  const db = new DatabaseSync(join(directory, queueFileName), {
    timeout: 5_000,
  });
  try {
    return work(db);
  } finally {
    db.close();
  }
}

export async function leaseAll(queue: LocalQueue, count: number): Promise<Lease[]> {
  const leases: Lease[] = [];
  await until(`${count} leases`, async () => {
    leases.push(...(await queue.lease(...all)));
    return leases.length >= count;
  });
  expect(leases).toHaveLength(count);
  return leases;
}

export function someHits(count: number, given: Partial<Hit> = {}): Hit[] {
  return Array.from({ length: count }, () => makeHit(given));
}

export async function publishAll(queue: LocalQueue, hits: Hit[]): Promise<void> {
  await Promise.all(hits.map((hit) => queue.publish(hit, { deadlineMs })));
}

export const idsOf = (hits: Hit[]) => hits.map(({ hit_id }) => hit_id).sort();
