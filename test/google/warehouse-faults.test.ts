import protos from "@google-cloud/bigquery-storage/build/protos/protos.js";
import { expect, test } from "@jest/globals";
import { grpc } from "google-gax";
import type { Column, Row } from "../../functions/warehouse.ts";
import {
  appendBytesMax,
  openWarehouse,
  type WarehouseConfig,
} from "../../infra/google/warehouse/warehouse.ts";
import { columns, problemOf, row, spec } from "../promises/warehouse.ts";
import { refusal, startFakeBigQuery, type FakeBigQuery } from "../support/fake-bigquery.ts";
import {
  startFakeStorageWrite,
  type AppendBehaviour,
  type FakeStorageWrite,
} from "../support/fake-storage-write.ts";
import { until } from "../support/until.ts";

/** What BigQuery says on its bad days, in the port's words: each sentence decides whether a hit comes again by itself or
 *  waits for a person. */

const deadlineMs = 20_000;
const table = { dataset: "d", table: "t" };
type Warehouse = ReturnType<typeof openWarehouse>;

interface Ground {
  readonly rest: FakeBigQuery;
  readonly write: FakeStorageWrite;
  readonly warehouse: Warehouse;
}

function promise(
  name: string,
  keep: (ground: Ground) => Promise<void>,
  config: Partial<WarehouseConfig> = {},
): void {
  test(name, async () => {
    const rest = await startFakeBigQuery();
    const write = await startFakeStorageWrite();
    rest.datasets.set("p.d", "EU");
    const emulator = { rest: rest.address, grpc: write.address };
    const warehouse = openWarehouse({
      project: "p",
      location: "EU",
      emulator,
      ...config,
    });
    try {
      await keep({ rest, write, warehouse });
    } finally {
      write.release();
      await warehouse.close();
      write.close();
      await rest.close();
    }
  });
}

/** A table that somebody else made. */
const put = (rest: FakeBigQuery) =>
  void rest.tables.set("p.d.t", {
    type: "TABLE",
    location: "EU",
    etag: '"0"',
    schema: {
      fields: columns.map(({ name, type, required }) => ({
        name,
        type,
        mode: required ? "REQUIRED" : "NULLABLE",
      })),
    },
  });

const append = (warehouse: Warehouse, rows: Row[] = [row({})], given: readonly Column[] = columns) =>
  warehouse.append(table, given, rows, { deadlineMs });
const takes = (warehouse: Warehouse) =>
  append(warehouse).then(
    () => true,
    () => false,
  );
/** Another instance, which appends nothing. */
const open = (rest: string) =>
  openWarehouse({
    project: "p",
    location: "EU",
    emulator: { rest, grpc: "127.0.0.1:9" },
  });
const codeOf = async (work: Promise<unknown>) => (await problemOf(work)).code;

// --- what an append says ---

const notFound: AppendBehaviour = {
  broken: {
    code: grpc.status.NOT_FOUND,
    message: "Requested entity was not found",
  },
};

promise(
  "a table that was just made and is not known everywhere is tried again later",
  async ({ write, warehouse }) => {
    await warehouse.createTable(table, spec);
    write.behave(() => notFound);
    expect(await codeOf(append(warehouse))).toBe("warehouse_down");
    write.behave(() => ({
      error: {
        code: grpc.status.NOT_FOUND,
        message: "no table",
        storageCode: 1,
      },
    }));
    expect(await codeOf(append(warehouse))).toBe("warehouse_down");
  },
);

promise(
  "a missing table and a missing dataset are told apart, whatever the append said",
  async ({ rest, write, warehouse }) => {
    for (const code of [grpc.status.NOT_FOUND, grpc.status.PERMISSION_DENIED]) {
      write.behave(() => ({
        broken: {
          code,
          message: "Permission denied on resource (or it may not exist)",
        },
      }));
      expect(await codeOf(append(warehouse))).toBe("table_missing");
    }
    rest.datasets.clear();
    expect(await codeOf(append(warehouse))).toBe("dataset_missing");
  },
);

