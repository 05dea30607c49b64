import { expect, test } from "@jest/globals";
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
