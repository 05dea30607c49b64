/** A refused request costs no more than an accepted one of the same bytes: each refusal beside what is taken,
 *  over the door, in CPU of a process of its own. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { exampleStreamId } from "../../functions/streams/example.ts";
import type { DoorLimits } from "./door.server.ts";

const mebibyte = 1024 * 1024;
let directory: string;

interface Server {
  readonly child: ChildProcess;
  readonly port: number;
}

let open: Server;
/** One without a place for any request. */
let full: Server;
/** One that takes a single connection, which is held. */
let crowded: Server;
let holder: Socket;

async function told(child: ChildProcess): Promise<number> {
  const [value] = (await once(child, "message")) as [number];
  return value;
}

async function start(name: string, limits: DoorLimits = {}): Promise<Server> {
  const file = new URL("./door.server.ts", import.meta.url);
  const child = fork(file, [join(directory, name), JSON.stringify(limits)]);
  return { child, port: await told(child) };
}

async function end({ child }: Server): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "afterclick-test-"));
  open = await start("open");
  full = await start("full", { requestsMax: 0 });
  crowded = await start("crowded", { connectionsMax: 1 });
  holder = connect({ port: crowded.port, host: "127.0.0.1" });
  // A request that waits for its body: its connection does not idle, so nobody closes it for a newcomer.
  holder.write(
    `POST ${taken} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n`,
  );
  await once(holder, "data");
});

afterAll(async () => {
  holder.destroy();
  await Promise.all([open, full, crowded].map(end));
  rmSync(directory, { recursive: true, force: true });
});

async function cpuMs({ child }: Server): Promise<number> {
  child.send("cpu");
  return told(child);
}

interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: string;
  readonly body?: Buffer;
}

const taken = "/ds/00000000-0000-4000-8000-000000000001";
/** One that may be many senders: it has no budget of its own. */
const nearby = "X-Forwarded-For: 10.0.0.1\r\n";

function bytesOf({ method = "POST", path = taken, headers = nearby, body = form }: Ask): Buffer {
  const head = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}Content-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
}

/** Sends these requests on one connection, until it is closed: the last one says so, or the
 *  server. @returns the statuses */
function send({ port }: Server, asks: readonly Buffer[]): Promise<number[]> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
    socket.on("error", () => undefined); // what was answered before is what counts
    socket.on("close", () =>
      resolve([...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status))),
    );
    socket.write(Buffer.concat(asks));
  });
}

const form = Buffer.from(`orderId=N1&note=${"x".repeat(1_000)}`);
const together = 20;

interface Cost {
  readonly ms: number;
  readonly statuses: Set<number>;
}

/** Of `count` of them. */
async function cost(
  server: Server,
  ask: (index: number) => Ask,
  count: number,
  alone: boolean,
): Promise<Cost> {
  const each = alone ? 1 : together;
  const statuses = new Set<number>();
  const groups = Array.from({ length: Math.ceil(count / each) }, (_, group) =>
    Array.from({ length: each }, (_, index) => {
      const given = ask(group * each + index);
      const last = index === each - 1 ? "Connection: close\r\n" : "";
      return bytesOf({ ...given, headers: `${given.headers ?? nearby}${last}` });
    }),
  );
  const before = await cpuMs(server);
  for (const group of groups) for (const status of await send(server, group)) statuses.add(status);
  return { ms: (await cpuMs(server)) - before, statuses };
}

/** Numbers all the ids that nobody has. */
let unknown = 0;
const nobodys = (first = "11111111") => `/ds/${first}-0000-4000-8000-${String(++unknown).padStart(12, "0")}`;
const large = Buffer.alloc(8 * mebibyte, "orderId=N1&");
const long = `?note=${"x".repeat(8_000)}`;
const many = `X-A: ${"x".repeat(4_000)}\r\n`.repeat(4);

interface Case {
  readonly name: string;
  readonly status: number;
  /** What a few of them may be answered. */
  readonly also?: number;
  readonly refused: (index: number) => Ask;
  /** Of as many bytes; the plain hit where left out. */
  readonly accepted?: Ask;
  readonly count?: number;
  /** Each on a connection of its own, since the refusal ends it. */
  readonly alone?: boolean;
  /** Where it is sent, if not to the server that takes hits. */
  readonly to?: () => Server;
}