promise("no permission on a table that exists is said as such", async ({ rest, write, warehouse }) => {
  put(rest);
  write.behave(() => ({
    broken: {
      code: grpc.status.PERMISSION_DENIED,
      message: "TABLES_UPDATE_DATA denied",
    },
  }));
  const problem = await problemOf(append(warehouse));
  expect(problem.code).toBe("table_forbidden");
  expect(problem.message).toContain("TABLES_UPDATE_DATA");
});

promise(
  "rights on a table that was just made are not known everywhere: it is tried again later",
  async ({ write, warehouse }) => {
    await warehouse.createTable(table, spec);
    write.behave(() => ({
      broken: {
        code: grpc.status.PERMISSION_DENIED,
        message: "TABLES_UPDATE_DATA denied",
      },
    }));
    expect(await codeOf(append(warehouse))).toBe("warehouse_down");
  },
);

promise("a dataset that may not be looked at is said as forbidden", async ({ rest, warehouse }) => {
  rest.intercept(() => refusal(403, "accessDenied", "Access Denied: Dataset p:d"));
  expect(await codeOf(append(warehouse))).toBe("table_forbidden");
  expect(await codeOf(warehouse.describe(table))).toBe("table_forbidden");
});

promise(
  "a dataset that is there is left alone by one who may not make datasets",
  async ({ rest, warehouse }) => {
    rest.intercept((method) =>
      method === "POST" ? refusal(403, "accessDenied", "bigquery.datasets.create denied") : undefined,
    );
    await warehouse.createDataset(table);
    const missing = { ...table, dataset: "none" };
    expect(await codeOf(warehouse.createDataset(missing))).toBe("table_forbidden");
  },
);

promise("rows that BigQuery refuses are named, and their reasons", async ({ write, warehouse }) => {
  const rows = [{ index: 1, message: "Invalid JSON" }];
  write.behave(() => ({
    error: {
      code: grpc.status.INVALID_ARGUMENT,
      message: "Errors found while processing rows",
    },
    rows,
  }));
  const problem = await problemOf(append(warehouse, [row({}), row({ fields: "{" })]));
  expect(problem).toMatchObject({
    code: "row_refused",
    given: { rows: [{ index: 1, why: "Invalid JSON" }] },
  });
});

promise(
  "a table with another column type, a missing or a further required column is said, with the column",
  async ({ rest, write, warehouse }) => {
    write.behave(() => ({
      error: {
        code: grpc.status.INVALID_ARGUMENT,
        message: "The proto field mismatched",
        storageCode: 7,
      },
    }));
    const differing: [Column[], string][] = [
      [columns.map((one) => (one.name === "received_at" ? { ...one, type: "STRING" } : one)), "received_at"],
      [columns.filter(({ name }) => name !== "fields"), "fields"],
      [columns.map((one) => (one.name === "fields" ? { ...one, type: "STRING" } : one)), "fields"],
      [[...columns, { name: "extra", type: "STRING", required: true, description: "" }], "extra"],
    ];
    for (const [there, named] of differing) {
      rest.tables.clear();
      await warehouse.createTable(table, { ...spec, columns: there });
      const problem = await problemOf(append(warehouse));
      expect(problem.code).toBe("schema_differs");
      expect(problem.message).toContain(named);
    }
  },
  { settleMs: 0 },
);

promise(
  "columns that were just added and are not known everywhere are tried again later",
  async ({ write, warehouse }) => {
    await warehouse.createTable(table, spec);
    write.behave(() => ({
      error: {
        code: grpc.status.INVALID_ARGUMENT,
        message: "extra fields",
        storageCode: 7,
      },
    }));
    expect(await codeOf(append(warehouse))).toBe("warehouse_down");
  },
);

promise(
  "a row that is refused alone, for a reason nobody foresaw, is the row's; with neighbours it comes again",
  async ({ write, warehouse }) => {
    await warehouse.createTable(table, spec);
    write.behave(() => ({
      error: { code: grpc.status.INVALID_ARGUMENT, message: "something new" },
    }));
    expect(await codeOf(append(warehouse))).toBe("row_refused");
    expect(await codeOf(append(warehouse, [row({}), row({})]))).toBe("warehouse_down");
  },
);

