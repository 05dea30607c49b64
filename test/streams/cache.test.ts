import { expect, jest, test } from "@jest/globals";
import { isProblem } from "../../functions/problem.ts";
import { lookupsLimited, registryDown } from "../../functions/problems.ts";
import type { Registered } from "../../functions/registry.ts";
import { perInstance, perSender } from "../../functions/streams/budget.ts";
import {
  type StreamCache,
  createStreamCache,
  freshMs,
  missMs,
  refreshPauseMs,
} from "../../functions/streams/cache.ts";

const id = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
const quiet = () => undefined;

function setup(entriesMax = 10) {
  const documents = new Map<string, unknown>([[id, { table: "a.b", offset: "UTC" }]]);
  const state = { ms: 0, reads: 0, down: false };
  const registry = {
    read(key: string): Promise<Registered | undefined> {
      state.reads++;
      if (state.down) return Promise.reject(registryDown({ why: "away" }));
      return Promise.resolve(
        documents.has(key) ? { id: key, document: documents.get(key), version: "1" } : undefined,
      );
    },
    list: () => Promise.resolve([]),
    write: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const options = {
    defaultDataset: "d",
    elapsed: () => state.ms,
    log: quiet,
    entriesMax,
  };
  return { documents, state, registry, cache: createStreamCache(registry, options) };
}

/** What is thrown at once is a refusal as well. */
const asked = async (cache: StreamCache, ...args: Parameters<StreamCache["get"]>) => cache.get(...args);

test("under steady load a stream is read once a minute", async () => {
  const { state, cache } = setup();
  for (; state.ms < 3 * freshMs; state.ms += 100) await cache.get(id);
  expect(state.reads).toBe(3);
});

test("hits that arrive while a stream is read share that read", async () => {
  const { state, cache } = setup();
  const lookups = await Promise.all(Array.from({ length: 50 }, () => cache.get(id)));
  expect(lookups.every(({ kind }) => kind === "valid")).toBe(true);
  expect(state.reads).toBe(1);
});

test("a change is seen within a minute", async () => {
  const { documents, state, cache } = setup();
  await cache.get(id);
  documents.set(id, { table: "a.c", offset: "UTC" });
  state.ms = freshMs;
  expect(await cache.get(id)).toMatchObject({
    stream: { table: { dataset: "a", table: "c" } },
  });
});

test("a stream deleted by hand is missing within a minute, one just registered is found within 5 s", async () => {
  const { documents, state, cache } = setup();
  await cache.get(id);
  documents.delete(id);
  state.ms = freshMs;
  expect(await cache.get(id)).toEqual({ kind: "missing" });
  documents.set(id, { table: "a.b", offset: "UTC" });
  state.ms += missMs - 1;
  expect(await cache.get(id)).toEqual({ kind: "missing" });
  state.ms += 1;
  expect(await cache.get(id)).toMatchObject({ kind: "valid" });
});

test("through an outage known streams go on, and are not asked for at every hit", async () => {
  const { state, cache } = setup();
  await cache.get(id);
  state.down = true;
  state.ms = freshMs;
  for (let n = 0; n < 100; n++) expect(await cache.get(id)).toMatchObject({ kind: "valid" });
  expect(state.reads).toBe(2);
  state.ms += refreshPauseMs;
  state.down = false;
  await cache.get(id);
  expect(state.reads).toBe(3);
});

test("through an outage an unknown stream is refused for now, never called missing", async () => {
  const { state, cache } = setup();
  state.down = true;
  await expect(cache.get(id)).rejects.toMatchObject({
    code: "registry_down",
    status: 503,
  });
  state.down = false;
  expect(await cache.get(id)).toMatchObject({ kind: "valid" });
});

test("guessed addresses push no stream out of memory, and are bounded themselves", async () => {
  const { state, cache } = setup(3);
  await cache.get(id);
  for (let n = 0; n < 50; n++) await cache.get(`guess-${n}`);
  const { reads } = state;
  await cache.get(id);
  await cache.get("guess-49");
  expect(state.reads).toBe(reads);
  await cache.get("guess-0");
  expect(state.reads).toBe(reads + 1);
});

test("whoever has just written a stream is answered with the new document at once", async () => {
  const { documents, cache } = setup();
  await cache.get(id);
  documents.set(id, { table: "a.c", offset: "UTC" });
  cache.forget(id);
  expect(await cache.get(id)).toMatchObject({
    stream: { table: { table: "c" } },
  });
});

test("a read that began before a change does not bring the old document back", async () => {
  const { documents, cache } = setup();
  const early = cache.get(id);
  documents.set(id, { table: "a.c", offset: "UTC" });
  cache.forget(id);
  expect(await early).toMatchObject({ stream: { table: { table: "b" } } });
  expect(await cache.get(id)).toMatchObject({
    stream: { table: { table: "c" } },
  });
});

test("whoever needs a younger copy than the one held gets it, at one more read", async () => {
  const { documents, state, cache } = setup();
  await cache.get(id);
  documents.set(id, { table: "a.c", offset: "UTC" });
  state.ms = 999;
  expect(await cache.get(id, 1_000)).toMatchObject({
    stream: { table: { table: "b" } },
  });
  state.ms = 1_000;
  expect(await cache.get(id, 1_000)).toMatchObject({
    stream: { table: { table: "c" } },
  });
  expect(state.reads).toBe(2);
});

const guesses = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => `guess-${String(from + n)}`);
const asker = { remoteAddress: "192.0.2.1" };
const other = { remoteAddress: "2001:db8::1" };
const refused = (seconds: number) => ({
  code: "lookups_limited",
  status: 503,
  headers: { "retry-after": String(seconds) },
});

