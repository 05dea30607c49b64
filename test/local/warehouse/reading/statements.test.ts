/** What people's statements may cost: each is refused, or ends alone. */
import { expect, test } from "@jest/globals";
import { openDatabase } from "../../../../infra/local/warehouse/file/duckdb.ts";
import { isFatal, isHopeless } from "../../../../infra/local/warehouse/statements/hopeless.ts";
import {
  ctesMax,
  expressionsMax,
  groupingSetsMax,
  lambdasMax,
  namesMax,
  repeatsMax,
  setOperationsMax,
  tablesMax,
} from "../../../../infra/local/warehouse/statements/shape.ts";
import { openWarehouse, type LocalWarehouse } from "../../../../infra/local/warehouse/warehouse.ts";
import { rowsRefused } from "../../../../functions/problems.ts";
import { columns, problemOf, row, spec } from "../../../promises/warehouse/setup.ts";
import { inFolder } from "../../../support/folder.ts";
import { childrenOf } from "../../../support/machine/processes.ts";

const orders = { dataset: "crm", table: "orders" };
const deadlineMs = 30_000;
const ask = { rowsMax: 10, deadlineMs };
/** DuckDB does not look for an interrupt meanwhile; on one core it takes minutes. */
const unstoppable = "select repeat('9', 2000000)::bignum";

/** @param work gets the lines of the log too */
function promise(
  name: string,
  work: (warehouse: LocalWarehouse, log: string[]) => Promise<void>,
  statementGraceMs = 300,
): void {
  test(
    name,
    () =>
      inFolder(async (directory) => {
        const lines: string[] = [];
        const log = (_: string, message: string) => void lines.push(message);
        const warehouse = await openWarehouse({ directory, log, statementGraceMs, memoryMegabytesMax: 300 });
        try {
          await warehouse.createDataset(orders);
          await warehouse.createTable(orders, spec);
          await work(warehouse, lines);
        } finally {
          await warehouse.close();
        }
      }),
    600_000,
  );
}

const add = (warehouse: LocalWarehouse, hit_id: string) =>
  warehouse.append(orders, columns, [row({ hit_id })], { deadlineMs });
const count = async (warehouse: LocalWarehouse) =>
  (await warehouse.query("select count(distinct hit_id)::int from crm.orders", ask)).rows[0]![0];
const refusal = (warehouse: LocalWarehouse, sql: string, ms = deadlineMs) =>
  problemOf(warehouse.query(sql, { rowsMax: 10, deadlineMs: ms }));
const processes = () => childrenOf(process.pid, "warehouse.worker");

const times = (n: number, part: (index: number) => string, between = "") =>
  Array.from({ length: n }, (_, index) => part(index)).join(between);
const ctes = (n: number) =>
  `with t0 as (select 1 a)${times(n, (k) => `, t${k + 1} as (select x.a from t${k} x join t${k} y using (a))`)} select * from t${n}`;
const stars = (n: number): string => (n === 0 ? "select 1 a" : `select *, * from (${stars(n - 1)})`);
const lambdas = (n: number): string => (n === 0 ? "1" : `list_transform([1], x${n} -> ${lambdas(n - 1)})`);

/** What of each kind is just taken, what is one past it, and what the refusal says. */
const bounds: readonly [kind: string, fits: string, more: string, says: string][] = [
  ["names", "select 1", `select ${times(namesMax + 1, () => "a", ".")} from crm.orders`, "parts"],
  [
    "CTEs",
    `with ${times(ctesMax, (k) => `t${k} as (select 1)`, ", ")} select 1`,
    `with ${times(ctesMax + 1, (k) => `t${k} as (select 1)`, ", ")} select 1`,
    "names",
  ],
  ["CTEs that multiply", ctes(7), ctes(8), "tables"],
  [
    "tables",
    `select 1 from ${times(tablesMax, () => "(values (1))", ", ")}`,
    `select 1 from ${times(tablesMax + 1, (k) => `crm.orders t${k}`, ", ")}`,
    "tables",
  ],
  ["stars that multiply", stars(Math.log2(repeatsMax)), stars(Math.log2(repeatsMax) + 1), "columns"],
  [
    "set operations",
    `select 1${times(setOperationsMax, () => " union all select 1")}`,
    `select 1${times(setOperationsMax + 1, () => " union all select 1")}`,
    "UNION",
  ],
  [
    "grouping sets",
    `select count(*) from (select 1 a) group by cube (${times(Math.log2(groupingSetsMax), (k) => `a + ${k}`, ", ")})`,
    `select count(*) from (select 1 a) group by cube (${times(Math.log2(groupingSetsMax) + 1, (k) => `a + ${k}`, ", ")})`,
    "groups",
  ],
  [
    "expressions",
    `select 1 where 1 in (${times(expressionsMax - 3, () => "1", ",")})`,
    `select 1 where 1 in (${times(expressionsMax - 2, () => "1", ",")})`,
    "operators",
  ],
  ["columns", "select 1", `select ${times(40_000, () => "a", ",")}`, "columns"],
  ["operators", "select 1", `select ${times(24_000, () => "`a`", ",")}`, "operators"],
  ["lambdas", `select ${lambdas(lambdasMax)}`, `select ${lambdas(lambdasMax + 1)}`, "lambdas"],
  ["numbers", `select 1e300`, `select ${times(400, () => "9")}`, "number"],
];

promise("a statement has a bound for each way to grow, and is taken up to it", async (warehouse, log) => {
  for (const [kind, fits, more, says] of bounds) {
    const taken = await warehouse.query(fits, ask).then(
      () => "taken",
      (error: Error) => error.message,
    );
    expect([kind, taken]).toEqual([kind, "taken"]);
    const { code, message } = await refusal(warehouse, more);
    expect([kind, code, message]).toEqual([kind, "query_refused", expect.stringContaining(says)]);
  }
  expect(log).toEqual([]);
});

