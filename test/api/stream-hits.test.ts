import { expect, test } from "@jest/globals";
import { makeRow, rowColumns, rowSpec } from "../../functions/hits/row.ts";
import { registryDown, warehouseDown } from "../../functions/problems.ts";
import type { Look } from "../../functions/streams/looks/look.ts";
import { openAdmin } from "../support/admin.ts";

/** What a stream's last hits hold, counted when somebody asks. */

const table = { dataset: "crm", table: "leads" };
const leads = { table: "crm.leads", offset: "Europe/Kyiv", key: "id", updated: "at" };
const uuid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

async function setup(stream: object = {}) {
  const admin = await openAdmin();
  const { warehouse, ask, clock } = admin;
  await warehouse.createDataset(table);
  const { id } = (await ask("POST", "/v1/streams", { ...leads, ...stream })).json;
  await warehouse.createTable(table, rowSpec);
  const hits: { body: string; number?: number; isTest?: boolean; daysAgo?: number; stream_id?: string }[] =
    [];
  return {
    ...admin,
    id,
    hits,
    async look() {
      const rows = await Promise.all(
        hits.map(({ body, number = 0, isTest, daysAgo = 0, stream_id = id }) => {
          const received_at = clock.ms - daysAgo * 86_400_000;
          const date = new Date(received_at).toISOString().slice(0, 10);
          const hit = { hit_id: uuid(number), stream_id, received_at, date, body: Buffer.from(body) };
          return makeRow({ ...hit, ...(isTest && { is_test: true }) }, date);
        }),
      );
      await warehouse.append(table, rowColumns, rows, { deadlineMs: 1_000 });
      const { json } = await ask("GET", `/v1/streams/${id}?hits=true`);
      return { look: (json as unknown as { hits: Look }).hits, warnings: json.warnings };
    },
  };
}

test("a look says how many hits had fields, a key, a time, were tests or repeats, with an example of each failure", async () => {
  const { hits, look, clock } = await setup();
  const good = '{"id":1,"at":"2024-05-01 12:00"}';
  for (let number = 1; number <= 6; number++) hits.push({ body: good, number });
  hits.push({ body: good, number: 6 }, { body: good, number: 7, isTest: true });
  hits.push({ body: "no fields", number: 8 });
  hits.push({ body: '{"id":"","at":"01.05.2024"}', number: 9 });
  // Too old, and another stream's.
  hits.push({ body: "old", number: 10, daysAgo: 9 }, { body: "other", number: 11, stream_id: uuid(1) });
  const seen = await look();
  expect(seen.look).toEqual({
    at: clock.ms,
    since: "2026-11-14",
    truncated: false,
    hits: 9,
    tests: 1,
    repeats: 1,
    with_fields: 8,
    records: 9,
    with_key: 7,
    with_time: 7,
    examples: expect.arrayContaining([
      { lacks: "fields", hit_id: uuid(8) },
      { lacks: "key", hit_id: uuid(8) },
      { lacks: "time", hit_id: uuid(8) },
    ]),
  });
  expect(seen.warnings).toEqual([
    expect.stringMatching(/^The key "id" names 7 of the last 9 records/),
    expect.stringMatching(/^The time in updated \("at"\) can be read in 7 of the last 9 records/),
  ]);
});

test("a time that cannot be read is shown as it was found; from 95 % on nothing is warned of", async () => {
  const { hits, look } = await setup();
  for (let number = 1; number <= 19; number++) hits.push({ body: '{"id":1,"at":1714564800}', number });
  hits.push({ body: '{"id":1,"at":"01.05.2024"}', number: 20 });
  const seen = await look();
  expect(seen.look.examples).toEqual([{ lacks: "time", hit_id: uuid(20), found: "01.05.2024" }]);
  expect(seen.warnings).toEqual([]);
});

test("of a batch its items are counted, and the hits without any", async () => {
  const { hits, look } = await setup({ items: "list", key: ["^.shop", "id"] });
  hits.push({ body: '{"shop":"x","list":[{"id":1,"at":1714564800},{"at":1714564800},null]}', number: 1 });
  hits.push({ body: '{"shop":"x","list":[]}', number: 2 });
  const { look: found, warnings } = await look();
  expect(warnings[0]).toMatch(/^The list in items \("list"\) is found in 1 of the last 2 hits/);
  expect(found).toMatchObject({ hits: 2, records: 2, with_items: 1, with_key: 1, with_time: 2 });
  expect(found.examples).toEqual([
    { lacks: "key", hit_id: uuid(1) },
    { lacks: "items", hit_id: uuid(2) },
  ]);
});

