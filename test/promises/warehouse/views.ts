import { expect } from "@jest/globals";
import { deadLetterEvents, deadLetters } from "../../../functions/letters/letter.ts";
import { sibling } from "../../../functions/table.ts";
import { type Row, type Value } from "../../../functions/warehouse.ts";
import { columns, deadlineMs, problemOf, row, spec, type Promised } from "./setup.ts";

export function viewsPromises(promise: Promised): void {
  promise("the unique view hides repeats of a hit and tests", async (given) => {
    const { warehouse, made, rows } = given;
    const table = await made();
    await given.append(table, [
      row({ hit_id: "a", received_at: 2, payload: "repeat" }),
      row({ hit_id: "a", received_at: 1, payload: "first" }),
      row({
        hit_id: "a",
        received_at: 3,
        date: "2020-10-20",
        payload: "after midnight",
      }),
      row({ hit_id: "b", received_at: 1, is_test: true }),
      row({ hit_id: "c", received_at: 1, is_test: false, payload: "c" }),
    ]);
    await rows({ from: table, limit: 9 }, 5);
    const view = sibling(table, `${table.table}_unique`);
    await warehouse.putView(view, { kind: "unique", of: table });
    const found = await rows(
      {
        from: view,
        limit: 9,
        columns: ["hit_id", "payload"],
        orderBy: [{ column: "payload" }],
      },
      3,
    );
    expect(found.map(({ payload }) => payload)).toEqual(["after midnight", "c", "first"]);
    expect(await warehouse.describe(view)).toMatchObject({
      kind: "view",
      ours: true,
    });
    const everything = await warehouse.select({ from: view, limit: 1 });
    expect(Object.keys(everything[0]!)).toEqual(columns.map(({ name }) => name));
  });

  promise("the current view shows the latest state of each record", async (given) => {
    const { warehouse, made, rows } = given;
    const table = await made();
    const hits: Record<string, Value>[] = [];
    const hit = (payload: string, fields: unknown, more: Record<string, Value> = {}) =>
      hits.push({
        hit_id: `h${hits.length}`,
        payload,
        fields: fields === null ? null : JSON.stringify(fields),
        received_at: 1_700_000_000_000,
        ...more,
      });
    // By received_at, where `updated` is no time; the number 1 and the text "1" are one record.
    hit("old", { order: { id: 1 } }, { received_at: 1 });
    hit("by received_at", { order: { id: "1" }, at: "soon" }, { received_at: 2 });
    // By updated, against the order of receipt; without a zone it is UTC.
    hit("by updated", { order: { id: "2" }, at: "2024-05-01T12:00:00+02:00" }, { received_at: 1 });
    hit("an hour before", { order: { id: "2" }, at: "2024-05-01 09:00:00" }, { received_at: 9 });
    hit("a day before", { order: { id: "2" }, at: "2024-04-30" }, { received_at: 9 });
    // The same time: by received_at, then by hit_id.
    hit("same, earlier", { order: { id: "3" }, at: "2024-05-01T10:00:00Z" }, { received_at: 1 });
    hit("same, low id", { order: { id: "3" }, at: "2024-05-01T10:00:00Z" }, { received_at: 2 });
    hit("same, high id", { order: { id: "3" }, at: "2024-05-01T10:00:00Z" }, { received_at: 2 });
    // Without a key each hit is a record of its own: null, absent, an object, an array, no fields.
    for (const id of [null, undefined, { a: 1 }, ["4"]]) hit(`own ${JSON.stringify(id)}`, { order: { id } });
    hit("own empty, once", { order: { id: "" } });
    hit("own empty, twice", { order: { id: "" } });
    hit("own without fields", null);
    hit("own of an array", [1]);
    // Tests are left out, also as the latest state; a repeat of a hit is one row.
    hit("real", { order: { id: "5" } }, { received_at: 1 });
    hit("test", { order: { id: "5" } }, { received_at: 2, is_test: true });
    hits.push({ ...hits.at(-2)! });
    await given.append(table, hits.map(row));
    await rows({ from: table, limit: 99 }, hits.length);
    const view = sibling(table, `${table.table}_current`);
    await warehouse.putView(view, {
      kind: "current",
      of: table,
      key: "order.id",
      updated: "at",
    });
    const expected = [
      "by received_at",
      "by updated",
      'own ["4"]',
      "own empty, once",
      "own empty, twice",
      "own null",
      "own of an array",
      "own undefined",
      "own without fields",
      'own {"a":1}',
      "real",
      "same, high id",
    ];
    const found = await rows({ from: view, columns: ["payload"], limit: 99 }, expected.length);
    expect(found.map(({ payload }) => payload as string).toSorted()).toEqual(expected);
    // Ordered by receipt alone where the stream names no field.
    await warehouse.putView(view, {
      kind: "current",
      of: table,
      key: "order.id",
    });
    await given.seen("the changed view", async () => {
      const [second] = await warehouse.select({
        from: view,
        columns: ["payload"],
        where: [{ column: "payload", is: "=", value: "a day before" }],
        limit: 1,
      });
      return second !== undefined;
    });
  });

  promise(
    "a view that is put again stays; another definition replaces it; new columns join it",
    async (given) => {
      const { warehouse, freshTable, rows, seen } = given;
      const table = freshTable();
      const five = columns.filter(({ name }) =>
        ["hit_id", "payload", "received_at", "date", "fields"].includes(name),
      );
      await warehouse.createTable(table, { ...spec, columns: five });
      await given.retried(() =>
        warehouse.append(
          table,
          five,
          [
            ["h", "p", 1, "2024-01-01", '{"a":"x","b-1":"y"}'],
            ["i", "q", 2, "2024-01-01", '{"a":"x","b-1":"z"}'],
          ],
          { deadlineMs },
        ),
      );
      const view = sibling(table, `${table.table}_current`);
      const definition = { kind: "current", of: table, key: "a" } as const;
      await warehouse.putView(view, definition);
      await warehouse.putView(view, definition);
      await rows({ from: view, limit: 9 }, 1);
      await warehouse.putView(view, { ...definition, key: "b-1" });
      await rows({ from: view, limit: 9 }, 2);
      await warehouse.addColumns(table, columns);
      await rows({ from: view, limit: 9 }, 2);
      await warehouse.putView(view, { ...definition, key: "b-1" });
      await seen(
        "the new columns",
        async () => "is_test" in ((await warehouse.select({ from: view, limit: 1 }))[0] ?? {}),
      );
    },
  );

  promise(
    "a view never takes the name of a table, nor of a table that is missing",
    async ({ warehouse, made, freshTable }) => {
      const table = await made();
      const taken = await made();
      expect((await problemOf(warehouse.putView(taken, { kind: "unique", of: table }))).code).toBe(
        "schema_differs",
      );
      expect((await warehouse.describe(taken))?.kind).toBe("table");
      expect(
        (
          await problemOf(
            warehouse.putView(freshTable(), {
              kind: "unique",
              of: freshTable(),
            }),
          )
        ).code,
      ).toBe("table_missing");
    },
  );

  promise("the state of a dead letter follows from its failures and events", async (given) => {
    const { warehouse, freshTable, rows, retried } = given;
    const letters = freshTable();
    const events = freshTable();
    const states = freshTable();
    await warehouse.createTable(letters, deadLetters);
    await warehouse.createTable(events, deadLetterEvents);
    const letter = (hit_id: string, attempt: number): Row => {
      const values: Record<string, Value> = {
        hit_id,
        stream_id: hit_id === "waiting" ? "522ED95E-9f07-45f6-a0b7-28bf2d0315e5" : "s",
        kept_apart: hit_id === "delivered" ? true : null,
        received_at: 1,
        date: "2024-01-01",
        body: new Uint8Array([0xff, 0]),
        bytes: 2,
        reason: "schema_differs",
        detail: `attempt ${attempt}`,
        attempt,
        at: 10 + attempt,
        dated: true,
      };
      return deadLetters.columns.map(({ name }) => values[name] ?? null);
    };
    const event = (hit_id: string, attempt: number, what: string, job: string | null = null): Row => {
      const values: Record<string, Value> = {
        hit_id,
        job,
        attempt,
        event: what,
        at: 20,
        date: "2024-01-02",
      };
      return deadLetterEvents.columns.map(({ name }) => values[name] ?? null);
    };
    await retried(() =>
      warehouse.append(
        letters,
        deadLetters.columns,
        [
          letter("waiting", 0),
          letter("waiting", 0),
          letter("replaying", 0),
          letter("failed again", 0),
          letter("failed again", 1),
          letter("replayed twice", 0),
          letter("replayed twice", 1),
          letter("delivered", 0),
          letter("discarded", 0),
          letter("late failure", 0),
          letter("late failure", 1),
        ],
        { deadlineMs },
      ),
    );
    await retried(() =>
      warehouse.append(
        events,
        deadLetterEvents.columns,
        [
          event("replaying", 1, "replayed"),
          event("failed again", 1, "replayed"),
          event("replayed twice", 1, "replayed", "job 1"),
          event("replayed twice", 2, "replayed", "job 0"),
          event("delivered", 1, "replayed", "job 1"),
          event("delivered", 1, "delivered"),
          event("delivered", 1, "delivered"),
          event("discarded", 1, "replayed"),
          event("discarded", 1, "delivered"),
          event("discarded", 0, "discarded"),
          event("late failure", 1, "replayed", "job 1"),
          event("late failure", 2, "replayed"),
          event("late failure", 1, "delivered"),
        ],
        { deadlineMs },
      ),
    );
    await rows({ from: events, columns: ["hit_id"], limit: 99 }, 13);
    await warehouse.putView(states, {
      kind: "dead_letter_states",
      letters,
      events,
    });
    const found = await rows({ from: states, limit: 99, orderBy: [{ column: "hit_id" }] }, 7);
    expect(found.map(({ hit_id, state, attempt, detail }) => [hit_id, state, attempt, detail])).toEqual([
      ["delivered", "delivered", 0, "attempt 0"],
      ["discarded", "discarded", 0, "attempt 0"],
      ["failed again", "waiting", 1, "attempt 1"],
      ["late failure", "delivered", 1, "attempt 1"],
      ["replayed twice", "replaying", 1, "attempt 1"],
      ["replaying", "replaying", 0, "attempt 0"],
      ["waiting", "waiting", 0, "attempt 0"],
    ]);
    // The job of the latest replay; of one that was replayed by its hit_id since, none.
    expect(found.map(({ hit_id, job }) => [hit_id, job]).filter(([, job]) => job !== null)).toEqual([
      ["delivered", "job 1"],
      ["replayed twice", "job 0"],
    ]);
    // The key to write to a stream is in no view; its reference is what logs and rows show.
    expect(found.filter((letter) => "stream_id" in letter)).toEqual([]);
    expect(found.at(-1)!["stream_ref"]).toBe("5403e49f9c61");
    expect(found.map((letter) => letter["kept_apart"])).toEqual([true, ...Array(6).fill(false)]);
    expect(found.every(({ body }) => Buffer.from(body as Uint8Array).toString("hex") === "ff00")).toBe(true);
    expect(
      await warehouse.select({
        from: states,
        columns: ["hit_id"],
        where: [{ column: "state", is: "=", value: "waiting" }],
        orderBy: [{ column: "hit_id" }],
        limit: 9,
      }),
    ).toEqual([{ hit_id: "failed again" }, { hit_id: "waiting" }]);
  });
}
