import { expect, test } from "@jest/globals";
import { createAllowance } from "../../../../functions/allowance.ts";
import { registryDown } from "../../../../functions/problems.ts";
import { openWarehouse } from "../../../../infra/google/warehouse/warehouse.ts";
import { problemOf } from "../../../promises/warehouse/setup.ts";
import { startFakeBigQuery, type FakeBigQuery } from "../../../support/doubles/fake-bigquery.ts";
import { memoryRegistry } from "../../../support/doubles/memory-registry.ts";

/** What a person's statement may cost on BigQuery, by the requests that are sent. The
 *  emulator counts 0 bytes. */

const gibibyte = 1024 ** 3;
const limits = { rowsMax: 10, deadlineMs: 60_000 };
const at = Date.UTC(2026, 10, 27, 12);

interface Setup {
  rest: FakeBigQuery;
  warehouse: ReturnType<typeof openWarehouse>;
  /** Another instance that counts in the same place. */
  other: ReturnType<typeof openWarehouse>;
  registry: ReturnType<typeof memoryRegistry>;
  /** What BigQuery says that the next statements would read. */
  reads(bytes: number): void;
}

function promise(name: string, keep: (setup: Setup) => Promise<void>): void {
  test(name, async () => {
    const rest = await startFakeBigQuery();
    rest.datasets.set("p.d", "EU");
    const fields = [
      { name: "hit_id", type: "STRING" },
      { name: "received_at", type: "INTEGER" },
    ];
    rest.tables.set("p.d.t", { type: "TABLE", schema: { fields } });
    const registry = memoryRegistry();
    const open = () =>
      openWarehouse({
        project: "p",
        location: "EU",
        bytesBilledMax: 100 * gibibyte,
        allowance: createAllowance({ documents: registry, bytesMax: 250 * gibibyte, now: () => at }),
        // Nothing is appended here.
        emulator: { rest: rest.address, grpc: "127.0.0.1:9" },
      });
    const [warehouse, other] = [open(), open()];
    try {
      await keep({ rest, warehouse, other, registry, reads: (bytes) => answers(rest, bytes) });
    } finally {
      await Promise.all([warehouse.close(), other.close(), rest.close()]);
    }
  });
}

function answers(rest: FakeBigQuery, bytes: number): void {
  const referencedTables = [{ projectId: "p", datasetId: "d", tableId: "t" }];
  const query = { statementType: "SELECT", totalBytesProcessed: String(bytes), referencedTables };
  const dry = { status: 200, body: { statistics: { query } } };
  const schema = { fields: [{ name: "n", type: "INTEGER" }] };
  const done = { status: 200, body: { jobComplete: true, jobReference: { jobId: "j" }, schema, rows: [] } };
  rest.intercept((method, path) =>
    method !== "POST"
      ? undefined
      : path.endsWith("/jobs")
        ? dry
        : path.endsWith("/queries")
          ? done
          : undefined,
  );
}

const ran = ({ requests }: FakeBigQuery) => requests.filter(({ path }) => path.endsWith("/queries"));
const asked = ({ requests }: FakeBigQuery) => requests.filter(({ path }) => path.endsWith("/jobs"));

promise("a statement is bounded where it runs, and counted by the dry run before that", async (setup) => {
  const { rest, warehouse, registry, reads } = setup;
  reads(3 * gibibyte);
  await warehouse.query("SELECT n FROM d.t", limits);
  expect(asked(rest).map(({ body }) => (body["configuration"] as { dryRun: boolean }).dryRun)).toEqual([
    true,
  ]);
  expect(ran(rest).map(({ body }) => body["maximumBytesBilled"])).toEqual([String(100 * gibibyte)]);
  expect(await registry.list()).toMatchObject([{ document: { day: "2026-11-27", bytes: 3 * gibibyte } }]);
});

promise(
  "what one statement may not read is refused with what it would have cost, and not run",
  async (setup) => {
    const { rest, warehouse, registry, reads } = setup;
    reads(1_536 * gibibyte);
    const problem = await problemOf(warehouse.query("SELECT n FROM d.t", limits));
    expect([problem.code, problem.status]).toEqual(["statement_too_dear", 400]);
    expect(problem.message).toContain("would read 1536.0 GiB, about 9.38 USD at BigQuery's list price");
    expect(problem.message).toContain("One query may read 100.0 GiB");
    expect(ran(rest)).toEqual([]);
    expect(await registry.list()).toEqual([]);
  },
);

