import { expect } from "@jest/globals";
import { deadLetterEvents, deadLetters } from "../../functions/letters/letter.ts";
import { Problem } from "../../functions/problem.ts";
import { sibling, type TableRef } from "../../functions/table.ts";
import {
  inValuesMax,
  type Column,
  type Row,
  type Selection,
  type TableSpec,
  type Value,
  type Warehouse,
} from "../../functions/warehouse.ts";
import { until } from "../support/until.ts";
import { promiseSuite } from "./suite.ts";

/** What every warehouse promises, whatever ground it runs on. */

export interface OpenedWarehouse {
  readonly warehouse: Warehouse;
  /** A name that nobody has used, in a dataset that exists. */
  freshTable(): TableRef;
  /** A name in a dataset that does not exist. */
  missingDatasetTable(): TableRef;
  /** Whether what was written or defined is seen at once, or later. */
  readonly showsAtOnce: boolean;
  close(): Promise<void>;
}

export type OpenWarehouse = () => Promise<OpenedWarehouse>;

const column = (name: string, type: Column["type"], required = false): Column => ({
  name,
  type,
  required,
  description: `The ${name}`,
});

/** The eleven columns of a stream's table. */
export const columns: readonly Column[] = [
  column("hit_id", "STRING", true),
  column("payload", "STRING", true),
  column("received_at", "INT64", true),
  column("date", "DATE", true),
  column("content_type", "STRING"),
  column("query", "STRING"),
  column("headers", "JSON"),
  column("fields", "JSON"),
  column("payload_bytes", "BYTES"),
  column("stream_ref", "STRING"),
  column("is_test", "BOOL"),
];
export const spec: TableSpec = {
  description: "Hits of a test",
  columns,
  partitionBy: "date",
  clusterBy: ["hit_id"],
};

const deadlineMs = 30_000;

/** A row by the names of its columns; what is left out is usual. */
export function row(values: Record<string, Value>): Row {
  const usual: Record<string, Value> = {
    hit_id: "h",
    payload: "p",
    received_at: 1_603_131_452_000,
    date: "2020-10-19",
  };
  return columns.map(({ name }) => values[name] ?? usual[name] ?? null);
}

export async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const failed = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failed instanceof Problem) return failed;
  throw new Error("It was no Problem.", { cause: failed });
}

