import protos from "@google-cloud/bigquery-storage/build/protos/protos.js";
import { expect } from "@jest/globals";
import { grpc } from "google-gax";
import type { Column } from "../../../functions/warehouse.ts";
import { columns, problemOf, row, spec } from "../../promises/warehouse/setup.ts";
import { refusal } from "../../support/doubles/fake-bigquery.ts";
import { append, codeOf, notFound, promise, put, table } from "./setup.ts";

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
    facts: { rows: [{ index: 1, why: "Invalid JSON" }] },
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
