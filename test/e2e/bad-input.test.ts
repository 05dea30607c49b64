import { afterEach, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { totalmem } from "node:os";
import fc from "fast-check";
import { sha256 } from "../faults/campaign/bodies.ts";
import { untilDelivered } from "../faults/campaign/evidence/delivered.ts";
import { readEvidence } from "../faults/campaign/evidence/evidence.ts";
import { openWire, post, type Answer } from "../faults/campaign/wire.ts";
import { badBodies, bodyBytesMax, bombs, type BadBody } from "../support/wire/bad-bodies.ts";
import { badRequests, declaredStatuses } from "../support/wire/bad-requests.ts";
import { inFolder } from "../support/folder.ts";
import { framed } from "../support/wire/framing.ts";
import { endAll, exampleStream, startProduct, type Product } from "../support/product.ts";
import { dial } from "../support/wire/raw-http.ts";
import { openSockets, residentBytes, watchResident } from "../support/machine/resident.ts";
import { until } from "../support/until.ts";

afterEach(endAll);

const path = `/ds/${exampleStream}`;
const mebibyte = 1024 * 1024;
const drawnRequests = 2_000;

/** What DuckDB is allowed on this machine (infra/local/warehouse/warehouse.ts); it was seen to
 *  hold up to twice as much. */
const warehouseBytesMax = Math.min(Math.max(totalmem() / 4, 512e6), 2048e6);
/** The most that the process may hold at once, by its own limits: itself with its heaps and code
 *  300 MiB; bodies in the door 128, inflated ones among them; bodies that wait for the queue's disk
 *  128, the group on its way
 *  16, the ring 16; hits in delivery 64, with their rows and messages between threads 4 ×
 *  that; and the warehouse. */
const residentBytesMax = (300 + 128 + 128 + 16 + 16 + 4 * 64) * mebibyte + 2 * warehouseBytesMax;
/** What is refused leaves nothing behind: the same again may add no more than chance does. */
const residentBytesGrown = 192 * mebibyte;

/** What a product that takes hits was sent and has answered. */
interface Record {
  /** By hit_id: the hash of what must be kept. */
  readonly kept: Map<string, string>;
  /** How many answers of each status. */
  readonly statuses: Map<number, number>;
}

function note(
  record: Record,
  what: string,
  answer: Pick<Answer, "status" | "headers" | "body">,
  kept: () => Uint8Array,
): void {
  const { status, headers, body } = answer;
  record.statuses.set(status, (record.statuses.get(status) ?? 0) + 1);
  if (!declaredStatuses.has(status)) throw new Error(`${what}: answered ${status} ${body.slice(0, 300)}`);
  if (status >= 400) {
    expect({ what, type: headers["content-type"] }).toEqual({
      what,
      type: "application/problem+json",
    });
    expect(JSON.parse(body)).toMatchObject({
      status,
      code: expect.stringMatching(/^[a-z_]+$/),
    });
    expect(body).not.toMatch(/\.ts:\d|node:internal/);
  }
  const hitId = headers["afterclick-hit-id"];
  if (status === 200 && hitId !== undefined) record.kept.set(hitId, sha256(kept()));
}

/** Each on a connection of its own, a few at a time. */
async function inTurn<Thing>(
  things: readonly Thing[],
  atOnce: number,
  work: (thing: Thing) => Promise<void>,
): Promise<void> {
  const waiting = [...things];
  const one = async (): Promise<void> => {
    for (let thing = waiting.pop(); thing !== undefined; thing = waiting.pop()) await work(thing);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

async function sendDrawn(port: number, record: Record): Promise<void> {
  const drawn = fc.sample(badRequests(path), {
    numRuns: drawnRequests,
    seed: 11,
  });
  await inTurn(drawn, 32, async ({ shape, parts, ending }) => {
    const bytes = Buffer.concat(parts);
    // Where HEAD was asked, one cannot tell a body from the next answer.
    if (bytes.includes("HEAD ")) return;
    const line = await dial(port);
    try {
      for (const part of parts) {
        line.send(part);
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (ending === "hangs up") return;
      line.socket.end();
      const requests = framed(bytes);
      for (const [index, answer] of (await line.closed()).entries())
        note(record, shape, answer, () => requests[index]!.body);
    } catch (error) {
      throw new Error(`${shape}: ${JSON.stringify(bytes.toString("latin1")).slice(0, 500)}`, {
        cause: error,
      });
    } finally {
      line.hangUp();
    }
  });
}

async function sendBody(
  port: number,
  record: Record,
  { name, headers, body, status = 200, kept = body }: BadBody,
): Promise<void> {
  const wire = await openWire(port);
  try {
    const [answer] = await wire.ask(post(path, headers, body));
    note(record, name, answer!, () => kept);
    // When everybody comes at once, the door may say that it has no room.
    if (answer!.status !== 503) expect({ name, status: answer!.status }).toEqual({ name, status });
  } finally {
    wire.hangUp();
  }
}

async function pipeline(port: number, record: Record): Promise<void> {
  const bodies = Array.from({ length: 100 }, (_, index) =>
    Buffer.from(`${randomUUID()}${"\0".repeat(index)}`),
  );
  const wire = await openWire(port);
  const answers = await wire.ask(...bodies.map((body) => post(path, {}, body)));
  for (const [index, answer] of answers.entries()) {
    expect(answer.status).toBe(200);
    note(record, "pipelined", answer, () => bodies[index]!);
  }
  wire.hangUp();
}

async function uploadSlowly(port: number, record: Record): Promise<void> {
  const body = Buffer.from(`${randomUUID()}: a byte at a time`);
  const bytes = post(path, {}, body);
  const wire = await openWire(port);
  const answer = wire.ask(bytes.subarray(0, 1));
  for (let at = 1; at < bytes.length; at++) {
    await new Promise((resolve) => setImmediate(resolve));
    wire.write(bytes.subarray(at, at + 1));
  }
  const [whole] = await answer;
  expect(whole!.status).toBe(200);
  note(record, "a byte at a time", whole!, () => body);
  wire.hangUp();
}

/** Uploads that end in the middle: nobody hears of them again. */
async function abort(port: number): Promise<void> {
  const line = await dial(port);
  line.send(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bodyBytesMax}\r\n\r\n`,
    Buffer.alloc(mebibyte),
  );
  await new Promise((resolve) => setImmediate(resolve));
  line.hangUp();
}

/** What costs memory, all at once where that costs most; the last two leave nothing that is kept. */
async function sendHeavy(port: number, record: Record): Promise<void> {
  await inTurn(badBodies(), 4, (body) => sendBody(port, record, body));
  await inTurn(Array.from({ length: 20 }), 4, () => pipeline(port, record));
  await inTurn(Array.from({ length: 20 }), 20, () => uploadSlowly(port, record));
  await sendRefused(port, record);
}

async function sendRefused(port: number, record: Record): Promise<void> {
  const many = Array.from({ length: 256 }, (_, index) => bombs[index % bombs.length]!);
  await inTurn(many, 64, (bomb) => sendBody(port, record, bomb));
  await inTurn(Array.from({ length: 300 }), 64, () => abort(port));
}

async function expectWell(product: Product): Promise<void> {
  expect((await fetch(`${product.collectUrl}/health`)).status).toBe(200);
  const replies = await Promise.all(
    // What the door grants is 128 MiB: had a request kept its part, these would not fit.
    Array.from({ length: 14 }, () =>
      fetch(`${product.collectUrl}${path}`, {
        method: "POST",
        body: Buffer.alloc(bodyBytesMax),
      }),
    ),
  );
  expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
  await untilDelivered(product);
}

test(
  "whatever is sent gets a declared answer, what is answered 200 is kept as sent, and memory stays bounded",
  () =>
    inFolder(async (directory) => {
      const product = await startProduct(directory);
      const port = Number(new URL(product.collectUrl).port);
      const record: Record = { kept: new Map(), statuses: new Map() };
      const socketsBefore = openSockets(product.pid);
      const most = watchResident(product.pid);

      // Who says nothing, or half a head, is sent away after ten seconds: the others meanwhile.
      const silent = await Promise.all(Array.from({ length: 40 }, () => dial(port)));
      for (const line of silent.slice(20)) line.send(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nX`);

      await sendDrawn(port, record);
      await sendHeavy(port, record);
      for (const line of silent) {
        const [answer] = await line.closed();
        expect(answer?.status).toBe(408);
        line.hangUp();
      }

      await until("every connection is closed", () => openSockets(product.pid) <= socketsBefore);
      await expectWell(product);
      const once = residentBytes(product.pid);
      await sendRefused(port, record);
      const twice = residentBytes(product.pid);
      const peak = most();
      expect({ peak, isBounded: peak < residentBytesMax }).toEqual({
        peak,
        isBounded: true,
      });
      const isBounded = twice < once + residentBytesGrown;
      expect({ once, twice, isBounded }).toEqual({
        once,
        twice,
        isBounded: true,
      });
      expect([...record.statuses.keys()].toSorted((a, b) => a - b)).toEqual(
        expect.arrayContaining([200, 400, 404, 405, 413, 414, 417, 431]),
      );
      expect(await product.end("SIGTERM")).toBe(0);
      expect(product.output()).not.toMatch(/ ERROR /);

      const found = new Map(
        (await readEvidence(directory)).found.map(({ hitId, sha256: hash }) => [hitId, hash]),
      );
      const wrong = [...record.kept].filter(([hitId, hash]) => found.get(hitId) !== hash);
      expect(wrong).toEqual([]);
      expect(record.kept.size).toBeGreaterThan(1_000);
    }),
  600_000,
);
