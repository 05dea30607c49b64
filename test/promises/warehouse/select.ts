import { expect } from "@jest/globals";
import {
  inValuesMax,
  type Row,
  type Selection,
  type UnionSelection,
  type Value,
} from "../../../functions/warehouse.ts";
import { columns, deadlineMs, problemOf, row, type Promised } from "./setup.ts";

type Asked = Omit<Selection, "from" | "columns">;

const orderBy = [{ column: "received_at", descending: true }];

/** Of nine rows h0 to h8, and what comes. */
const selections: readonly [Asked, readonly string[]][] = [
  [{ orderBy, limit: 3, offset: 9 }, []],
  [{ where: [{ column: "hit_id", is: "=", value: "h5" }], limit: 9 }, ["h5"]],
  [{ where: [{ column: "hit_id", is: "=", value: "h5' or 1=1 --" }], limit: 9 }, []],
  [{ where: [{ column: "is_test", is: "=", value: true }], limit: 9 }, ["h4"]],
  [
    {
      where: [
        { column: "received_at", is: ">=", value: 103 },
        { column: "received_at", is: "<=", value: 104 },
      ],
      orderBy,
      limit: 9,
    },
    ["h4", "h3"],
  ],
  [{ where: [{ column: "date", is: ">=", value: "2024-01-03" }], orderBy, limit: 9 }, ["h8", "h7", "h6"]],
  [{ where: [{ column: "date", is: "=", value: "2024-01-02" }], orderBy, limit: 1 }, ["h5"]],
  [
    { orderBy: [{ column: "date" }, { column: "received_at", descending: true }], limit: 4 },
    ["h2", "h1", "h0", "h5"],
  ],
  // An empty value comes first upwards, last downwards.
  [{ orderBy: [{ column: "query" }, { column: "hit_id" }], limit: 3 }, ["h0", "h1", "h2"]],
  [
    { orderBy: [{ column: "query", descending: true }, { column: "hit_id" }], limit: 9, offset: 7 },
    ["h0", "h1"],
  ],
];

