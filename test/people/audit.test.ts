import { expect, test } from "@jest/globals";
import { documentsDown, registryConflict, registryDown } from "../../functions/problems.ts";
import { streamRef } from "../../functions/stream-ref.ts";
import { thisMachine } from "../../functions/people/who.ts";
import type { Entry } from "../../functions/people/audit.ts";
import { openAdmin } from "../support/admin.ts";

/** Who did what, when, before and after. */

async function open() {
  const admin = await openAdmin({
    identify: async () => ({ ...thisMachine, id: "ada", name: "ada", how: "session" }),
  });
  const entries = async (query = "") =>
    ((await admin.ask("GET", `/v1/audit${query}`)).json as unknown as { entries: Entry[] }).entries;
  return { ...admin, entries };
}

/** One that is killed the moment a stream is written: nothing is written any more. */
async function openKilled() {
  const admin = await open();
  const { registry, documents } = admin;
  const write = registry.write.bind(registry);
  registry.write = async (...args) => {
    await write(...args);
    documents.commit = () => Promise.reject(new Error("killed"));
    throw new Error("killed");
  };
  return admin;
}

test("each change of a stream is told by whom, when, and what differs, and never with its id", async () => {
  const { ask, entries, clock } = await open();
  const { id } = (await ask("POST", "/v1/streams", { table: "crm.leads", offset: "UTC", name: "Leads" }))
    .json;
  const added = clock.ms;
  clock.ms += 1_000;
  await ask("PATCH", `/v1/streams/${id}`, { name: "Won", state: "paused" });
  clock.ms += 1_000;
  await ask("DELETE", `/v1/streams/${id}`);
  const told = await entries();
  expect(told.map(({ at, who, how, what, about }) => [at - added, who, how, what, about])).toEqual([
    [2_000, "ada", "session", "stream_removed", `stream ${streamRef(id)}`],
    [1_000, "ada", "session", "stream_changed", `stream ${streamRef(id)}`],
    [0, "ada", "session", "stream_added", `stream ${streamRef(id)}`],
  ]);
  const [removed, changed, first] = told;
  expect(changed).toMatchObject({ before: { name: "Leads" }, after: { name: "Won", state: "paused" } });
  expect(Object.keys(changed!.after as object).sort()).toEqual(["name", "state", "updated_at"]);
  expect(removed).toMatchObject({ before: { state: "paused" }, after: { state: "closed" } });
  expect(first).toMatchObject({ after: { table: "crm.leads", offset: "UTC", name: "Leads" } });
  expect(JSON.stringify(told)).not.toContain(id);
});

test("what was refused changed nothing, and is no entry", async () => {
  const { ask, entries } = await open();
  await ask("POST", "/v1/streams", { table: "a b c", offset: "UTC" });
  await ask("PATCH", "/v1/streams/none", { name: "x" });
  await ask("DELETE", "/v1/people/nobody");
  await ask("POST", "/v1/dead-letters/replay", {});
  await ask("POST", "/v1/jobs", { what: "discard" });
  expect(await entries()).toEqual([]);
});

test("entries are paged, the newest first, and none is missing or shown twice", async () => {
  const { ask, entries, clock } = await open();
  for (let count = 0; count < 25; count++) {
    await ask("POST", "/v1/people", { name: `person ${count}`, role: "viewer" });
    clock.ms += count % 3; // some in the same millisecond
  }
  const paged: Entry[] = [];
  for (let after = ""; ;) {
    const page = await entries(`?limit=10${after}`);
    paged.push(...page);
    if (page.length < 10) break;
    after = `&after=${page.at(-1)!.id}`;
  }
  expect(new Set(paged.map(({ about }) => about)).size).toBe(25);
  expect(paged).toHaveLength(25);
  expect(paged.map(({ at }) => at)).toEqual(paged.map(({ at }) => at).sort((a, b) => b - a));
});

test("a change is told before it is done: whatever is killed between the two, the entry is there", async () => {
  const { ask, entries, registry } = await openKilled();
  await expect(ask("POST", "/v1/streams", { table: "crm.leads", offset: "UTC" })).rejects.toThrow("killed");
  expect(await registry.list()).toHaveLength(1);
  expect(await entries()).toMatchObject([
    { what: "stream_added", after: { table: "crm.leads" }, outcome: "begun" },
  ]);
});

