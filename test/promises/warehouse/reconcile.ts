/** What never came by webhook, on one ground after the other, beside a naive oracle. */
import { expect, test } from "@jest/globals";
import { makeRow, rowColumns, rowSpec } from "../../../functions/hits/row.ts";
import { reconcile } from "../../../functions/streams/reconcile/reconcile.ts";
import { readStream } from "../../../functions/streams/stream.ts";
import type { Column, Row, Warehouse } from "../../../functions/warehouse.ts";
import { until } from "../../support/until.ts";

const id = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
/** Nobody else in the same warehouse has it. */
const orders = { dataset: "reconciled", table: "orders" };
const feed = { dataset: "reconciled", table: "all_orders" };
const feedColumns: readonly Column[] = [
  { name: "id", type: "STRING", description: "the order" },
  { name: "changed", type: "STRING", description: "when" },
  { name: "status", type: "STRING", description: "what became of it" },
  { name: "date", type: "DATE", description: "the day" },
];
const dayMs = 86_400_000;
const from = Date.parse("2026-10-01T00:00:00Z");

interface State {
  readonly id: string;
  readonly changed: string;
  readonly status: string;
}

/** The same ones each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Orders of 30 days with one to four states, and the webhooks that came of them: some are lost, some come
 *  twice, late, or before those that were sent before them. */
function generate(count: number) {
  const next = random(7);
  const all: State[] = [];
  const came: { state: State; at: number }[] = [];
  const latest: State[] = [];
  for (let number = 0; number < count; number++) {
    let at = from + next() * 30 * dayMs;
    const states = 1 + Math.floor(next() * 4);
    const isForgotten = next() < 0.01;
    for (let each = 0; each < states; each++) {
      at += 60_000 + Math.floor(next() * 2 * dayMs);
      const changed = new Date(Math.floor(at / 1000) * 1000).toISOString().replace(".000Z", "Z");
      const state = { id: `N${number}`, changed, status: ["new", "paid", "sent", "done"][each]! };
      all.push(state);
      if (each === states - 1) latest.push(state);
      if (isForgotten || next() < 0.03) continue;
      const late = next() < 0.1 ? next() * 3 * dayMs : next() * 60_000;
      came.push({ state, at: at + late });
      if (next() < 0.05) came.push({ state, at: at + late + next() * dayMs });
    }
    // The table is older than what came, or holds something else of the same moment.
    const last = latest.at(-1)!;
    const odd = next();
    if (odd < 0.01) latest[latest.length - 1] = { ...last, changed: "2026-09-30T00:00:00Z" };
    else if (odd < 0.02) latest[latest.length - 1] = { ...last, status: "lost" };
  }
  return { all, latest, came: came.toSorted((a, b) => a.at - b.at) };
}

/** Record by record, as slowly as it is plain. */
function oracle({ latest, came }: ReturnType<typeof generate>) {
  const known = new Map<string, State>();
  for (const { state } of came) {
    const before = known.get(state.id);
    if (before === undefined || before.changed <= state.changed) known.set(state.id, state);
  }
  const rows: string[] = [];
  let ahead = 0;
  for (const { id, changed, status } of latest) {
    const mine = known.get(id);
    if (mine !== undefined && mine.changed > changed) ahead += 1;
    else if (mine === undefined) rows.push(`${id} missing ${changed} never`);
    else if (mine.changed < changed) rows.push(`${id} older ${changed} ${mine.changed}`);
    else if (mine.status !== status) rows.push(`${id} differs ${changed} ${mine.changed}`);
  }
  return { records: latest.length, ahead, rows: rows.sort() };
}

async function fill(warehouse: Warehouse, { all, latest, came }: ReturnType<typeof generate>): Promise<void> {
  await warehouse.createDataset(orders);
  await warehouse.createTable(orders, rowSpec);
  const spec = { description: "all orders", columns: feedColumns, partitionBy: "date", clusterBy: [] };
  await warehouse.createTable(feed, spec);
  const current = { dataset: "reconciled", table: "orders_current" };
  await warehouse.putView(current, { kind: "current", of: orders, key: "id", updated: "changed" });
  const rows = await Promise.all(
    came.map(({ state, at }, index) =>
      makeRow(
        {
          hit_id: `aaaaaaaa-0000-4000-8000-${String(index).padStart(12, "0")}`,
          stream_id: id,
          received_at: Math.floor(at),
          date: new Date(at).toISOString().slice(0, 10),
          body: Buffer.from(JSON.stringify(state)),
        },
        new Date(at).toISOString().slice(0, 10),
      ),
    ),
  );
  for (let at = 0; at < rows.length; at += 5000)
    await warehouse.append(orders, rowColumns, rows.slice(at, at + 5000), { deadlineMs: 60_000 });
  // A feed of days holds earlier states of a record as well.
  const earlier = all.filter(
    ({ id, changed }, index) =>
      index % 20 === 0 && latest.some((one) => one.id === id && one.changed > changed),
  );
  const feedRows = [...earlier, ...latest].map(({ id, changed, status }): Row => [
    id,
    changed,
    status,
    "2026-10-31",
  ]);
  await warehouse.append(feed, feedColumns, feedRows, { deadlineMs: 60_000 });
  await until("the rows are there", async () => {
    const sql =
      "SELECT (SELECT COUNT(*) FROM reconciled.orders), (SELECT COUNT(*) FROM reconciled.all_orders)";
    const { rows: found } = await warehouse.query(sql, { rowsMax: 1, deadlineMs: 60_000 });
    // An append may be repeated: at least so many.
    const wanted = [rows.length, feedRows.length];
    return wanted.every((count, index) => Number(found[0]![index]) >= count);
  });
}

export function reconcilePromises(
  driver: string,
  open: () => Promise<{ warehouse: Warehouse; close(): Promise<void> }>,
  count: number,
): void {
  test(`${driver}: of ${count} orders it says which never came by webhook and which are older, as a naive oracle does`, async () => {
    const { warehouse, close } = await open();
    try {
      const generated = generate(count);
      await fill(warehouse, generated);
      const document = { table: "reconciled.orders", offset: "UTC", key: "id", updated: "changed" };
      const lookup = readStream(id, document, { defaultDataset: "reconciled" });
      if (lookup.kind !== "valid") throw new Error("no stream");
      const against = { table: feed, key: "id", updated: "changed", compare: { status: "status" } };
      const options = { limit: 10_000, deadlineMs: 60_000 };
      const found = await reconcile(warehouse, lookup.stream, against, options);
      const wanted = oracle(generated);
      const short = (time: string | null) => time?.replace(".000Z", "Z") ?? "never";
      const rows = found.rows.map(
        (row) => `${row.key} ${row.kind} ${short(row.since)} ${short(row.came_at)}`,
      );
      expect(rows.toSorted()).toEqual(wanted.rows);
      const countOf = (kind: string) => wanted.rows.filter((row) => row.split(" ")[1] === kind).length;
      expect(found).toMatchObject({
        records: wanted.records,
        ahead: wanted.ahead,
        missing: countOf("missing"),
        older: countOf("older"),
        differs: countOf("differs"),
      });
      expect([found.missing, found.older, found.differs, found.ahead].every((number) => number > 0)).toBe(
        true,
      );
    } finally {
      await close();
    }
  });
}