/** @param cannot promises that the driver declines, by name, each with its reason */
export function warehousePromises(
  driver: string,
  open: OpenWarehouse,
  cannot: Record<string, string> = {},
): void {
  const { promise, end } = promiseSuite<Ground>(
    driver,
    async () => {
      const opened = await open();
      return { ground: ground(opened), close: () => opened.close() };
    },
    cannot,
  );

  // --- tables ---

  promise(
    "a table that was made is described with its columns, as ours",
    async ({ warehouse, freshTable, seen }) => {
      const table = freshTable();
      expect(await warehouse.describe(table)).toBeUndefined();
      await warehouse.createTable(table, spec);
      await seen("the table", async () => (await warehouse.describe(table)) !== undefined);
      expect(await warehouse.describe(table)).toEqual({
        kind: "table",
        ours: true,
        columns: columns.map(({ name, type, required }) => ({
          name,
          type,
          required,
        })),
      });
    },
  );

  promise("making a table again changes nothing", async ({ warehouse, made, append, rows }) => {
    const table = await made();
    await append(table, [row({})]);
    await warehouse.createTable(table, {
      ...spec,
      columns: columns.slice(0, 4),
    });
    await rows({ from: table, limit: 10 }, 1);
    expect((await warehouse.describe(table))?.columns).toHaveLength(columns.length);
  });

  promise("making a dataset again changes nothing", async ({ warehouse, made, append, rows }) => {
    const table = await made();
    await append(table, [row({})]);
    await warehouse.createDataset(table);
    await rows({ from: table, limit: 10 }, 1);
  });

  promise("a missing dataset is said, by every method", async ({ warehouse, missingDatasetTable }) => {
    const table = missingDatasetTable();
    for (const work of [
      () => warehouse.describe(table),
      () => warehouse.createTable(table, spec),
      () => warehouse.append(table, columns, [row({})], { deadlineMs }),
      () => warehouse.select({ from: table, limit: 1 }),
    ])
      expect((await problemOf(work())).code).toBe("dataset_missing");
  });

  promise("a missing table is said, by append and select", async ({ warehouse, freshTable }) => {
    const table = freshTable();
    const appended = warehouse.append(table, columns, [row({})], {
      deadlineMs,
    });
    expect((await problemOf(appended)).code).toBe("table_missing");
    expect((await problemOf(warehouse.select({ from: table, limit: 1 }))).code).toBe("table_missing");
  });

  promise("missing columns are added, empty for old rows and filled for new ones", async (given) => {
    const { warehouse, freshTable, seen, rows } = given;
    const table = freshTable();
    const four = columns.slice(0, 4);
    await warehouse.createTable(table, { ...spec, columns: four });
    await given.retried(() =>
      warehouse.append(table, four, [row({ hit_id: "old" }).slice(0, 4)], {
        deadlineMs,
      }),
    );
    await warehouse.addColumns(table, columns);
    await warehouse.addColumns(table, columns);
    await seen(
      "the columns",
      async () => (await warehouse.describe(table))?.columns.length === columns.length,
    );
    await given.append(table, [row({ hit_id: "new", query: "a=b" })]);
    const found = await rows(
      {
        from: table,
        columns: ["hit_id", "query"],
        limit: 10,
        orderBy: [{ column: "hit_id" }],
      },
      2,
    );
    expect(found).toEqual([
      { hit_id: "new", query: "a=b" },
      { hit_id: "old", query: null },
    ]);
    const added = (await warehouse.describe(table))?.columns.find(({ name }) => name === "query");
    expect(added).toEqual({ name: "query", type: "STRING", required: false });
  });

  // --- append ---

  promise("every value comes out as it went in", async ({ made, append, rows }) => {
    const table = await made();
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const written: Record<string, Value>[] = [
      {
        hit_id: "1",
        payload: "",
        received_at: 0,
        date: "1970-01-01",
        payload_bytes: new Uint8Array(0),
        is_test: false,
      },
      {
        hit_id: "2",
        payload: "a\0b\0",
        received_at: Number.MAX_SAFE_INTEGER,
        date: "9999-12-31",
        payload_bytes: bytes,
        is_test: true,
      },
      {
        hit_id: "3",
        payload: "'\"\\\r\n\t\u{1f600}é\u202e\ufffd",
        received_at: Number.MIN_SAFE_INTEGER,
        date: "2024-02-29",
      },
      {
        hit_id: "4",
        payload: "%s ${x} -- ; drop table",
        received_at: 1,
        date: "1999-12-31",
        content_type: "\0",
        query: "",
      },
      {
        hit_id: "5",
        payload: "\u{1f600}".repeat(13),
        received_at: -1,
        date: "0001-01-01",
        payload_bytes: new Uint8Array([0]),
      },
    ];
    await append(table, written.map(row));
    const found = await rows({ from: table, limit: 10, orderBy: [{ column: "hit_id" }] }, written.length);
    expect(found.map(plainBytes)).toEqual(
      written.map((values) =>
        plainBytes(Object.fromEntries(row(values).map((value, index) => [columns[index]!.name, value]))),
      ),
    );
  });

  promise("a text of 8 MiB and as many bytes come out as they went in", async ({ made, append, rows }) => {
    const table = await made();
    const payload = "é\u{1f600}ab".repeat(1024 * 1024);
    const payload_bytes = new Uint8Array(8 * 1024 * 1024).map((_, index) => index % 251);
    await append(table, [row({ hit_id: "text", payload })]);
    await append(table, [row({ hit_id: "bytes", payload_bytes })]);
    const [bytes, text] = await rows({ from: table, limit: 2, orderBy: [{ column: "hit_id" }] }, 2);
    expect(text!.payload === payload).toBe(true);
    expect(Buffer.compare(bytes!.payload_bytes as Uint8Array, payload_bytes)).toBe(0);
  });

  promise(
    "bytes that are a window into a larger buffer are written alone",
    async ({ made, append, rows }) => {
      const table = await made();
      const large = Buffer.alloc(1024, 7);
      await append(table, [row({ payload_bytes: large.subarray(3, 5) })]);
      const [found] = await rows({ from: table, limit: 1 }, 1);
      expect(Array.from(found!.payload_bytes as Uint8Array)).toEqual([7, 7]);
    },
  );

  promise("JSON comes out with the values that went in", async ({ made, append, rows }) => {
    const table = await made();
    const values = [
      {},
      [],
      {
        a: { b: [1, 2.5, -0.25, true, null, "x"] },
        "k é": "\u{1f600}\n\0",
        "": "",
      },
      "text",
      1,
      false,
    ];
    await append(
      table,
      values.map((value, index) => row({ hit_id: String(index), fields: JSON.stringify(value) })),
    );
    const found = await rows(
      {
        from: table,
        columns: ["fields"],
        limit: 10,
        orderBy: [{ column: "hit_id" }],
      },
      values.length,
    );
    expect(found.map(({ fields }) => JSON.parse(String(fields)))).toEqual(values);
  });

  promise("thousands of rows in one append all arrive, in whatever order", async ({ made, append, rows }) => {
    const table = await made();
    const count = 5_000;
    await append(
      table,
      Array.from({ length: count }, (_, index) =>
        row({
          hit_id: `h${index}`,
          received_at: index,
          is_test: index % 3 === 0 ? true : null,
        }),
      ),
    );
    const found = await rows(
      {
        from: table,
        columns: ["received_at", "is_test"],
        limit: count + 1,
        orderBy: [{ column: "received_at" }],
      },
      count,
    );
    expect(
      found.every(
        ({ received_at, is_test }, index) =>
          received_at === index && is_test === (index % 3 === 0 ? true : null),
      ),
    ).toBe(true);
  });

  promise(
    "a batch with refused rows names them, and none of its rows is written",
    async ({ warehouse, made, append, rows }) => {
      const table = await made();
      const batch = [
        row({ hit_id: "good" }),
        row({ hit_id: "json", fields: '{"a":' }),
        row({ hit_id: "good too", fields: "{}" }),
        columns.map(({ name }) =>
          name === "payload" ? null : (row({})[columns.findIndex((one) => one.name === name)] ?? null),
        ),
      ];
      const problem = await problemOf(warehouse.append(table, columns, batch, { deadlineMs }));
      expect(problem.code).toBe("row_refused");
      const { rows: refused } = problem.given as {
        rows: { index: number; why: string }[];
      };
      expect(refused.map(({ index }) => index)).toEqual([1, 3]);
      expect(refused.every(({ why }) => why.length > 0)).toBe(true);
      // Whoever drops the refused rows succeeds with the others, once.
      await append(table, [batch[0]!, batch[2]!]);
      const found = await rows(
        {
          from: table,
          columns: ["hit_id"],
          limit: 10,
          orderBy: [{ column: "hit_id" }],
        },
        2,
      );
      expect(found).toEqual([{ hit_id: "good" }, { hit_id: "good too" }]);
    },
  );

  promise(
    "a table without a column, or with another type, refuses the batch and says which",
    async ({ warehouse, made }) => {
      const table = await made(
        columns
          .slice(0, 4)
          .map((one) => (one.name === "received_at" ? { ...one, type: "STRING" as const } : one)),
      );
      const lacking = await problemOf(
        warehouse.append(table, columns.slice(0, 5), [row({}).slice(0, 5)], {
          deadlineMs,
        }),
      );
      expect(lacking.code).toBe("schema_differs");
      expect(lacking.message).toContain("content_type");
      const typed = await problemOf(
        warehouse.append(table, columns.slice(0, 4), [row({}).slice(0, 4)], {
          deadlineMs,
        }),
      );
      expect(typed.code).toBe("schema_differs");
      expect(typed.message).toContain("received_at");
      // Whoever fixes one column learns of the next at once.
      const both = await problemOf(warehouse.append(table, columns, [row({})], { deadlineMs }));
      for (const name of ["received_at", "content_type", "is_test"]) expect(both.message).toContain(name);
    },
  );

  promise("a required column that is not written refuses the batch", async ({ warehouse, made }) => {
    const table = await made([...columns, column("extra", "STRING", true)]);
    const problem = await problemOf(warehouse.append(table, columns, [row({})], { deadlineMs }));
    expect(problem.code).toBe("schema_differs");
    expect(problem.message).toContain("extra");
  });

  promise(
    "columns may be written in any order, and some left out",
    async ({ warehouse, made, retried, rows }) => {
      const table = await made();
      const given = ["date", "payload", "received_at", "hit_id"].map((name) =>
        columns.find((one) => one.name === name)!,
      );
      await retried(() =>
        warehouse.append(table, given, [["2021-03-04", "the payload", 7, "the hit"]], { deadlineMs }),
      );
      const [found] = await rows({ from: table, limit: 1 }, 1);
      expect(found).toMatchObject({
        hit_id: "the hit",
        payload: "the payload",
        received_at: 7,
        date: "2021-03-04",
        fields: null,
      });
    },
  );

  promise("no rows are no work", async ({ warehouse, made }) => {
    await warehouse.append(await made(), columns, [], { deadlineMs });
  });

  promise(
    "appends at the same time to several tables all arrive, and a missing table fails alone",
    async (given) => {
      const { warehouse, made, freshTable, rows } = given;
      const tables = [await made(), await made(), await made()];
      for (const table of tables) await given.append(table, [row({ hit_id: "first" })]);
      const writes = Array.from({ length: 30 }, (_, index) =>
        warehouse.append(tables[index % 3]!, columns, [row({ hit_id: `h${index}` })], { deadlineMs }),
      );
      const missing = problemOf(warehouse.append(freshTable(), columns, [row({})], { deadlineMs }));
      await Promise.all(writes);
      expect((await missing).code).toBe("table_missing");
      for (const table of tables) await rows({ from: table, columns: ["hit_id"], limit: 100 }, 11);
    },
  );

  // --- select ---

  promise(
    "select takes what matches, in order, a page at a time",
    async ({ warehouse, made, append, rows }) => {
      const table = await made();
      const days = ["2024-01-01", "2024-01-02", "2024-01-03"];
      await append(
        table,
        Array.from({ length: 9 }, (_, index) =>
          row({
            hit_id: `h${index}`,
            received_at: 100 + index,
            date: days[Math.floor(index / 3)]!,
            is_test: index === 4 ? true : null,
            query: index < 2 ? null : `q${index % 2}`,
          }),
        ),
      );
      await rows({ from: table, limit: 20 }, 9);
      const ids = async (selection: Omit<Selection, "from" | "columns">) =>
        (
          await warehouse.select({
            from: table,
            columns: ["hit_id"],
            ...selection,
          })
        ).map(({ hit_id }) => hit_id);
      const orderBy = [{ column: "received_at", descending: true }];
      expect(await ids({ orderBy, limit: 3 })).toEqual(["h8", "h7", "h6"]);
      expect(await ids({ orderBy, limit: 3, offset: 3 })).toEqual(["h5", "h4", "h3"]);
      expect(await ids({ orderBy, limit: 3, offset: 8 })).toEqual(["h0"]);
      const asked = { from: table, columns: ["hit_id"], orderBy, limit: 3 };
      expect(await warehouse.selectSome(asked)).toEqual({
        rows: [{ hit_id: "h8" }, { hit_id: "h7" }, { hit_id: "h6" }],
        truncated: false,
      });
      expect(await ids({ orderBy, limit: 3, offset: 9 })).toEqual([]);
      expect(
        await ids({
          where: [{ column: "hit_id", is: "=", value: "h5" }],
          limit: 9,
        }),
      ).toEqual(["h5"]);
      expect(
        await ids({
          where: [{ column: "hit_id", is: "=", value: "h5' or 1=1 --" }],
          limit: 9,
        }),
      ).toEqual([]);
      expect(
        await ids({
          where: [{ column: "is_test", is: "=", value: true }],
          limit: 9,
        }),
      ).toEqual(["h4"]);
      expect(
        await ids({
          where: [
            { column: "received_at", is: ">=", value: 103 },
            { column: "received_at", is: "<=", value: 104 },
          ],
          orderBy,
          limit: 9,
        }),
      ).toEqual(["h4", "h3"]);
      expect(
        await ids({
          where: [{ column: "date", is: ">=", value: "2024-01-03" }],
          orderBy,
          limit: 9,
        }),
      ).toEqual(["h8", "h7", "h6"]);
      expect(
        await ids({
          where: [{ column: "date", is: "=", value: "2024-01-02" }],
          orderBy,
          limit: 1,
        }),
      ).toEqual(["h5"]);
      expect(
        await ids({
          orderBy: [{ column: "date" }, { column: "received_at", descending: true }],
          limit: 4,
        }),
      ).toEqual(["h2", "h1", "h0", "h5"]);
      // An empty value comes first upwards, last downwards.
      expect(
        await ids({
          orderBy: [{ column: "query" }, { column: "hit_id" }],
          limit: 3,
        }),
      ).toEqual(["h0", "h1", "h2"]);
      expect(
        await ids({
          orderBy: [{ column: "query", descending: true }, { column: "hit_id" }],
          limit: 9,
          offset: 7,
        }),
      ).toEqual(["h0", "h1"]);
    },
  );

  promise(
    "a select takes what is equal to one of a list, up to as many as it may name",
    async ({ warehouse, made, append, rows }) => {
      const table = await made();
      await append(
        table,
        ["a", "b", "c", "it's"].map((hit_id, index) =>
          row({ hit_id, received_at: index, date: `2024-01-0${index + 1}` }),
        ),
      );
      await rows({ from: table, limit: 9 }, 4);
      const ids = async (where: Selection["where"] & {}) =>
        (
          await warehouse.select({
            from: table,
            columns: ["hit_id"],
            where,
            orderBy: [{ column: "hit_id" }],
            limit: 9,
          })
        ).map(({ hit_id }) => hit_id);
      const many = Array.from({ length: inValuesMax - 2 }, (_, index) => `no${index}`);
      expect(await ids([{ column: "hit_id", is: "in", value: ["it's", ...many, "b"] }])).toEqual([
        "b",
        "it's",
      ]);
      expect(
        await ids([
          { column: "date", is: "in", value: ["2024-01-01", "2024-01-02"] },
          { column: "received_at", is: "in", value: [1, 2, 3] },
          { column: "hit_id", is: ">=", value: "b" },
        ]),
      ).toEqual(["b"]);
      expect(await ids([{ column: "hit_id", is: "in", value: ["d') or ('1'='1"] }])).toEqual([]);
    },
  );

  promise(
    "a select of a column that the table lacks says which, for a person to fix",
    async ({ warehouse, made }) => {
      const table = await made(columns.slice(0, 4));
      for (const selection of [
        { columns: ["hit_id", "nowhere"] },
        { where: [{ column: "nowhere", is: "=", value: "x" }] },
        { orderBy: [{ column: "nowhere" }] },
      ] as const) {
        const problem = await problemOf(warehouse.select({ from: table, limit: 1, ...selection }));
        expect(problem.code).toBe("schema_differs");
        expect(problem.message).toContain("nowhere");
      }
    },
  );

  // --- views ---

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
    const event = (hit_id: string, attempt: number, what: string): Row => {
      const values: Record<string, Value> = {
        hit_id,
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
          event("replayed twice", 1, "replayed"),
          event("replayed twice", 2, "replayed"),
          event("delivered", 1, "replayed"),
          event("delivered", 1, "delivered"),
          event("delivered", 1, "delivered"),
          event("discarded", 1, "replayed"),
          event("discarded", 1, "delivered"),
          event("discarded", 0, "discarded"),
          event("late failure", 1, "replayed"),
          event("late failure", 1, "delivered"),
        ],
        { deadlineMs },
      ),
    );
    await rows({ from: events, columns: ["hit_id"], limit: 99 }, 12);
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

  // --- query ---

  promise("a query gives rows as JSON holds them, and says when it was cut", async ({ warehouse }) => {
    const {
      columns: shown,
      rows,
      truncated,
    } = await warehouse.query(
      "SELECT 9007199254740993 AS big, 7 AS small, 'x' AS text, NULLIF(1, 1) AS nothing, 1 = 1 AS yes, DATE '2024-02-29' AS day",
      { rowsMax: 1, deadlineMs },
    );
    expect(shown.map(({ name }) => name)).toEqual(["big", "small", "text", "nothing", "yes", "day"]);
    expect(rows).toEqual([["9007199254740993", 7, "x", null, true, "2024-02-29"]]);
    expect(truncated).toBe(false);
    const cut = await warehouse.query("SELECT 1 AS n UNION ALL SELECT 1 UNION ALL SELECT 1", {
      rowsMax: 2,
      deadlineMs,
    });
    expect([cut.rows, cut.truncated]).toEqual([[[1], [1]], true]);
    const whole = await warehouse.query("SELECT 1 AS n UNION ALL SELECT 1", {
      rowsMax: 2,
      deadlineMs,
    });
    expect([whole.rows.length, whole.truncated]).toEqual([2, false]);
  });

  promise(
    "a query that would change something is refused and changes nothing",
    async ({ warehouse, made, append, rows, sqlName }) => {
      const table = await made();
      await append(table, [row({})]);
      await rows({ from: table, limit: 9 }, 1);
      const name = sqlName(table);
      for (const sql of [
        `DELETE FROM ${name} WHERE true`,
        `UPDATE ${name} SET payload = 'x' WHERE true`,
        `INSERT INTO ${name} SELECT * FROM ${name}`,
        `DROP TABLE ${name}`,
        `CREATE TABLE ${name}_x AS SELECT 1 AS a`,
        `SELECT 1 AS a; DROP TABLE ${name}`,
        `SELECT 1 AS a; SELECT 2 AS a`,
        "",
        "SELEC 1",
        "SELECT * FROM nowhere_at_all.nothing",
      ])
        expect((await problemOf(warehouse.query(sql, { rowsMax: 9, deadlineMs }))).code).toBe(
          "query_refused",
        );
      await rows({ from: table, limit: 9 }, 1);
    },
  );

  promise("a query that holds a NUL is refused whole, not cut short", async ({ warehouse }) => {
    for (const sql of ["SELECT 1 AS a\0, 2 AS b", "SELECT 'a\0b' AS a"]) {
      const { code, message } = await problemOf(warehouse.query(sql, { rowsMax: 9, deadlineMs }));
      expect(code).toBe("query_refused");
      expect(message).toContain("NUL");
    }
  });

  end();
}

