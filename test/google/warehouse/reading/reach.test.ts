import { expect, test } from "@jest/globals";
import { namesIn } from "../../../../infra/google/warehouse/names.ts";
import { openWarehouse } from "../../../../infra/google/warehouse/warehouse.ts";
import { problemOf } from "../../../promises/warehouse/setup.ts";
import { startFakeBigQuery, type FakeBigQuery } from "../../../support/doubles/fake-bigquery.ts";

/** What people's SQL may not reach on BigQuery: the keys to write to streams. The dry run's word on what a
 *  statement reads is the fake's here: views are seen through to the tables below them. */

const limits = { rowsMax: 10, deadlineMs: 60_000 };
const fields = (...names: string[]) => ({ fields: names.map((name) => ({ name, type: "STRING" })) });
const ours = { labels: { afterclick: "true" } };
const row = ["hit_id", "payload", "received_at"];

/** What each name reads in the end. */
const reads: Record<string, readonly string[]> = {
  "afterclick.dead_letter_states": ["afterclick.dead_letters", "afterclick.dead_letter_events"],
  "d.mine": ["afterclick.dead_letters"],
  "d.over_mine": ["afterclick.dead_letters"],
  "d.old_unique": ["d.old"],
  "d.old_current": ["d.old"],
  "d.of_old": ["d.old"],
};