test("ids that do not exist cost reads up to a budget a sender; past it 503 with Retry-After, never 404", async () => {
  const { state, cache } = setup(10_000);
  for (const guess of guesses(perSender.atOnce))
    expect(await cache.get(guess, freshMs, asker)).toEqual({ kind: "missing" });
  await expect(asked(cache, "guess", freshMs, asker)).rejects.toMatchObject(refused(1));
  expect(state.reads).toBe(perSender.atOnce);
  // Asked again they cost nothing, while the answer is held.
  expect(await cache.get("guess-0", freshMs, asker)).toEqual({ kind: "missing" });
  // Another sender has a budget of its own, and its neighbours in the /64 have the same one.
  for (const guess of guesses(perSender.atOnce, 1000))
    expect(await cache.get(guess, freshMs, other)).toEqual({ kind: "missing" });
  const neighbour = { remoteAddress: "2001:db8::ffff" };
  await expect(asked(cache, "guess", freshMs, neighbour)).rejects.toMatchObject(refused(1));
  state.ms += 1_000 / perSender.perSecond;
  expect(await cache.get("guess", freshMs, asker)).toEqual({ kind: "missing" });
  await expect(asked(cache, "guess-x", freshMs, asker)).rejects.toMatchObject(refused(1));
});

test("many senders that guess are bounded together, also those whose addresses may be anybody's", async () => {
  const { state, cache } = setup(10_000);
  const senders = ["10.0.0.1", ...Array.from({ length: 5_000 }, (_, n) => `198.51.${n >> 8}.${n & 255}`)];
  let limited = 0;
  for (let n = 0; n < 5_000; n++) {
    const from = { remoteAddress: senders[n % 2 === 0 ? 0 : n]! };
    const seen = await asked(cache, `guess-${n}`, freshMs, from).catch((error: unknown) => error);
    if (isProblem(seen, lookupsLimited)) limited++;
    else expect(seen).toEqual({ kind: "missing" });
  }
  expect(state.reads).toBe(perInstance.atOnce);
  expect(limited).toBe(5_000 - perInstance.atOnce);
  state.ms += 10_000;
  for (const guess of guesses(1_000, 9_000)) await asked(cache, guess, freshMs, asker).catch(() => 0);
  expect(state.reads).toBeLessThanOrEqual(perInstance.atOnce + 10 * perInstance.perSecond);
});

