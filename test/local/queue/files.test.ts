import { expect, test } from "@jest/globals";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openQueue, queueFileName } from "../../../infra/local/queue/queue.ts";
import { inFolder } from "../../support/folder.ts";
import { makeHit } from "../../support/hits.ts";
import { until } from "../../support/until.ts";
import { byHand, deadlineMs, idsOf, leaseAll, promise, publishAll, quiet, someHits } from "./setup.ts";

promise(
  "a file of 0.1.0 is taken over, and its messages, which have no checksum, are delivered",
  async (directory, open) => {
    const { hit_id, stream_id, body } = makeHit();
    byHand(directory, (db) => {
      db.exec(`PRAGMA journal_mode = WAL;
      CREATE TABLE messages(id INTEGER PRIMARY KEY, attributes TEXT NOT NULL, body BLOB NOT NULL);
      CREATE TABLE retries(id INTEGER PRIMARY KEY, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL);
      CREATE INDEX retries_due ON retries(due_at);
      CREATE TABLE asides(stream_id TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY(stream_id, id)) WITHOUT ROWID;
      CREATE INDEX asides_id ON asides(id);
      CREATE TABLE rejected(id INTEGER PRIMARY KEY, attributes, body, reason TEXT NOT NULL, at INTEGER NOT NULL);
      CREATE TABLE probe(id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL);
      PRAGMA user_version = 1;`);
      db.prepare("INSERT INTO messages(attributes, body) VALUES (?, ?)").run(
        JSON.stringify({ hit_id, stream_id, received_at: "1" }),
        body,
      );
    });
    const queue = await open();
    const [old] = await leaseAll(queue, 1);
    expect(old!.hit).toMatchObject({ hit_id, received_at: 1 });
    expect(old!.hit.altered).toBeUndefined();
    await queue.publish(makeHit(), { deadlineMs });
    expect(
      byHand(directory, (db) => db.prepare("SELECT sum IS NULL AS none FROM messages ORDER BY id").all()),
    ).toEqual([{ none: 1 }, { none: 0 }]);
  },
);

test.each([-1, 3])("SQLite: a file of the format %d is refused in words of its own", (version) =>
  inFolder(async (directory) => {
    byHand(directory, (db) => db.exec(`PRAGMA user_version = ${version}`));
    const refused = await openQueue({ directory, log: quiet }).catch((error: Error) => error.message);
    expect(refused).toMatch(
      version < 0 ? /its format is -1: it is no file of Afterclick/ : /written by a newer/,
    );
    expect(refused).not.toContain("\n");
  }),
);

promise("a row that is no hit is kept aside with its reason and holds up nobody", async (directory, open) => {
  const first = await open();
  const hit = makeHit();
  await first.publish(hit, { deadlineMs });
  await first.close();
  byHand(directory, (db) => {
    const put = db.prepare("INSERT INTO messages(id, attributes, body) VALUES (?, ?, ?)");
    put.run(-5, "not json", "text");
    put.run(100, '{"hit_id":"x"}', new Uint8Array([1]));
    put.run(101, "[]", new Uint8Array());
    put.run(102, '{"hit_id":7}', 3.5);
  });
  const logged: string[] = [];
  const queue = await open({ log: (_, text) => void logged.push(text) });
  const [lease] = await leaseAll(queue, 1);
  expect(lease!.hit.hit_id).toBe(hit.hit_id);
  await until("only the hit is left", async () => (await queue.depth()).waiting === 1);
  expect(logged).toHaveLength(4);
  const kept = byHand(directory, (db) =>
    db.prepare("SELECT attributes, reason FROM rejected ORDER BY id").all(),
  );
  expect(kept.map((row) => row.attributes)).toEqual(["not json", '{"hit_id":"x"}', "[]", '{"hit_id":7}']);
  const later = makeHit();
  await queue.publish(later, { deadlineMs });
  expect((await leaseAll(queue, 1))[0]!.hit.hit_id).toBe(later.hit_id);
});

promise(
  "a hit that somebody inserts by hand while the queue runs is delivered too",
  async (directory, open) => {
    const queue = await open();
    await queue.publish(makeHit(), { deadlineMs });
    const [own] = await leaseAll(queue, 1);
    const moved = makeHit();
    byHand(directory, (db) =>
      db.prepare("INSERT INTO messages(attributes, body) VALUES (?, ?)").run(
        JSON.stringify({
          hit_id: moved.hit_id,
          stream_id: moved.stream_id,
          received_at: "1",
        }),
        moved.body,
      ),
    );
    const later = makeHit();
    await queue.publish(later, { deadlineMs });
    const leases = await leaseAll(queue, 2);
    expect(idsOf(leases.map(({ hit }) => hit))).toEqual(idsOf([moved, later]));
    expect(new Set([own!.id, ...leases.map(({ id }) => id)]).size).toBe(3);
    expect(await queue.depth()).toMatchObject({ waiting: 3 });
  },
);

promise(
  "a snapshot while hits are published holds every hit that was stored before it",
  async (directory, open) => {
    const queue = await open();
    const before = someHits(300);
    await publishAll(queue, before);
    let going = true;
    const publishing = (async () => {
      while (going) await publishAll(queue, someHits(20));
    })();
    const copy = join(directory, "copy");
    try {
      await mkdir(copy);
      await queue.snapshot(join(copy, queueFileName));
      await expect(queue.snapshot(join(copy, queueFileName))).rejects.toThrow(/exists already/);
    } finally {
      going = false;
      await publishing;
    }
    const other = await open({ directory: copy });
    const { waiting = 0 } = await other.depth();
    const found = new Set((await leaseAll(other, waiting)).map(({ hit }) => hit.hit_id));
    expect(before.every(({ hit_id }) => found.has(hit_id))).toBe(true);
  },
);

promise(
  "a file of a newer Afterclick, and one that is no database, stop the start in one line",
  async (directory, open) => {
    await (await open()).close();
    byHand(directory, (db) => db.exec("PRAGMA user_version = 99"));
    await expect(open()).rejects.toMatchObject({ code: "file_unusable" });
    await expect(open()).rejects.toThrow(
      /cannot be used: it was written by a newer Afterclick \(format 99;.*\)\. Nothing in it/,
    );
    await rm(join(directory, queueFileName));
    await writeFile(join(directory, queueFileName), "x".repeat(10_000));
    await expect(open()).rejects.toMatchObject({ code: "file_unusable" });
    await expect(open()).rejects.toThrow(/cannot be used: file is not a database\. Nothing in it/);
  },
);
