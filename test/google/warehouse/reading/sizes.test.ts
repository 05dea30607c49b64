import { expect, test } from "@jest/globals";
import { batchBytesMax } from "../../../../functions/letters/choose.ts";
import type { Request } from "../../../../functions/request.ts";
import { bounded } from "../../../../infra/google/admin.ts";
import { queryBytesMax, selectBytesMax } from "../../../../infra/google/warehouse/reading/select.ts";
import { openAnswerMemory } from "../../../../infra/google/warehouse/answer-memory.ts";
import { problemOf } from "../../../promises/warehouse/setup.ts";
import { deadlineMs, done, mebibyte, pages, promise, putForeign, table } from "./setup.ts";

const job = {
  status: 200,
  body: { statistics: { query: { statementType: "SELECT" } } },
};

promise("a query is cut at its bytes, and no page past them is fetched", async ({ rest, warehouse }) => {
  const page = pages(4 * mebibyte);
  rest.intercept((_, path) => (path.endsWith("/jobs") ? job : page()));
  const answer = await warehouse.query("SELECT payload FROM d.t", {
    rowsMax: 100_000,
    deadlineMs,
  });
  expect(answer.truncated).toBe(true);
  expect(answer.rows).toHaveLength(queryBytesMax / (4 * mebibyte));
  expect(rest.requests).toHaveLength(1 + 1 + answer.rows.length);
});

promise("values inside lists and records count as well", async ({ rest, warehouse }) => {
  const fields = [
    {
      name: "r",
      type: "RECORD",
      mode: "REPEATED",
      fields: [{ name: "s", type: "STRING" }],
    },
  ];
  const half = { v: { f: [{ v: "x".repeat(queryBytesMax / 2) }] } };
  const rows = (last: object[]) =>
    done({
      schema: { fields },
      rows: [{ f: [{ v: [half, half, ...last] }] }],
    });
  let page = rows([]);
  rest.intercept((_, path) => (path.endsWith("/jobs") ? job : page));
  const query = () => warehouse.query("SELECT r FROM d.t", { rowsMax: 9, deadlineMs });
  expect(await query()).toMatchObject({ truncated: false });
  page = rows([{ v: { f: [{ v: "x" }] } }]);
  expect(await query()).toMatchObject({ truncated: true, rows: [] });
});

promise(
  "a select of rows that are too large together is refused, never given in part",
  async ({ rest, warehouse }) => {
    putForeign(rest, "t", [{ name: "hit_id", type: "STRING" }]);
    const page = pages(8 * mebibyte);
    rest.intercept((_, path) => (path.includes("/queries") ? page() : undefined));
    const problem = await problemOf(warehouse.select({ from: table, limit: 1_000 }));
    expect(problem.code).toBe("answer_too_large");
    expect(problem.message).toContain(
      `more than ${selectBytesMax} bytes together. Ask for fewer rows at once`,
    );
  },
);

promise("some of these rows are given as far as they fit, and it is said", async ({ rest, warehouse }) => {
  putForeign(rest, "t", [{ name: "hit_id", type: "STRING" }]);
  const page = pages(8 * mebibyte);
  rest.intercept((_, path) => (path.includes("/queries") ? page() : undefined));
  const { rows, truncated } = await warehouse.selectSome({
    from: table,
    limit: 1_000,
  });
  expect([rows.length, truncated]).toEqual([Math.floor(selectBytesMax / (8 * mebibyte)), true]);
});

promise("the bodies that one replay takes are read whole", async ({ rest, warehouse }) => {
  putForeign(rest, "t", [{ name: "body", type: "BYTES" }]);
  const bodyBytes = 8 * mebibyte;
  const count = batchBytesMax / bodyBytes;
  const v = Buffer.alloc(bodyBytes, 7).toString("base64");
  let left = count;
  const schema = { fields: [{ name: "body", type: "BYTES" }] };
  rest.intercept((_, path) =>
    path.includes("/queries")
      ? done({
          schema,
          rows: [{ f: [{ v }] }],
          ...(--left > 0 && { pageToken: "more" }),
        })
      : undefined,
  );
  const rows = await warehouse.select({ from: table, limit: count });
  expect(rows).toHaveLength(count);
});

promise(
  "a query of values that are larger on their way than in letters is cut as well",
  async ({ rest, warehouse }) => {
    // Each is one letter, and six on the way.
    const rows = [{ f: [{ v: "\u0001".repeat(2 * mebibyte) }] }];
    const page = done({ rows, pageToken: "more" });
    rest.intercept((_, path) => (path.endsWith("/jobs") ? job : page));
    const answer = await warehouse.query("SELECT payload FROM d.t", {
      rowsMax: 100_000,
      deadlineMs,
    });
    expect(answer.truncated).toBe(true);
    expect(answer.rows).toHaveLength(Math.ceil((queryBytesMax * 2) / (12 * mebibyte)));
    expect(rest.requests).toHaveLength(1 + answer.rows.length);
  },
);

test("an answer of admin counts with its bytes until it is out", async () => {
  const held: number[] = [];
  const handler = bounded(openAnswerMemory(), async () => ({
    status: 200,
    body: "\ufffd".repeat(10),
  }));
  const request = { hold: (bytes: number) => held.push(bytes) };
  const { status, body } = await handler(request as unknown as Request);
  expect(status).toBe(200);
  expect(Buffer.from(body as Uint8Array).toString()).toBe("\ufffd".repeat(10));
  expect(held).toEqual([30]);
});