promise(
  "what is wrong with a write stream, a key or a state is never the row's, even where it was alone",
  async ({ rest, write, warehouse }) => {
    put(rest);
    const refused = (code: number, storageCode: number) =>
      write.behave(() => ({ error: { code, message: "no", storageCode } }));
    const { INVALID_ARGUMENT, FAILED_PRECONDITION, PERMISSION_DENIED } = grpc.status;
    const { StorageErrorCode } = protos.google.cloud.bigquery.storage.v1.StorageError;
    for (const [code, storageCode] of [
      [INVALID_ARGUMENT, StorageErrorCode.STREAM_NOT_FOUND],
      [INVALID_ARGUMENT, StorageErrorCode.INVALID_STREAM_TYPE],
      [INVALID_ARGUMENT, StorageErrorCode.INVALID_STREAM_STATE],
      [FAILED_PRECONDITION, StorageErrorCode.STREAM_FINALIZED],
      [INVALID_ARGUMENT, StorageErrorCode.CMEK_NOT_PROVIDED],
      [INVALID_ARGUMENT, StorageErrorCode.INVALID_CMEK_PROVIDED],
      [INVALID_ARGUMENT, StorageErrorCode.CMEK_ENCRYPTION_ERROR],
      [FAILED_PRECONDITION, StorageErrorCode.KMS_SERVICE_ERROR],
      [PERMISSION_DENIED, StorageErrorCode.KMS_PERMISSION_DENIED],
      [FAILED_PRECONDITION, 0],
    ] as const) {
      refused(code, storageCode);
      expect([code, storageCode, await codeOf(append(warehouse))]).toEqual([
        code,
        storageCode,
        "warehouse_down",
      ]);
    }
    rest.tables.clear();
    refused(INVALID_ARGUMENT, StorageErrorCode.STREAM_NOT_FOUND);
    expect(await codeOf(append(warehouse))).toBe("table_missing");
  },
);

promise("quota, an outage and a hang are tried again later", async ({ write, warehouse }) => {
  for (const code of [
    grpc.status.RESOURCE_EXHAUSTED,
    grpc.status.UNAVAILABLE,
    grpc.status.INTERNAL,
    grpc.status.ABORTED,
  ]) {
    write.behave(() => ({ error: { code, message: "not now" } }));
    expect(await codeOf(append(warehouse))).toBe("warehouse_down");
  }
  write.behave(() => "hang");
  const hung = warehouse.append(table, columns, [row({})], {
    deadlineMs: 300,
  });
  expect(await codeOf(hung)).toBe("warehouse_down");
});

const madeAgain: [string, (ground: Ground) => unknown][] = [
  ["by this instance", () => undefined],
  ["by another one that was faster", ({ rest }) => put(rest)],
];
for (const [by, meanwhile] of madeAgain) {
  promise(
    `a table that was dropped and made again ${by} takes no rows until BigQuery has left the old one`,
    async (ground) => {
      const { rest, write, warehouse } = ground;
      // The first time there is no old one.
      expect(await warehouse.describe(table)).toBe(undefined);
      await warehouse.createTable(table, spec);
      await append(warehouse);
      rest.tables.clear();
      expect(await warehouse.describe(table)).toBe(undefined);
      meanwhile(ground);
      await warehouse.createTable(table, spec);
      const problem = await problemOf(append(warehouse));
      expect(problem.code).toBe("warehouse_down");
      expect(problem.message).toContain("made again");
      expect(write.requests).toHaveLength(1);
      await until("it takes rows", () => takes(warehouse));
      expect(write.requests).toHaveLength(2);
    },
    { settleMs: 500 },
  );
}

/** By another instance. @param creationTime Unix ms; now where left out */
async function dropAndMakeAgain({ rest }: Ground, creationTime?: number): Promise<void> {
  const made = rest.tables.get("p.d.t")!;
  rest.tables.clear();
  const other = open(rest.address);
  await other.createTable(table, spec);
  await other.close();
  expect(rest.tables.get("p.d.t")).not.toMatchObject({
    creationTime: made["creationTime"],
  });
  if (creationTime !== undefined) rest.tables.get("p.d.t")!["creationTime"] = String(creationTime);
}