interface Ground extends OpenedWarehouse {
  /** A table of the eleven columns, or of others. */
  made(of?: readonly Column[]): Promise<TableRef>;
  append(table: TableRef, rows: readonly Row[]): Promise<void>;
  /** What is selected, once there are exactly `count` rows of it. */
  rows(selection: Selection, count: number): Promise<Record<string, Value>[]>;
  seen(what: string, check: () => Promise<boolean>): Promise<void>;
  /** Tries again while a table or column that was just made is not seen everywhere. */
  retried(work: () => Promise<void>): Promise<void>;
  /** A table's name in a query. */
  sqlName(table: TableRef): string;
}

function ground(opened: OpenedWarehouse): Ground {
  const { warehouse, freshTable, showsAtOnce } = opened;

  async function seen(what: string, check: () => Promise<boolean>): Promise<void> {
    if (!showsAtOnce) return until(what, check);
    if (!(await check())) throw new Error(`Not so at once: ${what}`);
  }

  async function retried(work: () => Promise<void>): Promise<void> {
    if (showsAtOnce) return work();
    let last: unknown;
    await until("an append to what was just made", () =>
      work().then(
        () => true,
        (error: unknown) => {
          last = error;
          if (
            error instanceof Problem &&
            ["table_missing", "schema_differs", "warehouse_down"].includes(error.code)
          )
            return false;
          throw error;
        },
      ),
    ).catch((error: unknown) => {
      throw last ?? error;
    });
  }

  return {
    ...opened,
    seen,
    retried,
    async made(of = columns) {
      const table = freshTable();
      await warehouse.createTable(table, { ...spec, columns: of });
      return table;
    },
    append: (table, rows) => retried(() => warehouse.append(table, columns, rows, { deadlineMs })),
    async rows(selection, count) {
      let found: Record<string, Value>[] = [];
      await seen(`${count} rows`, async () => {
        found = await warehouse.select(selection);
        return found.length === count;
      }).catch(() => expect(found).toHaveLength(count));
      return found;
    },
    sqlName: ({ project, dataset, table }) =>
      [project, dataset, table].filter((part) => part !== undefined).join("."),
  };
}

/** Bytes of any kind as hex, so that a Buffer equals a Uint8Array. */
function plainBytes(values: Record<string, Value>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? `bytes ${Buffer.from(value).toString("hex")}` : value,
    ]),
  );
}
