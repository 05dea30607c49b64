import { expect, jest, test } from "@jest/globals";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { runInThisContext } from "node:vm";
import type { Worker } from "node:worker_threads";
import type { Hit } from "../../functions/hit.ts";
import { startPump } from "../../infra/local/queue/pump.ts";
import {
  openQueue,
  pauseOf,
  queueFileName,
  type Lease,
  type LocalQueue,
  type QueueConfig,
} from "../../infra/local/queue/queue.ts";
import { queuePromises, type OpenedQueue } from "../promises/queue.ts";
import { inFolder } from "../support/folder.ts";
import { flipIn } from "../support/flip.ts";
import { makeHit } from "../support/hits.ts";
import { needing } from "../support/needs.ts";
import { noSmallDisk, onSmallDisk, type SmallDisk } from "../support/small-disk.ts";
import { until } from "../support/until.ts";

/** jest's own `process` is a copy that hears of no threads. */
const realProcess = runInThisContext("process") as NodeJS.Process;
const quiet = () => undefined;
const deadlineMs = 20_000;
const mebibyte = 1024 * 1024;
const all = [1_000_000, 2 ** 30] as const;

async function openIn(directory: string, attemptsMax?: number, removed = false): Promise<OpenedQueue> {
  const queue = await openQueue({
    directory,
    log: quiet,
    pauseMsMin: 100,
    ...(attemptsMax !== undefined && { attemptsMax }),
  });
  let moved = removed;
  return {
    queue,
    backlog: queue,
    subscribe: (deliver) => startPump(queue, deliver, { log: quiet }),
    async reopen() {
      await queue.close();
      moved = true;
      return openIn(directory, attemptsMax);
    },
    async close() {
      await queue.close();
      if (!moved) await rm(directory, { recursive: true });
    },
  };
}

queuePromises("SQLite", async (attemptsMax) =>
  openIn(await mkdtemp(join(tmpdir(), "afterclick-test-")), attemptsMax),
);