promise(
  "a table that another instance dropped and made again takes no rows of this one either, until BigQuery has left the old one",
  async (ground) => {
    const { write, warehouse } = ground;
    await warehouse.createTable(table, spec);
    await warehouse.describe(table);
    await append(warehouse);
    await dropAndMakeAgain(ground);
    // What it learns it from.
    write.behave(() => notFound);
    expect(await codeOf(append(warehouse))).toBe("warehouse_down");
    write.behave(() => "store");
    const before = write.requests.length;
    const problem = await problemOf(append(warehouse));
    expect(problem.code).toBe("warehouse_down");
    expect(problem.message).toContain("made again");
    expect(write.requests).toHaveLength(before);
    await until("it takes rows", () => takes(warehouse));
  },
  { settleMs: 1_000 },
);

promise(
  "a table that was made again long ago takes rows at once",
  async (ground) => {
    const { warehouse } = ground;
    await warehouse.createTable(table, spec);
    await dropAndMakeAgain(ground, Date.now() - 3_600_000);
    await warehouse.describe(table);
    await append(warehouse);
  },
  { settleMs: 3_600_000 },
);

promise(
  "a clock that is an hour behind BigQuery's holds rows up no longer than one that is right",
  async (ground) => {
    const { warehouse } = ground;
    await warehouse.createTable(table, spec);
    await dropAndMakeAgain(ground, Date.now() + 3_600_000);
    await warehouse.describe(table);
    expect(await codeOf(append(warehouse))).toBe("warehouse_down");
    await until("it takes rows", () => takes(warehouse));
  },
  { settleMs: 500 },
);

promise(
  "the first table of a stream takes rows of every instance at once, whoever made it",
  async ({ rest, warehouse }) => {
    const other = open(rest.address);
    expect(await warehouse.describe(table)).toBe(undefined);
    await other.createTable(table, spec);
    await warehouse.createTable(table, spec);
    await warehouse.describe(table);
    await append(warehouse);
    await other.close();
  },
  { settleMs: 3_600_000 },
);

promise("making a table that is there holds up no rows", async ({ warehouse }) => {
  await warehouse.createTable(table, spec);
  await warehouse.createTable(table, spec);
  await append(warehouse);
});

// --- what an append sends ---

promise("rows arrive with the values and types that BigQuery takes", async ({ write, warehouse }) => {
  await append(warehouse, [
    row({
      date: "1970-01-02",
      received_at: Number.MAX_SAFE_INTEGER,
      is_test: true,
      payload_bytes: new Uint8Array([255, 0]),
      fields: "{}",
    }),
    row({
      date: "0001-01-01",
      received_at: Number.MIN_SAFE_INTEGER,
      is_test: false,
      payload: "\0é\u{1f600}",
    }),
    row({ date: "9999-12-31", received_at: 0, payload: "" }),
  ]);
  const written = write.rows.get("projects/p/datasets/d/tables/t/streams/_default");
  expect(written).toEqual([
    {
      hit_id: "h",
      payload: "p",
      received_at: Number.MAX_SAFE_INTEGER,
      date: 1,
      is_test: true,
      payload_bytes: Buffer.from([255, 0]),
      fields: "{}",
    },
    {
      hit_id: "h",
      payload: "\0é\u{1f600}",
      received_at: Number.MIN_SAFE_INTEGER,
      date: -719_162,
      is_test: false,
    },
    { hit_id: "h", payload: "", received_at: 0, date: 2_932_896 },
  ]);
});

promise("a table of more than fifteen columns is written as well", async ({ write, warehouse }) => {
  const many = Array.from({ length: 40 }, (_, n): Column => ({
    name: `c${n}`,
    type: n % 2 ? "INT64" : "STRING",
    description: "",
  }));
  await append(warehouse, [many.map((_, n) => (n % 2 ? n : `value ${n}`))], many);
  const [written] = write.rows.get("projects/p/datasets/d/tables/t/streams/_default")!;
  expect(written).toEqual(Object.fromEntries(many.map(({ name }, n) => [name, n % 2 ? n : `value ${n}`])));
});

