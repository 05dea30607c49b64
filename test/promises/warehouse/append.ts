import { expect } from "@jest/globals";
import { type Value } from "../../../functions/warehouse.ts";
import { column, columns, deadlineMs, problemOf, row, type Promised } from "./setup.ts";

export function appendPromises(promise: Promised): void {
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

  promise(
    "decimals and lists of texts come out as they went in",
    async ({ made, warehouse, retried, rows }) => {
      const more = [column("value", "NUMERIC"), column("names", "ARRAY<STRING>")];
      const all = [...columns, ...more];
      const table = await made(all);
      const described = (await warehouse.describe(table))!.columns.map(({ name, type }) => [name, type]);
      expect(described).toEqual(all.map(({ name, type }) => [name, type]));
      const written: [Value, Value][] = [
        ["0", "[]"],
        ["-12.5", '["purchase"]'],
        ["99999999999999999999999999999.999999999", '["b","a","b"]'],
        ["-0.000000001", JSON.stringify(["Größe", '\u{1f600}, \\"x', ""])],
        [null, '["x"]'],
        ["100", '["y"]'],
      ];
      const given = written.map((values, index) => [...row({ hit_id: String(index) }), ...values]);
      await retried(() => warehouse.append(table, all, given, { deadlineMs }));
      const found = await rows({ from: table, limit: 10, orderBy: [{ column: "hit_id" }] }, written.length);
      expect(found.map(({ value, names }) => [value, names])).toEqual(written);
      for (const wrong of [
        ["1e5", "[]"],
        ["0.1234567891", "[]"],
        ["1", "[1]"],
        ["1", "x"],
      ]) {
        const refused = warehouse.append(table, all, [[...row({}), ...wrong]], { deadlineMs });
        expect((await problemOf(refused)).code).toBe("row_refused");
      }
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
      const { rows: refused } = problem.facts as {
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