promise("past the day's sum nothing runs, on any instance, and what is free still does", async (setup) => {
  const { rest, warehouse, other, reads } = setup;
  reads(100 * gibibyte);
  await warehouse.query("SELECT n FROM d.t", limits);
  await other.query("SELECT n FROM d.t", limits);
  const problem = await problemOf(warehouse.query("SELECT n FROM d.t", limits));
  expect([problem.code, problem.status]).toEqual(["day_spent", 429]);
  expect(problem.message).toContain("about 0.61 USD");
  expect(problem.message).toContain("have read 200.0 GiB of the 250.0 GiB that a day allows");
  expect(ran(rest)).toHaveLength(2);
  reads(0);
  await warehouse.query("SELECT 1", limits);
  expect(ran(rest)).toHaveLength(3);
});

promise("two instances at once do not overrun the day's sum", async ({ rest, warehouse, other, reads }) => {
  reads(80 * gibibyte);
  const all = await Promise.allSettled(
    [warehouse, other, warehouse, other, warehouse, other].map((one) =>
      one.query("SELECT n FROM d.t", limits),
    ),
  );
  expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
  expect(ran(rest)).toHaveLength(3);
});

promise(
  "few bytes count as BigQuery bills them: 10 MiB for a table",
  async ({ warehouse, registry, reads }) => {
    reads(1);
    await warehouse.query("SELECT n FROM d.t", limits);
    expect(await registry.list()).toMatchObject([{ document: { bytes: 10 * 1024 * 1024 } }]);
  },
);

promise(
  "the rows of a table are a statement as well; what the product reads for itself is not",
  async (setup) => {
    const { rest, warehouse, registry, reads } = setup;
    const table = { dataset: "d", table: "t" };
    reads(2 * gibibyte);
    await warehouse.selectSome({ from: table, columns: ["hit_id"], limit: 1 });
    expect(ran(rest).at(-1)!.body["maximumBytesBilled"]).toBe(String(100 * gibibyte));
    expect(await registry.list()).toMatchObject([{ document: { bytes: 2 * gibibyte } }]);
    reads(200 * gibibyte);
    const problem = await problemOf(warehouse.selectSome({ from: table, limit: 1 }));
    expect(problem.code).toBe("statement_too_dear");
    // Dead letters are read to be replayed: a bound would keep them from it.
    await warehouse.select({ from: table, columns: ["hit_id"], limit: 1 });
    expect(ran(rest).at(-1)!.body).not.toHaveProperty("maximumBytesBilled");
  },
);

promise("one question of a person to many tables is one statement, within both bounds", async (setup) => {
  const { rest, warehouse, registry, reads } = setup;
  const from = ["t", "t2"].map((table) => ({ table: { dataset: "d", table }, has: ["hit_id"] }));
  const asked = { from, columns: ["hit_id"], types: { hit_id: "STRING" } as const, limit: 1 };
  reads(2 * gibibyte);
  await warehouse.selectUnion(asked, { isPersons: true });
  expect(ran(rest)).toHaveLength(1);
  expect(ran(rest)[0]!.body["maximumBytesBilled"]).toBe(String(100 * gibibyte));
  expect(await registry.list()).toMatchObject([{ document: { bytes: 2 * gibibyte } }]);
  reads(200 * gibibyte);
  const problem = await problemOf(warehouse.selectUnion(asked, { isPersons: true }));
  expect(problem.code).toBe("statement_too_dear");
  await warehouse.selectUnion(asked);
  expect(ran(rest).at(-1)!.body).not.toHaveProperty("maximumBytesBilled");
});

promise("where the sum cannot be kept, nothing runs", async ({ rest, warehouse, registry, reads }) => {
  reads(gibibyte);
  registry.read = () => Promise.reject(registryDown({ why: "away" }));
  const problem = await problemOf(warehouse.query("SELECT n FROM d.t", limits));
  expect(problem.code).toBe("warehouse_down");
  expect(problem.message).toContain("could not be summed up");
  expect(ran(rest)).toEqual([]);
});
