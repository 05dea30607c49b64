import { expect, test } from "@jest/globals";
import { linkEvents } from "../../../functions/import/links/link.ts";
import { readWebEvents } from "../../../functions/import/links/refresh.ts";
import { importTable } from "../../../functions/import/tables.ts";
import type { Value } from "../../../functions/warehouse.ts";
import { check, storedBytes } from "../cases.ts";
import { type BackendEvent, casesOfWeb, type Ground, linkCase, settings } from "./setup.ts";

/** What linking promises, on either ground. */

interface Expected {
  readonly row: number;
  readonly state: string;
  readonly reason: string | null;
  readonly web_event_id: string | null;
  readonly candidate_count: number;
  readonly reference_ev: string | null;
  readonly rule: string | null;
  readonly also?: readonly string[];
}

const linking = { importId: "crm", source: "site", settings, which: "due" } as const;

const told = ["state", "reason", "web_event_id", "candidate_count", "matched_ev", "rule", "also", "version"];

export function linkPromises(open: () => Promise<Ground & AsyncDisposable>): void {
  test("the 1,200 backend events of the cases are linked as they should be, and twice is once", async () => {
    await using ground = await open();
    const csv = await check(storedBytes("backend_events.csv", linkCase("backend_events.csv")), {
      max_age_days: 100_000,
    });
    expect([csv.report.rows, csv.report.imported]).toEqual([1_200, 1_200]);
    const rowOf = new Map(csv.events.map(({ event_id, row }) => [event_id, row]));
    await ground.addWeb(casesOfWeb());
    await ground.addEvents(csv.events);
    await readWebEvents(ground.ports, ground.web, { first: "2020-01-01" });
    const first = await linkEvents(ground.ports, linking);
    const expected = linkCase("expected.jsonl").toString().trimEnd().split("\n");
    const found = new Map<number, Expected>();
    for (const [event_id, link] of await ground.links(told))
      found.set(rowOf.get(event_id)!, asExpected(rowOf.get(event_id)!, link));
    expect([...found.values()].toSorted((a, b) => a.row - b.row)).toEqual(
      expected.map((line) => JSON.parse(line) as Expected),
    );
    expect(first).toEqual({ changed: 1_200, linked: 596, moved: 0 });
    const changes = await dayChanges(ground);
    expect(await linkEvents(ground.ports, { ...linking, which: "all" })).toEqual({
      changed: 0,
      linked: 0,
      moved: 0,
    });
    expect(await dayChanges(ground)).toEqual(changes);
  });

  test("a web event that comes late turns waiting into linked, and names the day to build anew", async () => {
    await using ground = await open();
    const event = (event_id: string, date: string, reference_id: string): BackendEvent => ({
      event_id,
      date,
      ev: "deal",
      reference_ev: ["lead", "call"],
      reference_id,
    });
    const web = (web_event_id: string, ev: string, transaction_id: string, event_time: string) => ({
      web_event_id,
      ev,
      transaction_id,
      event_time,
    });
    await ground.addWeb([
      web("w1", "lead", "other", "2026-11-19T10:00:00Z"),
      web("w2", "call", "A", "2026-11-10T10:00:00Z"),
    ]);
    await ground.addEvents([
      event("a", "2026-11-19", "A"),
      event("b", "2026-11-18", "B"),
      event("c", "2026-11-20", "C"),
    ]);
    await readWebEvents(ground.ports, ground.web);
    expect(await linkEvents(ground.ports, linking)).toEqual({ changed: 3, linked: 1, moved: 0 });
    const shown = async () =>
      [...(await ground.links(told)).values()]
        .map(({ event_id, state, reason, web_event_id, version }) => [
          event_id,
          state,
          reason,
          web_event_id,
          version,
        ])
        .toSorted();
    expect(await shown()).toEqual([
      ["a", "linked", null, "w2", 1],
      ["b", "waiting", "id_unknown", null, 1],
      ["c", "waiting", "web_data_pending", null, 1],
    ]);

    // A name earlier in the list is better; one day more of web data; and one more web event that is worse.
    await ground.addWeb([
      web("w3", "lead", "A", "2026-11-12T10:00:00Z"),
      web("w4", "lead", "B", "2026-11-18T22:59:59.999999Z"),
      web("w5", "lead", "B", "2026-11-18T23:00:00Z"),
      web("w6", "lead", "x", "2026-11-20T08:00:00Z"),
    ]);
    await readWebEvents(ground.ports, ground.web, { first: "2026-11-01" });
    expect(await linkEvents(ground.ports, linking)).toEqual({ changed: 3, linked: 1, moved: 1 });
    expect(await shown()).toEqual([
      ["a", "linked", null, "w3", 2],
      ["b", "linked", null, "w4", 2],
      ["c", "waiting", "id_unknown", null, 2],
    ]);
    expect(await dayChanges(ground)).toEqual([
      ["2026-11-18", 0, 1, 0, 0],
      ["2026-11-18", 1, 1, 0, 1],
      ["2026-11-19", 0, 1, 0, 1],
      ["2026-11-19", 1, 1, 1, 1],
      ["2026-11-20", 0, 1, 0, 0],
    ]);

    // Web data that is written anew without them takes no link back.
    await ground.ports.warehouse.write(
      [
        `DELETE FROM ${ground.ports.warehouse.sql.table(ground.web.table)} WHERE web_event_id IN ('w3', 'w4', 'w5')`,
      ],
      { deadlineMs: 60_000 },
    );
    await readWebEvents(ground.ports, ground.web, { first: "2026-11-01" });
    expect(await linkEvents(ground.ports, linking)).toEqual({ changed: 0, linked: 0, moved: 0 });
  });
}

function asExpected(row: number, link: Record<string, Value>): Expected {
  const { state, reason, web_event_id, candidate_count, matched_ev, rule, also } = link;
  return {
    row,
    state: String(state),
    reason: reason as string | null,
    web_event_id: web_event_id as string | null,
    candidate_count: Number(candidate_count),
    reference_ev: matched_ev as string | null,
    rule: rule as string | null,
    ...(also !== null && { also: String(also).split(",") }),
  };
}

async function dayChanges({ ports: { warehouse, dataset } }: Ground): Promise<Value[][]> {
  const rows = await warehouse.select({
    from: importTable(dataset, "link_day_changes"),
    orderBy: [{ column: "date" }, { column: "changed_at" }],
    limit: 10_000,
  });
  return rows.map(({ date, rows_before, rows_after, linked_before, linked_after }) =>
    [date, rows_before, rows_after, linked_before, linked_after].map((value) => value ?? null),
  );
}