export function selectPromises(promise: Promised): void {
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
      const ids = async (selection: Asked) =>
        (await warehouse.select({ from: table, columns: ["hit_id"], ...selection })).map(
          ({ hit_id }) => hit_id,
        );
      expect(await ids({ orderBy, limit: 3 })).toEqual(["h8", "h7", "h6"]);
      expect(await ids({ orderBy, limit: 3, offset: 3 })).toEqual(["h5", "h4", "h3"]);
      expect(await ids({ orderBy, limit: 3, offset: 8 })).toEqual(["h0"]);
      const asked = { from: table, columns: ["hit_id"], orderBy, limit: 3 };
      expect(await warehouse.selectSome(asked)).toEqual({
        rows: [{ hit_id: "h8" }, { hit_id: "h7" }, { hit_id: "h6" }],
        truncated: false,
      });
      for (const [selection, found] of selections) expect(await ids(selection)).toEqual(found);
    },
  );

  promise(
    "rows that hold a text somewhere: in texts, in JSON as it is written there, and never as a pattern",
    async ({ warehouse, made, append, rows }) => {
      const table = await made();
      const some: Record<string, Value>[] = [
        { hit_id: "plain", payload: "orderId=N1%&_" },
        { hit_id: "small", payload: "orderid=n1%&_" },
        { hit_id: "query", payload: "", query: "id=N1%&_" },
        { hit_id: "headers", payload: "", headers: JSON.stringify({ "webhook-id": 'order "N1"-é' }) },
        { hit_id: "none", payload: "N2", query: null, headers: null },
      ];
      await append(
        table,
        some.map((one, index) => row({ received_at: 100 + index, date: "2024-01-01", ...one })),
      );
      await rows({ from: table, limit: 20 }, 5);
      const holding = async (text: string, sought = ["payload", "query", "headers"]) =>
        (
          await warehouse.select({
            from: table,
            columns: ["hit_id"],
            where: [{ column: "date", is: "=", value: "2024-01-01" }],
            holding: { columns: sought, text },
            orderBy: [{ column: "received_at" }],
            limit: 9,
          })
        ).map(({ hit_id }) => hit_id);
      expect(await holding("N1%&_")).toEqual(["plain", "query"]);
      expect(await holding("N1%&_", ["query"])).toEqual(["query"]);
      expect(await holding('"N1"-é')).toEqual(["headers"]);
      expect(await holding("N_")).toEqual([]);
      expect(await holding("' OR 1=1 --")).toEqual([]);
    },
  );

  promise(
    "one question to many tables: their rows together, in order, with the table of each; what a table lacks is empty",
    async ({ warehouse, made, append, retried, rows }) => {
      const some = [await made(), await made(), await made(columns.slice(0, 4))];
      for (const [index, table] of some.entries()) {
        const four = ({ hit_id, received_at }: { hit_id: string; received_at: number }): Row =>
          row({ hit_id, received_at, date: "2024-01-01" }).slice(0, index === 2 ? 4 : undefined);
        const values = [
          four({ hit_id: `old${index}`, received_at: 100 + index }),
          four({ hit_id: "it's", received_at: 200 - index }),
        ];
        const written = columns.slice(0, index === 2 ? 4 : undefined);
        await retried(() => warehouse.append(table, written, values, { deadlineMs }));
        await rows({ from: table, limit: 9 }, 2);
      }
      await append(some[1]!, [
        row({ hit_id: "query", received_at: 300, date: "2024-01-02", query: "id=N1" }),
      ]);
      await append(some[1]!, [
        row({ hit_id: "headers", received_at: 301, date: "2024-01-02", headers: '{"a":"N1"}' }),
      ]);
      await rows({ from: some[1]!, limit: 9 }, 4);
      const types = Object.fromEntries(columns.map(({ name, type }) => [name, type]));
      const all = ["hit_id", "received_at", "query", "headers", "date"];
      const from = some.map((table, index) => ({
        table,
        has: index === 2 ? ["hit_id", "received_at", "date"] : all,
      }));
      const ask = async (asked: Partial<UnionSelection>) => {
        const found = await warehouse.selectUnion({
          from,
          types,
          columns: ["hit_id", "query"],
          limit: 9,
          ...asked,
        });
        expect(found.truncated).toBe(false);
        return found.rows.map(({ from: of, row: found }) => [of, found["hit_id"], found["query"]]);
      };
      const equal = [{ column: "hit_id", is: "=", value: "it's" }] as const;
      expect((await ask({ where: equal })).sort()).toEqual([0, 1, 2].map((of) => [of, "it's", null]));
      const newest = [{ column: "received_at", descending: true }];
      const shown = ["hit_id", "query", "received_at"];
      expect(await ask({ columns: shown, orderBy: newest, limit: 4 })).toEqual([
        [1, "headers", null],
        [1, "query", "id=N1"],
        [0, "it's", null],
        [1, "it's", null],
      ]);
      const day = [{ column: "date", is: ">=", value: "2024-01-02" }] as const;
      expect((await ask({ where: day })).map(([of]) => of)).toEqual([1, 1]);
      // Of each one row at most, so that no table's repeats hide another table.
      expect((await ask({ eachMax: 1 })).map(([of]) => of).sort()).toEqual([0, 1, 2]);
      const held = ["query", "headers"];
      expect((await ask({ holding: { columns: held, text: "N1" } })).map(([, id]) => id).sort()).toEqual([
        "headers",
        "query",
      ]);
      const [, , narrow] = from;
      expect(await ask({ from: [narrow!], holding: { columns: held, text: "N1" } })).toEqual([]);
      expect(await ask({ from: [narrow!], holding: { columns: ["hit_id"], text: "t's" } })).toEqual([
        [0, "it's", null],
      ]);
    },
  );

  promise(
    "of many tables one that is not there fails the question, and does not pass for one without rows",
    async ({ warehouse, made, freshTable, append, rows }) => {
      const table = await made();
      await append(table, [row({ hit_id: "h" })]);
      await rows({ from: table, limit: 9 }, 1);
      const parts = [table, freshTable()].map((one) => ({ table: one, has: ["hit_id"] }));
      const asked = { columns: ["hit_id"], types: { hit_id: "STRING" } as const, limit: 9 };
      // No "try again later": whoever asks looks for the one that is at fault.
      const { code } = await problemOf(warehouse.selectUnion({ ...asked, from: parts }));
      expect(["table_missing", "query_refused"]).toContain(code);
      expect((await warehouse.selectUnion({ ...asked, from: parts.slice(0, 1) })).rows).toHaveLength(1);
    },
  );

  promise(
    "sums in the place of rows: one row for each set of values, with what was asked beside them",
    async ({ warehouse, made, append, rows }) => {
      const table = await made();
      await append(
        table,
        Array.from({ length: 8 }, (_, index) =>
          row({
            hit_id: `h${index % 6}`,
            received_at: 9_000_000_000_000 + index,
            date: index < 6 ? "2024-01-01" : "2024-01-02",
            query: index % 2 === 0 ? "even" : null,
            is_test: index === 7,
          }),
        ),
      );
      await rows({ from: table, limit: 20 }, 8);
      const measures = {
        rows: { is: "count" },
        hits: { is: "distinct", column: "hit_id" },
        queries: { is: "distinct", column: "query" },
        received_at: { is: "max", column: "received_at" },
        sum: { is: "sum", column: "received_at" },
      } as const;
      const columns = ["date", "query"];
      const orderBy = columns.map((column) => ({ column }));
      const asked = { from: table, measures, limit: 9 };
      const first = { date: "2024-01-01", rows: 3, hits: 3 };
      expect(await warehouse.select({ ...asked, columns, orderBy })).toEqual([
        { ...first, query: null, queries: 0, received_at: 9_000_000_000_005, sum: 27_000_000_000_009 },
        { ...first, query: "even", queries: 1, received_at: 9_000_000_000_004, sum: 27_000_000_000_006 },
        {
          date: "2024-01-02",
          query: null,
          rows: 1,
          hits: 1,
          queries: 0,
          received_at: 9e12 + 7,
          sum: 9e12 + 7,
        },
        {
          date: "2024-01-02",
          query: "even",
          rows: 1,
          hits: 1,
          queries: 1,
          received_at: 9e12 + 6,
          sum: 9e12 + 6,
        },
      ]);
      const where = [{ column: "is_test", is: "=", value: false }] as const;
      expect(await warehouse.select({ ...asked, where })).toMatchObject([{ rows: 7, hits: 6 }]);
      const none = [{ column: "date", is: "=", value: "2020-01-01" }] as const;
      expect(await warehouse.select({ ...asked, where: none })).toEqual([
        { rows: 0, hits: 0, queries: 0, received_at: null, sum: null },
      ]);
      expect(await warehouse.select({ ...asked, where: none, columns })).toEqual([]);
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
        { columns: [], measures: { sum: { is: "sum" as const, column: "nowhere" } } },
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
}