promise("a date that is no day is refused and never stored as 1970-01-01", async ({ write, warehouse }) => {
  for (const date of ["2024-02-30", "2024-13-01", "today", "", "2024-1-1"]) {
    const problem = await problemOf(append(warehouse, [row({}), row({ date })]));
    expect(problem).toMatchObject({
      code: "row_refused",
      given: { rows: [{ index: 1 }] },
    });
  }
  expect(write.requests).toHaveLength(0);
});

promise("tables of other projects are written into their own project", async ({ rest, write, warehouse }) => {
  rest.datasets.set("other-project.d", "US");
  await warehouse.append({ project: "other-project", ...table }, columns, [row({})], { deadlineMs });
  expect([...write.rows.keys()]).toEqual(["projects/other-project/datasets/d/tables/t/streams/_default"]);
  expect(write.connections().routing).toEqual(["write_location=projects/p/locations/us"]);
});

promise("the region of a dataset is asked for once", async ({ rest, warehouse }) => {
  for (let n = 0; n < 5; n++) await append(warehouse);
  expect(rest.requests.filter(({ path }) => path.endsWith("/datasets/d"))).toHaveLength(1);
});

promise(
  "a row past BigQuery's limit is refused as a row; what is past it together goes in several requests",
  async ({ write, warehouse }) => {
    const refused = await problemOf(
      append(warehouse, [row({}), row({ payload: "x".repeat(appendBytesMax) })]),
    );
    expect(refused).toMatchObject({
      code: "row_refused",
      given: { rows: [{ index: 1 }] },
    });
    await append(warehouse, [row({ payload: "x".repeat(appendBytesMax - 2_000) })]);
    await append(
      warehouse,
      Array.from({ length: 5 }, () => row({ payload: "x".repeat(4_000_000) })),
    );
    expect(write.requests.every(({ bytes }) => bytes <= appendBytesMax)).toBe(true);
    expect(write.requests).toHaveLength(1 + 3);
  },
);

promise("a batch as deliver makes it goes in one request", async ({ write, warehouse }) => {
  await append(
    warehouse,
    Array.from({ length: 2_000 }, () => row({ payload: "x".repeat(4_400) })),
  );
  expect(write.requests).toHaveLength(1);
});

// --- tables ---

promise(
  "a table is made by a call, partitioned, clustered, described and labelled",
  async ({ rest, warehouse }) => {
    await warehouse.createTable(table, spec);
    expect(rest.tables.get("p.d.t")).toMatchObject({
      labels: { afterclick: "true" },
      description: spec.description,
      timePartitioning: { type: "DAY", field: "date" },
      clustering: { fields: ["hit_id"] },
    });
    const { fields } = rest.tables.get("p.d.t")!["schema"] as {
      fields: object[];
    };
    expect(fields[0]).toEqual({
      name: "hit_id",
      type: "STRING",
      mode: "REQUIRED",
      description: "The hit_id",
    });
    expect(rest.requests.some(({ path }) => path.includes("/jobs") || path.includes("/queries"))).toBe(false);
  },
);

promise(
  "two instances that add columns at once leave both's, and what others put beside them",
  async ({ rest, warehouse }) => {
    const policyTags = { names: ["secret"] };
    const secret = {
      name: "payload",
      type: "STRING",
      mode: "REQUIRED",
      policyTags,
    };
    rest.tables.set("p.d.t", {
      type: "TABLE",
      etag: '"x"',
      schema: { fields: [secret] },
    });
    rest.beforePatch = () => {
      rest.beforePatch = () => undefined;
      const faster = { fields: [secret, { name: "QUERY", type: "STRING" }] };
      rest.tables.set("p.d.t", { type: "TABLE", etag: '"y"', schema: faster });
    };
    await warehouse.addColumns(table, columns);
    const { fields } = rest.tables.get("p.d.t")!["schema"] as {
      fields: { name: string; mode?: string; policyTags?: object }[];
    };
    expect(fields[0]).toEqual(secret);
    expect(fields.map(({ name }) => name.toLowerCase()).filter((name) => name === "query")).toHaveLength(1);
    expect(fields.map(({ name }) => name.toLowerCase()).sort()).toEqual(
      columns.map(({ name }) => name).sort(),
    );
    expect(fields.slice(2).every(({ mode }) => mode === "NULLABLE")).toBe(true);
  },
);