/** What this driver promises besides. */
function promise(
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
function byHand<Result>(directory: string, work: (db: DatabaseSync) => Result): Result {
  const db = new DatabaseSync(join(directory, queueFileName), {
    timeout: 5_000,
  });
  try {
    return work(db);
  } finally {
    db.close();
  }
}

async function leaseAll(queue: LocalQueue, count: number): Promise<Lease[]> {
  const leases: Lease[] = [];
  await until(`${count} leases`, async () => {
    leases.push(...(await queue.lease(...all)));
    return leases.length >= count;
  });
  expect(leases).toHaveLength(count);
  return leases;
}

function someHits(count: number, given: Partial<Hit> = {}): Hit[] {
  return Array.from({ length: count }, () => makeHit(given));
}

async function publishAll(queue: LocalQueue, hits: Hit[]): Promise<void> {
  await Promise.all(hits.map((hit) => queue.publish(hit, { deadlineMs })));
}

const idsOf = (hits: Hit[]) => hits.map(({ hit_id }) => hit_id).sort();

promise("a hit is in the file at the moment publish resolves", async (directory, open) => {
  const queue = await open();
  const hit = makeHit({ body: Buffer.from([0xff, 0x00]) });
  await queue.publish(hit, { deadlineMs });
  const row = byHand(directory, (db) => db.prepare("SELECT attributes, body FROM messages").get());
  expect(JSON.parse(String(row?.attributes))).toMatchObject({
    hit_id: hit.hit_id,
    received_at: "1603131452000",
  });
  expect(row?.body).toEqual(new Uint8Array([0xff, 0x00]));
});

promise(
  "a full file refuses hits as queue_down, takes acks, and goes on once there is room",
  async (_, open) => {
    const queue = await open({ fileBytesMax: 512 * 1024 });
    const stored: Hit[] = [];
    const large = { body: Buffer.alloc(50_000) };
    let refusal: unknown;
    while (refusal === undefined) {
      const hit = makeHit(large);
      await queue.publish(hit, { deadlineMs }).then(
        () => stored.push(hit),
        (error: unknown) => (refusal = error),
      );
    }
    expect(refusal).toMatchObject({ code: "queue_down", status: 503 });
    expect(stored.length).toBeGreaterThan(3);
    const leases = await leaseAll(queue, stored.length);
    expect(idsOf(leases.map(({ hit }) => hit))).toEqual(idsOf(stored));
    for (const { id } of leases) queue.ack(id);
    await until("the acks are in", async () => (await queue.depth()).waiting === 0);
    await queue.publish(makeHit(large), { deadlineMs });
    await queue.check();
  },
);

promise("a neighbour in the group that does not fit is refused alone by the next one", async (_, open) => {
  const queue = await open({ fileBytesMax: 512 * 1024 });
  await expect(queue.publish(makeHit({ body: Buffer.alloc(600_000) }), { deadlineMs })).rejects.toMatchObject(
    { code: "queue_down" },
  );
  await queue.publish(makeHit(), { deadlineMs });
  expect(await queue.depth()).toMatchObject({ waiting: 1 });
});

promise(
  "too many bytes waiting for the disk are refused at once; at the limit they are taken",
  async (_, open) => {
    const body = Buffer.alloc(1000 - 512); // each counts 512 bytes beside its body
    const queue = await open({ bytesWaitingMax: 3000 });
    const outcomes = await Promise.allSettled(
      someHits(5, { body }).map((hit) => queue.publish(hit, { deadlineMs })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "rejected",
      "rejected",
    ]);
  },
);

promise(
  "somebody's open transaction on the file makes publish and check say queue_down by the deadline; acks and nacks made meanwhile count after it",
  async (directory, open) => {
    const queue = await open({ pauseMsMin: 1, pauseMsMax: 5 });
    await publishAll(queue, someHits(3));
    const [acked, nacked, kept] = await leaseAll(queue, 3);
    const db = new DatabaseSync(join(directory, queueFileName));
    try {
      db.exec("BEGIN IMMEDIATE");
      queue.ack(acked!.id);
      queue.nack(nacked!.id);
      await expect(queue.publish(makeHit(), { deadlineMs: 50 })).rejects.toMatchObject({
        code: "queue_down",
      });
      await expect(queue.check()).rejects.toMatchObject({ code: "queue_down" });
      db.exec("ROLLBACK");
    } finally {
      db.close();
    }
    const hit = makeHit();
    await queue.publish(hit, { deadlineMs });
    expect(await queue.find(hit.hit_id)).toBe("waiting");
    await until("the ack is in", async () => (await queue.depth()).waiting === 3);
    const back = await leaseAll(queue, 2);
    expect(idsOf(back.map((lease) => lease.hit))).toEqual(idsOf([hit, nacked!.hit]));
    expect(await queue.find(kept!.hit.hit_id)).toBe("waiting");
  },
);

promise(
  "the queue goes on after its thread died, and hands out again what was not acked",
  async (_, open) => {
    const deaths: string[] = [];
    let thread: Worker | undefined;
    realProcess.once("worker", (worker) => (thread = worker));
    const queue = await open({
      log: (_, message) => void deaths.push(message),
    });
    const hits = someHits(20);
    await publishAll(queue, hits);
    const out = await leaseAll(queue, 20);
    queue.ack(out[0]!.id);
    await thread!.terminate();
    const later = someHits(5);
    await publishAll(queue, later);
    expect(deaths.some((message) => message.includes("thread ended"))).toBe(true);
    // What is out stays out; what came meanwhile is handed out once.
    const fresh = await leaseAll(queue, 5);
    expect(idsOf(fresh.map(({ hit }) => hit))).toEqual(idsOf(later));
    await until("the ack is in", async () => (await queue.depth()).waiting === 24);
    await queue.close();
    const again = await open();
    const left = await leaseAll(again, 24);
    expect(idsOf(left.map(({ hit }) => hit))).toEqual(
      idsOf([...hits.filter(({ hit_id }) => hit_id !== out[0]!.hit.hit_id), ...later]),
    );
  },
);

promise(
  "a hit that was stored by a thread that died before it could say so is delivered, though nothing else happens",
  async (directory, open) => {
    let thread: Worker | undefined;
    realProcess.once("worker", (worker) => (thread = worker));
    const queue = await open();
    let wakes = 0;
    queue.onWork(() => wakes++);
    const before = wakes;
    await thread!.terminate();
    expect(wakes).toBeGreaterThan(before);
    const { hit_id, stream_id, body } = makeHit();
    byHand(directory, (db) =>
      db
        .prepare("INSERT INTO messages(attributes, body) VALUES (?, ?)")
        .run(JSON.stringify({ hit_id, stream_id, received_at: "1" }), body),
    );
    expect((await leaseAll(queue, 1))[0]!.hit.hit_id).toBe(hit_id);
  },
);

promise("what does not fit into memory is read back from the file, each hit once", async (_, open) => {
  const queue = await open({ ringBytesMax: 20_000 });
  const hits = Array.from({ length: 700 }, (_unused, i) => makeHit({ body: Buffer.from(`body ${i}`) }));
  await publishAll(queue, hits);
  const leases = await leaseAll(queue, 700);
  const bodies = new Map(leases.map(({ hit }) => [hit.hit_id, hit.body]));
  for (const hit of hits) expect(Buffer.compare(bodies.get(hit.hit_id)!, hit.body)).toBe(0);
  expect(await queue.lease(...all)).toEqual([]);
});

promise("a lease holds what was asked for, and one hit of any size", async (_, open) => {
  const queue = await open({ ringBytesMax: 0 });
  await publishAll(queue, someHits(10, { body: Buffer.alloc(10_000) }));
  expect(await queue.lease(3, 2 ** 30)).toHaveLength(3);
  expect(await queue.lease(100, 1)).toHaveLength(1);
  expect(await queue.lease(100, 20_000)).toHaveLength(2);
  expect(await queue.lease(...all)).toHaveLength(4);
});

promise("attempts are counted over a restart, and used up they are for parking", async (_, open) => {
  const short = { attemptsMax: 3, pauseMsMin: 1, pauseMsMax: 5 };
  const hit = makeHit();
  let queue = await open(short);
  await queue.publish(hit, { deadlineMs });
  const seen: [number, boolean][] = [];
  for (let i = 0; i < 5; i++) {
    const [lease] = await leaseAll(queue, 1);
    seen.push([lease!.attempt, lease!.exhausted]);
    queue.nack(lease!.id);
    await queue.close();
    queue = await open(short);
  }
  expect(seen).toEqual([
    ...([
      [1, false],
      [2, false],
      [3, false],
    ] as const),
    ...([
      [4, true],
      [5, true],
    ] as const),
  ]);
  const [last] = await leaseAll(queue, 1);
  queue.ack(last!.id);
  await queue.close();
  queue = await open(short);
  expect(await queue.depth()).toEqual({ waiting: 0 });
  expect(await queue.lease(...all)).toEqual([]);
});

/** Years of 365 days by which the clock is wrong, until `right` is called. */
function wrongClock(years: number): { right(): void } {
  const now = Date.now.bind(Date);
  const clock = jest.spyOn(Date, "now").mockImplementation(() => now() + years * 365 * 86_400_000);
  return { right: () => clock.mockRestore() };
}

for (const years of [1, 20, -20]) {
  promise(
    `hits that were nacked under a clock ${years} years off come again once it is right, with a restart or without`,
    async (_, open) => {
      const short = { pauseMsMin: 1, pauseMsMax: 50 };
      const hits = someHits(3);
      const clock = wrongClock(years);
      let queue = await open(short);
      try {
        await publishAll(queue, hits);
        for (const { id } of await leaseAll(queue, 3)) queue.nack(id);
        // In the file before the clock is right.
        await queue.close();
        queue = await open({ pauseMsMin: 1e6, pauseMsMax: 1e6 });
      } finally {
        clock.right();
      }
      const running = await leaseAll(queue, 3);
      expect(idsOf(running.map(({ hit }) => hit))).toEqual(idsOf(hits));
      const again = wrongClock(years);
      try {
        for (const { id } of running) queue.nack(id);
        await queue.close();
      } finally {
        again.right();
      }
      queue = await open(short);
      expect(idsOf((await leaseAll(queue, 3)).map(({ hit }) => hit))).toEqual(idsOf(hits));
    },
  );

  promise(
    `a clock that jumps by ${years} years holds up no hit that waits for its pause`,
    async (_, open) => {
      const queue = await open({ pauseMsMin: 20, pauseMsMax: 50 });
      let wakes = 0;
      queue.onWork(() => wakes++);
      await publishAll(queue, someHits(1));
      queue.nack((await leaseAll(queue, 1))[0]!.id);
      const clock = wrongClock(years);
      try {
        const before = wakes;
        await until("the queue tells of work", () => wakes > before);
        expect((await leaseAll(queue, 1))[0]!.attempt).toBe(2);
      } finally {
        clock.right();
      }
    },
  );
}

test("SQLite: pauses double from the first to the longest, at most a quarter shorter", () => {
  for (const [attempts, longest] of [
    [1, 1_000],
    [2, 2_000],
    [10, 512_000],
    [11, 600_000],
    [5_000, 600_000],
  ] as const) {
    const pause = pauseOf(attempts, 1_000, 600_000);
    expect(pause).toBeGreaterThanOrEqual(longest * 0.75);
    expect(pause).toBeLessThanOrEqual(longest);
  }
});

for (const [what, place, offset, expected] of [
  ["the body", () => "the body of it", 3, (hit: Hit) => ({ ...hit, body: Buffer.from("the!body of it") })],
  ["an attribute", () => "text/plain", 0, (hit: Hit) => ({ ...hit, content_type: "uext/plain" })],
  [
    "the attributes' form",
    ({ hit_id }: Hit) => `"hit_id":"${hit_id}`,
    8,
    (hit: Hit) => ({
      stream_id: hit.stream_id,
      received_at: hit.received_at,
      body: hit.body,
    }),
  ],
] as const)
  promise(
    `a byte that changed in ${what} on the disk is told before delivery, and its neighbours come as they are`,
    async (directory, open) => {
      const first = await open();
      const hit = makeHit({ body: Buffer.from("the body of it"), content_type: "text/plain" });
      const neighbour = makeHit({ body: Buffer.from("another") });
      await publishAll(first, [hit, neighbour]);
      await first.close();
      await flipIn(join(directory, queueFileName), place(hit), offset);
      const logged: string[] = [];
      const queue = await open({ log: (severity, text) => void logged.push(`${severity} ${text}`) });
      const leases = await leaseAll(queue, 2);
      const [altered] = leases.filter((lease) => lease.hit.altered === true);
      const [whole] = leases.filter((lease) => lease.hit.altered !== true);
      expect({ ...altered!.hit, body: Buffer.from(altered!.hit.body) }).toMatchObject({
        ...expected(hit),
        altered: true,
      });
      expect(whole!.hit.hit_id).toBe(neighbour.hit_id);
      expect(logged).toEqual([
        "ERROR A message's bytes are not those that were stored; it becomes a dead letter.",
      ]);
      // The same again: a repeat has the same name.
      await queue.close();
      const again = await leaseAll(await open(), 2);
      expect(again.find((lease) => lease.hit.altered === true)!.hit.hit_id).toBe(altered!.hit.hit_id);
    },
  );

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

promise("a search passes acked hits and goes through many rows", async (_, open) => {
  const queue = await open();
  const hits = someHits(11_000);
  await publishAll(queue, hits);
  expect(await queue.find(hits.at(-1)!.hit_id)).toBe("waiting");
  expect(await queue.find(makeHit().hit_id)).toBe("absent");
});

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

needing(noSmallDisk(), () => {
  test("SQLite: a disk that somebody fills refuses hits as queue_down, and the same queue goes on once there is room", () =>
    onSmallDisk(4, async (disk) => {
      const queue = await openOn(disk, 0);
      try {
        const stored = someHits(5);
        await publishAll(queue, stored);
        const leases = await leaseAll(queue, 5);
        queue.ack(leases[0]!.id);
        queue.nack(leases[1]!.id);
        await disk.fill();
        const large = makeHit({ body: Buffer.alloc(1024 * 1024) });
        await expect(queue.publish(large, { deadlineMs })).rejects.toMatchObject({ code: "queue_down" });
        await disk.free();
        await queue.publish(large, { deadlineMs });
        stored.push(large);
        await queue.check();
        await until("the ack is in", async () => (await queue.depth()).waiting === 5);
        const back = await leaseAll(queue, 2);
        expect(idsOf(back.map(({ hit }) => hit))).toEqual([large.hit_id, leases[1]!.hit.hit_id].sort());
      } finally {
        await queue.close();
      }
    }));

  test("SQLite: a queue that fills its own disk is emptied by its acks alone, and takes hits again", () =>
    onSmallDisk(96, async (disk) => {
      const queue = await openOn(disk, 64 * mebibyte);
      try {
        const stored: Hit[] = [];
        const refusals: unknown[] = [];
        // Large ones, and then whatever still fits beside them.
        for (const bytes of [mebibyte, 64 * 1024, 4_000])
          for (let refused = false; !refused;) {
            const hit = makeHit({ body: Buffer.alloc(bytes) });
            refused = await queue.publish(hit, { deadlineMs }).then(
              () => stored.push(hit) === 0,
              (error: unknown) => refusals.push(error) > 0,
            );
          }
        for (const refusal of refusals)
          expect(refusal).toMatchObject({
            code: "queue_down",
            given: {
              why: expect.stringMatching(/^the disk has \d+ MB left; make it more than 67 MB$/),
            },
          });
        await expect(queue.check()).rejects.toMatchObject({
          code: "queue_down",
        });
        const leases = await leaseAll(queue, stored.length);
        expect(idsOf(leases.map(({ hit }) => hit))).toEqual(idsOf(stored));
        for (const { id } of leases) queue.ack(id);
        await until("the acks are in", async () => (await queue.depth()).waiting === 0);
        await until("hits are taken again", () =>
          queue.publish(makeHit(), { deadlineMs }).then(
            () => true,
            () => false,
          ),
        );
      } finally {
        await queue.close();
      }
    }));
});

needing(noSmallDisk(), () => {
  test("SQLite: a full disk is said once, also while hits leave the queue, and so is the room that comes back", () =>
    onSmallDisk(96, async (disk) => {
      const said: string[] = [];
      const queue = await openQueue({
        directory: disk.directory,
        log: (severity) => void said.push(severity),
        roomBytesMin: 64 * mebibyte,
      });
      try {
        for (let count = 0; count < 20; count++) await queue.publish(makeHit({}), { deadlineMs });
        await disk.fill(40 * mebibyte);
        for (const { id } of await queue.lease(...all)) {
          await expect(queue.publish(makeHit({}), { deadlineMs })).rejects.toMatchObject({
            code: "queue_down",
          });
          queue.ack(id);
        }
        await expect(queue.check()).rejects.toMatchObject({ code: "queue_down" });
        expect(said).toEqual(["ERROR"]);
        await disk.free();
        await queue.publish(makeHit({}), { deadlineMs });
        expect(said).toEqual(["ERROR", "INFO"]);
      } finally {
        await queue.close();
      }
    }));
});

function openOn(disk: SmallDisk, roomBytesMin: number): Promise<LocalQueue> {
  return openQueue({ directory: disk.directory, log: quiet, roomBytesMin });
}