function fill(rest: FakeBigQuery): void {
  rest.datasets.set("p.d", "EU").set("p.afterclick", "EU").set("other.d", "EU");
  const put = (name: string, type: "TABLE" | "VIEW", columns: string[], more: object = {}) =>
    rest.tables.set(`p.${name}`, { type, schema: fields(...columns), ...more });
  put("afterclick.dead_letters", "TABLE", ["hit_id", "stream_id"], ours);
  put("afterclick.dead_letter_events", "TABLE", ["hit_id"], ours);
  put("afterclick.dead_letter_states", "VIEW", ["hit_id", "stream_ref", "state"], ours);
  put("d.new", "TABLE", [...row, "stream_ref"], ours);
  put("d.old", "TABLE", [...row, "stream_id"], ours);
  put("d.old_unique", "VIEW", row, ours);
  // Not made anew yet: its table's next hit does that.
  put("d.old_current", "VIEW", [...row, "stream_id"], ours);
  put("d.mine", "VIEW", ["k"]);
  put("d.over_mine", "VIEW", ["k"]);
  put("d.of_old", "VIEW", ["k"]);
  // Google Analytics has a column of this name, which is no key of ours.
  put("d.events", "TABLE", ["event_name", "stream_id"]);
  rest.intercept((method, path) => {
    if (method !== "POST") return undefined;
    if (path.endsWith("/queries"))
      return { status: 200, body: { jobComplete: true, schema: fields("n"), rows: [] } };
    if (!path.endsWith("/jobs")) return undefined;
    const { query } = rest.requests.at(-1)!.body["configuration"] as { query: { query: string } };
    const sql = query.query;
    const tables = Object.entries(
      Object.fromEntries([...rest.tables.keys()].map((name) => [name.slice(2), 1])),
    )
      .map(([name]) => name)
      .filter(
        (name) =>
          sql.replace(/[`\s]/g, "").replace(/\\x64/g, "d").includes(name) ||
          (sql.includes("*`") && name.includes("letters")),
      )
      .flatMap((name) => reads[name] ?? [name]);
    const told = {
      statementType: "SELECT",
      referencedTables: [...new Set(tables)].map((name) => {
        const [datasetId, tableId] = name.split(".");
        return { projectId: "p", datasetId, tableId };
      }),
      ...(sql.includes("my_function") && { referencedRoutines: [{ routineId: "my_function" }] }),
    };
    if (sql.includes("fn.table_of"))
      told.referencedTables.push({ projectId: "p", datasetId: "afterclick", tableId: "dead_letters" });
    return { status: 200, body: { statistics: { query: told } } };
  });
}

async function onBoth<T>(
  work: (warehouse: ReturnType<typeof openWarehouse>, rest: FakeBigQuery) => Promise<T>,
) {
  const rest = await startFakeBigQuery();
  fill(rest);
  const emulator = { rest: rest.address, grpc: "127.0.0.1:9" };
  const warehouse = openWarehouse({ project: "p", location: "EU", emulator });
  try {
    return await work(warehouse, rest);
  } finally {
    await warehouse.close();
    await rest.close();
  }
}
const ran = ({ requests }: FakeBigQuery) => requests.filter(({ path }) => path.endsWith("/queries")).length;

test.each([
  "SELECT * FROM afterclick.dead_letters",
  "SELECT stream_id AS x FROM `afterclick.dead_letters`",
  "SELECT * FROM `p.afterclick`.dead_letters AS d",
  "SELECT * FROM p.afterclick.dead_letters",
  "SELECT * FROM afterclick . /* x */ dead_letters",
  "SELECT * FROM afterclick. -- x\n `dead_letters`",
  "SELECT * FROM AfterClick.Dead_Letters",
  "SELECT * FROM `afterclick`.`dead_letters` FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP()",
  "WITH d AS (SELECT * FROM afterclick.dead_letters) SELECT MAX(stream_id) FROM d",
  "WITH dead_letters AS (SELECT * FROM afterclick.dead_letters) SELECT * FROM dead_letters",
  "SELECT (SELECT MAX(stream_id) FROM afterclick.dead_letters)",
  "SELECT n FROM d.new UNION ALL SELECT stream_id FROM afterclick.dead_letters",
  "SELECT 'it''s \\' FROM x' , 1 FROM afterclick.dead_letters",
  'SELECT """a " b""", 1 FROM afterclick.dead_letters',
  "SELECT * FROM APPENDS(TABLE afterclick.dead_letters, NULL, NULL)",
  "SELECT * FROM afterclick.dead_letter_states JOIN afterclick.dead_letters USING (hit_id)",
  "SELECT * FROM `afterclick.\\x64ead_letters`",
  "SELECT * FROM `afterclick.dead_lett*`",
  "SELECT * FROM d.mine",
  "SELECT * FROM `p.d.mine`",
  "SELECT * FROM d.over_mine",
  "SELECT * FROM d.mine JOIN afterclick.dead_letter_states USING (hit_id)",
  "SELECT my_function(hit_id) FROM afterclick.dead_letter_states",
  "SELECT * FROM fn.table_of(1)",
  "SELECT * FROM d.old",
  "SELECT TO_JSON_STRING(o) FROM `d.old` AS o",
  "SELECT * FROM d.of_old",
  "SELECT * FROM d.old_current",
  "SELECT * FROM d.old_unique JOIN d.old USING (hit_id)",
])("no key is read by: %s", (sql) =>
  onBoth(async (warehouse, rest) => {
    const problem = await problemOf(warehouse.query(sql, limits));
    expect(problem.code).toBe("query_refused");
    expect(problem.message).toMatch(/Read (afterclick\.dead_letter_states|its view TABLE_unique)/);
    expect(ran(rest)).toBe(0);
  }),
);

test.each([
  "SELECT stream_ref, COUNT(*) FROM afterclick.dead_letter_states GROUP BY stream_ref",
  "SELECT s.hit_id, SAFE.SUBSTR(s.state, 1) FROM `p.afterclick.dead_letter_states` AS s",
  "SELECT 'afterclick.dead_letters', \"x\" FROM d.new -- afterclick.dead_letters",
  "WITH dead_letters AS (SELECT 1 AS n) SELECT dead_letters.n FROM dead_letters",
  "SELECT o.payload, 1.5 FROM d.old_unique AS o",
  "SELECT stream_id FROM d.events",
  "SELECT 1",
])("people may ask: %s", (sql) =>
  onBoth(async (warehouse, rest) => {
    await warehouse.query(sql, limits);
    expect(ran(rest)).toBe(1);
  }),
);

test("what reads more tables than BigQuery names is refused", () =>
  onBoth(async (warehouse, rest) => {
    const referencedTables = Array.from({ length: 50 }, (_, n) => ({
      projectId: "p",
      datasetId: "d",
      tableId: `t${n}`,
    }));
    const query = { statementType: "SELECT", referencedTables };
    rest.intercept(() => ({ status: 200, body: { statistics: { query } } }));
    const problem = await problemOf(warehouse.query("SELECT 1", limits));
    expect(problem.message).toContain("50 tables or more");
  }));

test("a table that holds no key is looked at once", () =>
  onBoth(async (warehouse, rest) => {
    for (let n = 0; n < 3; n++) await warehouse.query("SELECT payload FROM d.new", limits);
    expect(
      rest.requests.filter(({ method, path }) => method === "GET" && path.endsWith("/new")),
    ).toHaveLength(1);
  }));

test("names are read in time that grows with the text, whatever is in it", () => {
  for (const text of ["/*", '"""', "'''", "`", "'", '"', "\\", "a.", "a-", "r'\\'", "--", "#"]) {
    const steps = (length: number) => {
      const started = process.cpuUsage();
      namesIn(text.repeat(length / text.length));
      return process.cpuUsage(started).user;
    };
    steps(1_000);
    const [short, long] = [steps(50_000), steps(400_000)];
    // Eight times the text: far from sixty-four times the work.
    expect(long / Math.max(short, 4_000)).toBeLessThan(32);
  }
});
