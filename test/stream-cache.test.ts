import { expect, test } from "@jest/globals";
import { registryDown } from "../functions/problem.ts";
import type { Registered } from "../functions/registry.ts";
import { createStreamCache, freshMs, missMs, refreshPauseMs } from "../functions/streams/cache.ts";

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
  return { documents, state, cache: createStreamCache(registry, options) };
}

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