const cases: Case[] = [
  { name: "a path where nothing is", status: 404, refused: () => ({ path: taken.replace("/ds/", "/dx/") }) },
  { name: "an id that is no UUID", status: 404, refused: () => ({ path: taken.replace("4000", "400x") }) },
  { name: "an id that nobody has", status: 404, refused: () => ({ path: nobodys("22222222") }) },
  {
    name: "an id past the budget of its sender",
    status: 503,
    also: 404, // there is a new one each second
    refused: () => ({ path: nobodys(), headers: "X-Forwarded-For: 9.9.9.9\r\n" }),
    accepted: { headers: "X-Forwarded-For: 9.9.9.9\r\n" },
  },
  { name: "the example, from elsewhere", status: 404, refused: () => ({ path: `/ds/${exampleStreamId}` }) },
  { name: "a method that is none of the stream's", status: 405, refused: () => ({ method: "DELETE" }) },
  { name: "a stream that is closed", status: 410, refused: () => ({ path: taken.replace(/1$/, "2") }) },
  { name: "a stream that is paused", status: 503, refused: () => ({ path: taken.replace(/1$/, "3") }) },
  {
    name: "a query too long beside a body",
    status: 414,
    refused: () => ({ path: taken + long.slice(0, 2_000) }),
    accepted: { path: `${taken}?${"x".repeat(1_000)}`, body: Buffer.concat([form, Buffer.alloc(999, "x")]) },
  },
  {
    name: "an address too long",
    status: 414,
    refused: () => ({ path: `${taken}${long}${"x".repeat(500)}` }),
    accepted: { headers: `${nearby}X-A: ${"x".repeat(8_500)}\r\n` },
  },
  {
    name: "headers too large",
    status: 431,
    refused: () => ({ headers: nearby + many + many.slice(0, 2_000) + "\r\nX-B: y\r\n".slice(2) }),
    accepted: { headers: nearby + many.slice(0, 15_000) + "\r\n" },
  },
  { name: "a request for which there is no place", status: 503, refused: () => ({}), to: () => full },
  {
    name: "a connection for which there is no room",
    status: 503,
    refused: () => ({}),
    count: 60,
    alone: true,
    to: () => crowded,
  },
  {
    name: "an expectation that nobody knows",
    status: 417,
    refused: () => ({ headers: `${nearby}Expect: 200-maybe\r\n` }),
  },
  {
    name: "two hosts",
    status: 400,
    refused: () => ({ headers: `${nearby}Host: other\r\n` }),
    count: 60,
    alone: true,
  },
  {
    name: "an address that is not ASCII",
    status: 400,
    refused: () => ({ path: `${taken}?\xe9` }),
    count: 60,
    alone: true,
  },
  {
    name: "a body too large",
    status: 413,
    refused: () => ({ body: Buffer.alloc(8 * mebibyte + 1, large) }),
    accepted: { body: large },
    count: 2,
    alone: true,
  },
  {
    name: "a large body to nobody",
    status: 404,
    refused: () => ({ path: nobodys("22222222"), body: large }),
    accepted: { body: large },
    count: 2,
    alone: true,
  },
  {
    name: "a body too large once it is undone",
    status: 413,
    refused: () => ({
      headers: `${nearby}Content-Encoding: gzip\r\n`,
      body: gzipSync(Buffer.alloc(8 * mebibyte + 1)),
    }),
    accepted: { headers: `${nearby}Content-Encoding: gzip\r\n`, body: gzipSync(Buffer.alloc(8 * mebibyte)) },
    count: 2,
    alone: true,
  },
];

/** What else runs here spoils some rounds; a cost is there in each of them. */
const roundsMax = 24;
/** Most small refusals cost nearly what a hit costs, which is read, named and handed to a queue in memory:
 *  what is above comes from chance, not from work that a hit does not do. */
const atMost = 1.25;

test.each(cases.map((one) => [one.name, one] as const))(
  "%s costs no more than a hit of as many bytes",
  async (_, { status, also, refused, accepted = {}, count = 300, alone = false, to }) => {
    let [least, most] = [Infinity, Infinity];
    // The first one warms up.
    for (let round = 0; round < 2 || (least > most * atMost && round < roundsMax); round++) {
      const seen = await cost(to?.() ?? open, refused, count, alone);
      const hit = await cost(open, () => accepted, count, alone);
      expect([...hit.statuses]).toEqual([200]);
      if (round === 0) continue;
      seen.statuses.delete(also ?? status);
      expect([...seen.statuses].filter((one) => one !== status)).toEqual([]);
      least = Math.min(least, seen.ms);
      most = Math.min(most, hit.ms);
    }
    expect(least).toBeLessThanOrEqual(most * atMost);
  },
);
