import { expect, test } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Log } from "../../../functions/log.ts";
import { openQueue, queueFileName } from "../../../infra/local/queue/queue.ts";
import { inFolder } from "../../support/folder.ts";
import { until } from "../../support/until.ts";
import { all, byHand, leaseAll, publishAll, quiet, someHits } from "./setup.ts";

/** Flips one bit of the file: a message hides others from whoever looks by ids, and is seen by nobody who
 *  counts.
 *  @returns how many are hidden */
function hideSome(file: string, messages: number): number {
  const whole = readFileSync(file);
  // A message's id stands before the sizes of its columns: 6, 0, two bytes, one, one.
  const column = whole.lastIndexOf("{", whole.lastIndexOf('"hit_id"'));
  for (let at = (column - 7) * 8; at < (column - 6) * 8; at++) {
    const harmed = Buffer.from(whole);
    harmed[at >> 3]! ^= 1 << (at & 7);
    writeFileSync(file, harmed);
    const hidden = hiddenIn(file, messages);
    if (hidden > 0) return hidden;
  }
  throw new Error("No bit hides a message.");
}

function hiddenIn(file: string, messages: number): number {
  const db = new DatabaseSync(file);
  try {
    const { counted } = db.prepare("SELECT count(*) AS counted FROM messages").get()!;
    const { last } = db.prepare("SELECT max(id) AS last FROM messages").get()!;
    const found = db.prepare("SELECT attributes FROM messages WHERE id <= ? ORDER BY id").all(last!);
    return counted === messages ? messages - found.length : 0;
  } catch {
    return 0; // this bit makes it unreadable, which is told already
  } finally {
    db.close();
  }
}

test("SQLite: of messages that a damaged page hides the log tells, the others are delivered, and they stay in the file", () =>
  inFolder(async (directory) => {
    const errors: [string, unknown][] = [];
    const log: Log = (severity, message, facts) =>
      void (severity === "ERROR" && errors.push([message, facts]));
    const open = () => openQueue({ directory, log });
    const before = await open();
    await publishAll(before, someHits(3));
    await before.close();
    byHand(directory, (db) => db.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
    const hidden = hideSome(join(directory, queueFileName), 3);
    const queue = await open();
    try {
      if (hidden < 3) for (const { id } of await leaseAll(queue, 3 - hidden)) queue.ack(id);
      await until("the log tells", async () => {
        expect(await queue.lease(...all)).toEqual([]);
        return errors.length > 0;
      });
      expect(errors).toEqual([
        [
          expect.stringMatching(/in the queue's file and cannot be read: the file is damaged/),
          { event: "queue_damaged", messages: hidden },
        ],
      ]);
      expect((await queue.depth()).waiting).toBe(hidden);
    } finally {
      await queue.close();
    }
  }));

test("SQLite: messages that somebody took out of the file by hand are not waited for", () =>
  inFolder(async (directory) => {
    const severities: string[] = [];
    const before = await openQueue({ directory, log: quiet });
    await publishAll(before, someHits(3));
    await before.close();
    const queue = await openQueue({ directory, log: (severity) => void severities.push(severity) });
    try {
      byHand(directory, (db) => db.exec("DELETE FROM messages WHERE id = 2"));
      for (const { id } of await leaseAll(queue, 2)) queue.ack(id);
      await until("none is waited for", async () => {
        await queue.lease(...all);
        return (await queue.depth()).waiting === 0;
      });
      expect(severities).not.toContain("ERROR");
    } finally {
      await queue.close();
    }
  }));