test("nothing is read where nobody asks, and a warehouse that is away is told of", async () => {
  const { ask, id, warehouse } = await setup();
  let reads = 0;
  warehouse.selectSome = () => {
    reads += 1;
    return Promise.reject(warehouseDown({ why: "no answer" }));
  };
  expect(await ask("GET", `/v1/streams/${id}`)).toMatchObject({ status: 200, json: { warnings: [] } });
  expect(reads).toBe(0);
  const { json } = await ask("GET", `/v1/streams/${id}?hits=true`);
  expect(json.warnings).toEqual([
    expect.stringMatching(/^Its last hits could not be looked at: .*no answer/),
  ]);
  expect(reads).toBe(1);
});

test("what was found is kept with its time: the list shows it, its age and its warnings, and reads no table", async () => {
  const { hits, look, ask, id, clock, warehouse, documents } = await setup();
  for (let number = 1; number <= 9; number++) hits.push({ body: '{"id":1,"at":1714564800}', number });
  hits.push({ body: '{"id":1,"at":"01.05.2024"}', number: 10 });
  expect((await ask("GET", "/v1/streams")).json.streams[0]).not.toHaveProperty("hits");
  const { look: found } = await look();
  clock.ms += 3 * 3_600_000 + 59 * 60_000;
  warehouse.selectSome = () => Promise.reject(new Error("the list asks nothing"));
  const listed = (await ask("GET", "/v1/streams")).json.streams[0]!;
  expect(listed).toMatchObject({ id, hits: { ...found, at: clock.ms - 14_340_000 } });
  expect(listed.warnings).toEqual([
    expect.stringMatching(
      /^The time in updated \("at"\) can be read in 9 of the last 10 records; .* Looked at 3 hours ago\.$/,
    ),
  ]);
  expect((await ask("GET", `/v1/streams/${id}`)).json).toEqual(listed);
  // A fresh look that fails tells what was found before.
  warehouse.selectSome = () => Promise.reject(warehouseDown({ why: "no answer" }));
  const failed = (await ask("GET", `/v1/streams/${id}?hits=true`)).json;
  expect(failed).toMatchObject({ hits: found });
  expect(failed.warnings).toEqual([...listed.warnings, expect.stringContaining("no answer")]);
  // Another stream, or the same one with another key, says nothing of it.
  await ask("PATCH", `/v1/streams/${id}`, { name: "Renamed" });
  expect((await ask("GET", "/v1/streams")).json.streams[0]).toHaveProperty("hits");
  await ask("PATCH", `/v1/streams/${id}`, { key: "other" });
  const changed = (await ask("GET", "/v1/streams")).json.streams[0];
  expect(changed).not.toHaveProperty("hits");
  expect((await documents.list("looks", { limit: 9 })).map((kept) => kept.id)).toEqual([id]);
});

test("a look that cannot be kept or read, or that somebody wrote by hand, costs neither the look nor the list", async () => {
  const { hits, look, ask, id, documents } = await setup();
  hits.push({ body: '{"id":1,"at":1714564800}', number: 1 });
  const { commit, list } = documents;
  documents.commit = () => Promise.reject(registryDown({ why: "no answer" }));
  const { look: found, warnings } = await look();
  expect([found.hits, warnings]).toEqual([1, []]);
  documents.commit = commit;
  await ask("GET", `/v1/streams/${id}?hits=true`);
  const [kept] = await documents.list("looks", { limit: 9 });
  for (const wrong of [
    {},
    { look: 7 },
    { look: { ...found, hits: -1 } },
    { look: { ...found, examples: [null] } },
  ]) {
    await documents.commit([{ kind: "looks", id, document: { ...Object(kept!.document), ...wrong } }]);
    const [stream] = (await ask("GET", "/v1/streams")).json.streams;
    expect(Object.hasOwn(stream!, "hits")).toBe(Object.keys(wrong).length === 0);
  }
  documents.list = () => Promise.reject(registryDown({ why: "no answer" }));
  expect((await ask("GET", "/v1/streams")).json.streams[0]).toMatchObject({ id, warnings: [] });
  documents.list = list;
});