test("what was begun and then refused says so; what was done has no outcome; what nobody knows stays begun", async () => {
  const { ask, entries, registry } = await open();
  const write = registry.write.bind(registry);
  registry.write = () => Promise.reject(registryConflict());
  expect((await ask("POST", "/v1/streams", { table: "crm.a", offset: "UTC" })).status).toBe(409);
  registry.write = () => Promise.reject(registryDown({ why: "test" }));
  expect((await ask("POST", "/v1/streams", { table: "crm.b", offset: "UTC" })).status).toBe(503);
  registry.write = write;
  expect((await ask("POST", "/v1/streams", { table: "crm.c", offset: "UTC" })).status).toBe(201);
  const outcomes = Object.fromEntries(
    (await entries()).map(({ after, outcome }) => [(after as { table: string }).table, outcome]),
  );
  expect(outcomes).toEqual({ "crm.a": "failed registry_conflict", "crm.b": "begun", "crm.c": undefined });
});

test("where no entry can be written nothing is done", async () => {
  const { ask, documents, registry } = await open();
  documents.commit = () => Promise.reject(documentsDown({ why: "test" }));
  expect((await ask("POST", "/v1/streams", { table: "crm.a", offset: "UTC" })).status).toBe(503);
  expect(await registry.list()).toEqual([]);
});

test("entries of one person or one deed are found behind many others, in pages", async () => {
  const { ask, clock } = await open();
  for (let count = 0; count < 30; count++) {
    await ask("POST", "/v1/people", { name: `person ${count}`, role: "viewer" });
    clock.ms += 1;
    if (count % 10 === 0) await ask("DELETE", `/v1/people/person%20${count}`);
    clock.ms += 1;
  }
  type Page = { entries: Entry[]; next?: string };
  const page = async (query: string) =>
    (await ask("GET", `/v1/audit?what=person_removed&limit=2${query}`)).json as unknown as Page;
  const first = await page("");
  expect(first.entries.map(({ about }) => about)).toEqual(["person 20", "person 10"]);
  const second = await page(`&after=${first.next}`);
  expect([second.entries.map(({ about }) => about), second.next]).toEqual([["person 0"], undefined]);
  const { json } = await ask("GET", "/v1/audit?who=nobody-here");
  expect(json).toEqual({ entries: [] });
});

test("people and tokens come in pages, and none is missing or shown twice", async () => {
  const { ask } = await open();
  for (let count = 0; count < 12; count++) {
    const name = `Person ${count}`;
    await ask("POST", "/v1/people", { name, role: "viewer" });
    await ask("POST", "/v1/tokens", { name, role: "viewer", person: name });
  }
  for (const [path, list, id] of [
    ["/v1/people", "people", "name"],
    ["/v1/tokens", "tokens", "id"],
  ] as const) {
    const found: string[] = [];
    for (let after = ""; ;) {
      const { json } = await ask("GET", `${path}?limit=5${after}`);
      const page = json as unknown as Record<string, Record<string, string>[]> & { next?: string };
      found.push(...page[list]!.map((one) => one[id]!));
      if (page.next === undefined) break;
      after = `&after=${encodeURIComponent(page.next)}`;
    }
    expect([path, found.length, new Set(found).size]).toEqual([path, 12, 12]);
  }
});

test("there is no way to change or remove an entry", async () => {
  const { document } = await open();
  const paths = Object.entries(document.paths).filter(([path]) => path.includes("audit"));
  expect(paths.map(([path, methods]) => [path, Object.keys(methods)])).toEqual([["/v1/audit", ["get"]]]);
});

test("a person and the entry of it are written together, or neither is", async () => {
  const { ask, documents, entries } = await open();
  const commit = documents.commit.bind(documents);
  const seen: number[] = [];
  documents.commit = async (writes) => {
    seen.push(writes.length);
    if (writes.some(({ kind }) => kind === "audit") && writes.some(({ kind }) => kind === "people"))
      throw new Error("The disk is full.");
    return commit(writes);
  };
  await expect(ask("POST", "/v1/people", { name: "maria", role: "viewer" })).rejects.toThrow("full");
  documents.commit = commit;
  expect([await documents.list("people", { limit: 9 }), await entries()]).toEqual([[], []]);
  expect(seen).toEqual([2]);
});

test("an entry whose bytes were altered is shown as one, and the others beside it", async () => {
  const { ask, documents, entries } = await open();
  await ask("POST", "/v1/people", { name: "maria", role: "viewer" });
  const [entry] = await documents.list("audit", { limit: 1 });
  const read = documents.list.bind(documents);
  documents.list = async (kind, options) =>
    (await read(kind, options)).map((one) =>
      one.id === entry!.id ? { ...one, document: "Bytes were altered" } : one,
    );
  expect(await entries()).toMatchObject([{ id: entry!.id, who: "unreadable", what: "unreadable" }]);
});