promise(
  "types are told in the port's words, also where BigQuery uses its older ones",
  async ({ rest, warehouse }) => {
    const fields = [
      { name: "a", type: "INTEGER", mode: "REQUIRED" },
      { name: "b", type: "BOOLEAN" },
      { name: "c", type: "RECORD" },
      { name: "d", type: "STRING", mode: "REPEATED" },
    ];
    rest.tables.set("p.d.t", { type: "EXTERNAL", schema: { fields } });
    expect(await warehouse.describe(table)).toEqual({
      kind: "other",
      ours: false,
      columns: [
        { name: "a", type: "INT64", required: true },
        { name: "b", type: "BOOL", required: false },
        { name: "c", type: "STRUCT", required: false },
        { name: "d", type: "ARRAY<STRING>", required: false },
      ],
    });
  },
);

promise(
  "a view is written again only where its definition differs, and follows new columns",
  async ({ rest, warehouse }) => {
    const view = { dataset: "d", table: "t_unique" };
    const patches = () => rest.requests.filter(({ method }) => method === "PATCH").length;
    await warehouse.createTable(table, {
      ...spec,
      columns: columns.slice(0, 4),
    });
    await warehouse.putView(view, { kind: "unique", of: table });
    await warehouse.putView(view, { kind: "unique", of: table });
    expect(patches()).toBe(0);
    await warehouse.addColumns(table, columns);
    await warehouse.putView(view, { kind: "unique", of: table });
    expect(patches()).toBe(2);
    const { query, useLegacySql } = rest.tables.get("p.d.t_unique")!["view"] as {
      query: string;
      useLegacySql: boolean;
    };
    expect(useLegacySql).toBe(false);
    expect(query).toContain("FROM `p.d.t` WHERE `is_test` IS NOT TRUE QUALIFY");
    expect(query).toContain("`fields`");
  },
);

promise(
  "a look at a table and its views asks for each once; making all three takes one request more for each",
  async ({ rest, warehouse }) => {
    const view = (kind: string) => ({ dataset: "d", table: `t_${kind}` });
    const look = async () => {
      rest.requests.length = 0;
      if ((await warehouse.describe(table)) === undefined) await warehouse.createTable(table, spec);
      await warehouse.putView(view("unique"), { kind: "unique", of: table });
      await warehouse.putView(view("current"), {
        kind: "current",
        of: table,
        key: "orderId",
      });
      return rest.requests.map(({ method, path }) => `${method} ${path.split("/").at(-1)}`);
    };
    const three = ["GET t", "GET t_unique", "GET t_current"];
    // The dataset tells whether it is missing as well; the table that was made is read back once.
    expect(await look()).toEqual([
      "GET t",
      "GET d",
      "POST tables",
      "GET t",
      "GET t_unique",
      "POST tables",
      "GET t_current",
      "POST tables",
    ]);
    expect(await look()).toEqual(three);
  },
);

promise(
  "two instances that make a view at once leave one, whichever was faster",
  async ({ rest, warehouse }) => {
    await warehouse.createTable(table, spec);
    const view = { dataset: "d", table: "t_unique" };
    rest.intercept((method, path) => {
      if (method === "POST" && path.endsWith("/tables"))
        rest.tables.set("p.d.t_unique", {
          type: "VIEW",
          view: { query: "SELECT 1" },
          etag: '"other"',
        });
      return undefined;
    });
    await warehouse.putView(view, { kind: "unique", of: table });
    const there = rest.tables.get("p.d.t_unique") as {
      view: { query: string };
    };
    expect(there.view.query).toContain("FROM `p.d.t`");
  },
);

promise("a busy service is asked again; one that hangs is an error in time", async ({ rest, warehouse }) => {
  await warehouse.createTable(table, spec);
  let failures = 2;
  rest.intercept(() => (failures-- > 0 ? refusal(503, "backendError", "not now") : undefined));
  expect((await warehouse.describe(table))?.kind).toBe("table");
  rest.intercept(() => refusal(403, "rateLimitExceeded", "too fast"));
  expect(await codeOf(warehouse.describe(table))).toBe("warehouse_down");
  rest.intercept(() => ({ status: 502, body: "<html>" }));
  expect(await codeOf(warehouse.describe(table))).toBe("warehouse_down");
});