test("streams that exist cost nothing of the budget: a back end calls any number of new ones", async () => {
  const { documents, cache } = setup(10_000);
  const streams = guesses(3 * perInstance.atOnce);
  for (const stream of streams) documents.set(stream, { table: "a.b", offset: "UTC" });
  for (const stream of streams)
    expect(await cache.get(stream, freshMs, asker)).toMatchObject({ kind: "valid" });
});

test("nobody locks a real stream out by guessing: ids found once are read, however many were missed since", async () => {
  const { documents, state, cache } = setup(3);
  const real = Array.from({ length: 30 }, (_, n) => `real-${n}`);
  for (const stream of real) documents.set(stream, { table: "a.b", offset: "UTC" });
  for (const stream of real) await cache.get(stream, freshMs, asker);
  for (const guess of guesses(2 * perSender.atOnce))
    await asked(cache, guess, freshMs, asker).catch(() => undefined);
  state.ms += freshMs;
  await expect(cache.get("guess", freshMs, asker)).resolves.toBeDefined();
  for (const guess of guesses(2 * perSender.atOnce, 500))
    await asked(cache, guess, freshMs, asker).catch(() => undefined);
  for (const stream of real) expect(await cache.get(stream, freshMs, asker)).toMatchObject({ kind: "valid" });
});

test("deliver's ids were accepted before: no budget holds them up", async () => {
  const { cache } = setup();
  for (const guess of guesses(2 * perInstance.atOnce))
    expect(await cache.get(guess)).toEqual({ kind: "missing" });
});

test("a clock that is set back neither keeps old copies nor stops anything", async () => {
  const document = { table: "a.b", offset: "UTC" };
  const registry = {
    read: (key: string) => Promise.resolve({ id: key, document, version: "1" }),
    list: () => Promise.resolve([]),
    write: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const wall = jest.spyOn(Date, "now");
  const ages = jest.spyOn(performance, "now");
  try {
    ages.mockReturnValue(1_000);
    wall.mockReturnValue(Date.UTC(2030));
    const reads = jest.spyOn(registry, "read");
    const cache = createStreamCache(registry, { defaultDataset: "d", log: quiet });
    await cache.get(id);
    wall.mockReturnValue(Date.UTC(2020));
    ages.mockReturnValue(1_000 + freshMs);
    await cache.get(id);
    expect(reads).toHaveBeenCalledTimes(2);
  } finally {
    jest.restoreAllMocks();
  }
});

test("where all ids are in memory, an unknown one is never looked up", async () => {
  const { state, registry } = setup();
  const ids = new Set([id]);
  const knowing = { ...registry, mayHold: (key: string) => ids.has(key) };
  const cache = createStreamCache(knowing, { defaultDataset: "d", log: quiet, entriesMax: 10 });
  for (const guess of guesses(5_000)) expect(cache.get(guess, freshMs, asker)).toEqual({ kind: "missing" });
  expect(state.reads).toBe(0);
  expect(await cache.get(id, freshMs, asker)).toMatchObject({ kind: "valid" });
  const asking = { ...registry, mayHold: (key: string) => Promise.resolve(ids.has(key)) };
  const patient = createStreamCache(asking, { defaultDataset: "d", log: quiet, entriesMax: 10 });
  expect(await patient.get("guess", freshMs, asker)).toEqual({ kind: "missing" });
  expect(state.reads).toBe(1);
  expect(await patient.get(id, freshMs, asker)).toMatchObject({ kind: "valid" });
  const away = { ...registry, mayHold: () => Promise.reject(registryDown({ why: "away" })) };
  const cut = createStreamCache(away, { defaultDataset: "d", log: quiet, entriesMax: 10 });
  await expect(cut.get(id, freshMs, asker)).rejects.toMatchObject({ code: "registry_down" });
});
