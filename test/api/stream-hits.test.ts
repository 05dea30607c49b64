import { expect, test } from "@jest/globals";
import { makeRow, rowColumns, rowSpec } from "../../functions/hits/row.ts";
import { warehouseDown } from "../../functions/problems.ts";
import type { Look } from "../../functions/streams/look.ts";
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
  const { look: found } = await look();
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