// --- queries ---

const job = (statementType: string | undefined) => ({
  status: 200,
  body: { statistics: { query: { statementType } } },
});

promise(
  "only what BigQuery calls a SELECT is run, with a bound on its bytes and a label",
  async ({ rest, warehouse }) => {
    for (const type of ["DELETE", "SCRIPT", "CREATE_TABLE_AS_SELECT", "EXPORT_DATA", undefined]) {
      rest.intercept((_, path) => (path.endsWith("/jobs") ? job(type) : undefined));
      expect(await codeOf(warehouse.query("whatever", { rowsMax: 9, deadlineMs }))).toBe("query_refused");
    }
    expect(rest.requests.some(({ path }) => path.endsWith("/queries"))).toBe(false);
    const answer = {
      jobComplete: true,
      jobReference: { jobId: "j" },
      schema: { fields: [{ name: "n", type: "INTEGER" }] },
      rows: [{ f: [{ v: "1" }] }],
    };
    rest.intercept((_, path) => (path.endsWith("/jobs") ? job("SELECT") : { status: 200, body: answer }));
    expect(await warehouse.query("SELECT 1 AS n", { rowsMax: 9, deadlineMs })).toEqual({
      columns: [{ name: "n", type: "INT64" }],
      rows: [[1]],
      truncated: false,
    });
    expect(rest.requests.at(-1)!.body).toMatchObject({
      maximumBytesBilled: "1000",
      labels: { afterclick: "true" },
      useLegacySql: false,
      maxResults: 10,
    });
  },
  { bytesBilledMax: 1_000 },
);

promise("values come as JSON holds them", async ({ rest, warehouse }) => {
  const fields = [
    { name: "big", type: "INTEGER" },
    { name: "ratio", type: "FLOAT" },
    { name: "nan", type: "FLOAT" },
    { name: "price", type: "NUMERIC" },
    { name: "at", type: "TIMESTAMP" },
    { name: "early", type: "TIMESTAMP" },
    { name: "raw", type: "BYTES" },
    { name: "list", type: "INTEGER", mode: "REPEATED" },
    {
      name: "record",
      type: "RECORD",
      fields: [
        { name: "a", type: "BOOLEAN" },
        { name: "b", type: "STRING", mode: "REPEATED" },
      ],
    },
    { name: "none", type: "STRING" },
  ];
  const cells = [
    "9007199254740993",
    "0.5",
    "NaN",
    "1.10",
    "1700000000123456",
    "-1",
    "/wA=",
    [{ v: "1" }],
    { f: [{ v: "true" }, { v: [] }] },
    null,
  ];
  const answer = {
    jobComplete: true,
    schema: { fields },
    rows: [{ f: cells.map((v) => ({ v })) }],
  };
  rest.intercept((_, path) => (path.endsWith("/jobs") ? job("SELECT") : { status: 200, body: answer }));
  const { rows } = await warehouse.query("SELECT 1", {
    rowsMax: 9,
    deadlineMs,
  });
  expect(rows).toEqual([
    [
      "9007199254740993",
      0.5,
      "NaN",
      "1.10",
      "2023-11-14T22:13:20.123456Z",
      "1969-12-31T23:59:59.999999Z",
      "/wA=",
      [1],
      { a: true, b: [] },
      null,
    ],
  ]);
});