// What was seen to end the server, or to keep it busy for ever.
for (const [name, sql] of [
  ["45,000 names with dots between them", `select ${times(45_000, () => "a", ".")}`],
  ["39 CTEs that each join the one before", ctes(39)],
  ["a text of 2 GB", "select length(lpad('a', 2000000000, 'b'))"],
  ["200 lambdas inside each other", `select ${lambdas(200)}`],
] as const)
  promise(`${name}: refused, and rows go on arriving`, async (warehouse) => {
    const appends = [0, 1, 2, 3, 4].map((n) => add(warehouse, `h${n}`));
    expect((await refusal(warehouse, sql, 5_000)).code).toBe("query_refused");
    // Those of a process that was ended for it come again.
    for (const [n, ended] of (await Promise.allSettled(appends)).entries())
      if (ended.status === "rejected") await add(warehouse, `h${n}`);
    expect(await count(warehouse)).toBe(5);
  });

promise(
  "what does not end when it is told to is ended with its process, and twice at most",
  async (warehouse, log) => {
    await add(warehouse, "before");
    for (const death of [1, 2]) {
      const waiting = warehouse.query("select 'waited'", ask);
      const first = refusal(warehouse, unstoppable, 100);
      const next = warehouse.query("select 'next'", ask);
      expect((await waiting).rows).toEqual([["waited"]]);
      expect(await first).toMatchObject({
        code: "query_refused",
        message: expect.stringContaining("did not end when it was told to"),
      });
      // It waited in line, and never learns of it.
      expect((await next).rows).toEqual([["next"]]);
      await add(warehouse, `after ${death}`);
      expect(log).toHaveLength(death);
    }
    expect((await refusal(warehouse, unstoppable, 100)).message).toContain("not run again");
    expect(log).toHaveLength(2);
    expect(await count(warehouse)).toBe(3);
  },
);

promise("what nobody waits for any more is ended with its process as well", async (warehouse, log) => {
  const leaving = new AbortController();
  const left = problemOf(warehouse.query(unstoppable, { ...ask, signal: leaving.signal }));
  await warehouse.select({ from: orders, limit: 1 });
  leaving.abort();
  expect((await left).code).toBe("query_refused");
  expect(log).toHaveLength(1);
});

promise("a stop does not wait for what does not end", async (warehouse, log) => {
  const asked = problemOf(warehouse.query(unstoppable, ask));
  const waiting = problemOf(warehouse.query("select 1", ask));
  await add(warehouse, "a");
  expect(processes()).toHaveLength(1);
  await warehouse.close();
  expect(processes()).toEqual([]);
  expect((await asked).message).toContain("stopping");
  expect((await waiting).message).toContain("stopping");
  expect(log.length).toBeLessThanOrEqual(1);
});

promise(
  "a process that ends by itself while a statement runs is told so, and begun again",
  async (warehouse, log) => {
    const asked = refusal(warehouse, unstoppable);
    await warehouse.select({ from: orders, limit: 1 });
    process.kill(processes()[0]!, "SIGKILL");
    expect((await asked).message).toContain("ended while the query ran");
    expect((await warehouse.query("select 1", ask)).rows).toEqual([[1]]);
    expect(log).toHaveLength(1);
  },
);

test("words of people and of hits in an error never end an instance", () =>
  inFolder(async (directory) => {
    const database = await openDatabase({
      directory,
      defaultDataset: "main",
      productDataset: "afterclick",
      memoryMegabytesMax: 64,
      tablesMegabytesMax: 32,
      walBytesMax: 1e9,
      foldGroupsMin: 32,
      roomBytesMin: 0,
    });
    try {
      await database.use(({ writer }) => writer.run("create table t (a varchar unique)"));
      for (const words of [
        "FATAL",
        "FATAL Error: x",
        "database has been invalidated",
        "Out of Memory Error: x",
        "IO Error: No space left on device",
        "TransactionContext Error: Failed to commit: FATAL Error: x",
      ]) {
        const name = words.replaceAll(" ", "_");
        for (const sql of [
          `select "${words}"`,
          `select "\n${words}"`,
          `select error('${words}')`,
          `select error('\n${words}')`,
          `select '${words}'::int`,
          `select ${name.replaceAll(":", "")}()`,
          `insert into t values ('${words}'), ('${words}')`,
          `insert into t values ('\n${words}'), ('\n${words}')`,
        ]) {
          const error: unknown = await database
            .use(({ writer }) => writer.run(sql))
            .then(
              () => undefined,
              (thrown: unknown) => thrown,
            );
          expect([sql, error instanceof Error || typeof error === "object"]).toEqual([sql, true]);
          expect([sql, isFatal(error), isHopeless(error)]).toEqual([sql, false, false]);
        }
      }
      expect(database.openings()).toBe(1);
    } finally {
      await database.close();
    }
    // DuckDB's own words, as they were seen.
    for (const message of [
      "FATAL Error: Failed: database has been invalidated because of a previous fatal error.",
      "TransactionContext Error: Failed to commit: FATAL Error: x",
    ])
      expect(isFatal(rowsRefused({ rows: [] }, new Error(message)))).toBe(true);
    for (const message of [
      "Out of Memory Error: failed to allocate data of size 16.0 MiB",
      "TransactionContext Error: Failed to commit: Could not write file",
      "IO Error: Could not write file: No space left on device",
    ])
      expect(isHopeless(new Error(message))).toBe(true);
  }));