promise(
  "a query is awaited page by page, cut at its rows, and cancelled when its time is over",
  async ({ rest, warehouse }) => {
    const schema = { fields: [{ name: "n", type: "INTEGER" }] };
    const jobReference = { jobId: "j1", location: "EU" };
    const pages = [
      { jobComplete: false, jobReference },
      {
        jobComplete: true,
        jobReference,
        schema,
        rows: [{ f: [{ v: "1" }] }],
        pageToken: "next",
      },
      {
        jobComplete: true,
        jobReference,
        schema,
        rows: [{ f: [{ v: "2" }] }, { f: [{ v: "3" }] }],
        pageToken: "more",
      },
    ];
    rest.intercept((_, path) =>
      path.endsWith("/jobs") ? job("SELECT") : { status: 200, body: pages.shift() },
    );
    expect(await warehouse.query("SELECT 1", { rowsMax: 2, deadlineMs })).toMatchObject({
      rows: [[1], [2]],
      truncated: true,
    });
    expect(rest.requests.at(-1)!.query.get("location")).toBe("EU");
    rest.intercept((_, path) =>
      path.endsWith("/jobs") ? job("SELECT") : { status: 200, body: { jobComplete: false, jobReference } },
    );
    const late = await problemOf(warehouse.query("SELECT 1", { rowsMax: 2, deadlineMs: 300 }));
    expect(late.code).toBe("query_refused");
    expect(late.message).toMatch(/Ask for less at once, or again later/);
    await until("it is cancelled", () => rest.requests.at(-1)!.path === "/projects/p/jobs/j1/cancel");
  },
);

promise("a query that nobody waits for any more is cancelled", async ({ rest, warehouse }) => {
  const gone = new AbortController();
  const jobReference = { jobId: "j1", location: "EU" };
  rest.intercept((_, path) => {
    if (path.endsWith("/jobs")) return job("SELECT");
    gone.abort();
    return { status: 200, body: { jobComplete: false, jobReference } };
  });
  const options = { rowsMax: 2, deadlineMs, signal: gone.signal };
  expect(await codeOf(warehouse.query("SELECT 1", options))).toBe("query_refused");
  await until("it is cancelled", () => rest.requests.at(-1)!.path === "/projects/p/jobs/j1/cancel");
});

promise(
  "a refused query says BigQuery's reason; a busy BigQuery is no refusal",
  async ({ rest, warehouse }) => {
    rest.intercept(() => refusal(400, "invalidQuery", "Unrecognized name: foo at [1:8]"));
    const problem = await problemOf(warehouse.query("SELECT foo", { rowsMax: 1, deadlineMs }));
    expect(problem.code).toBe("query_refused");
    expect(problem.message).toContain("Unrecognized name: foo at [1:8].");
    rest.intercept(() => refusal(400, "backendError", "try again"));
    expect(await codeOf(warehouse.query("SELECT 1", { rowsMax: 1, deadlineMs }))).toBe("warehouse_down");
    rest.intercept(() => "hang");
    expect(await codeOf(warehouse.query("SELECT 1", { rowsMax: 1, deadlineMs: 300 }))).toBe("warehouse_down");
  },
);

promise("a select asks with typed parameters and quoted names", async ({ rest, warehouse }) => {
  await warehouse.createTable(table, spec);
  rest.intercept((_, path) =>
    path.endsWith("/queries")
      ? { status: 200, body: { jobComplete: true, schema: { fields: [] } } }
      : undefined,
  );
  await warehouse.select({
    from: table,
    columns: ["hit_id", "date"],
    where: [
      { column: "date", is: ">=", value: "2024-01-01" },
      { column: "hit_id", is: "=", value: "a' OR 1=1 --" },
      { column: "received_at", is: "<=", value: 7 },
    ],
    orderBy: [{ column: "received_at", descending: true }, { column: "hit_id" }],
    limit: 5,
    offset: 10,
  });
  expect(rest.requests.at(-1)!.body).toMatchObject({
    query:
      "SELECT `hit_id`, `date` FROM `p.d.t` WHERE `date` >= @p0 AND `hit_id` = @p1 AND `received_at` <= @p2 " +
      "ORDER BY `received_at` DESC, `hit_id` LIMIT 5 OFFSET 10",
    queryParameters: [
      {
        name: "p0",
        parameterType: { type: "DATE" },
        parameterValue: { value: "2024-01-01" },
      },
      {
        name: "p1",
        parameterType: { type: "STRING" },
        parameterValue: { value: "a' OR 1=1 --" },
      },
      {
        name: "p2",
        parameterType: { type: "INT64" },
        parameterValue: { value: "7" },
      },
    ],
  });
});
