import { test } from "@jest/globals";
import {
  type AnswerMemory,
  type AnswerMemoryConfig,
  openAnswerMemory,
} from "../../../../infra/google/warehouse/answer-memory.ts";
import { openWarehouse } from "../../../../infra/google/warehouse/warehouse.ts";
import { type Answer, type FakeBigQuery, startFakeBigQuery } from "../../../support/doubles/fake-bigquery.ts";

/** What the admin API reads of BigQuery, where tables differ, rows are large and services hang. */

export const deadlineMs = 60_000;

export const table = { dataset: "d", table: "t" };

interface Setup {
  readonly rest: FakeBigQuery;
  readonly warehouse: ReturnType<typeof openWarehouse>;
  readonly memory: AnswerMemory;
}

export function promise(
  name: string,
  keep: (setup: Setup) => Promise<void>,
  bounds: AnswerMemoryConfig = {},
): void {
  test(name, async () => {
    const rest = await startFakeBigQuery();
    rest.datasets.set("p.d", "EU");
    const memory = openAnswerMemory(bounds);
    const warehouse = openWarehouse({
      project: "p",
      location: "EU",
      memory,
      // Nothing is appended here.
      emulator: { rest: rest.address, grpc: "127.0.0.1:9" },
    });
    try {
      await keep({ rest, warehouse, memory });
    } finally {
      await warehouse.close();
      await rest.close();
    }
  });
}

/** A table that somebody else made. */
export function putForeign(
  rest: FakeBigQuery,
  name: string,
  fields: readonly { name: string; type: string; mode?: string }[],
): void {
  rest.tables.set(`p.d.${name}`, { type: "TABLE", schema: { fields } });
}

export const queries = ({ requests }: FakeBigQuery) =>
  requests.filter(({ path }) => path.endsWith("/queries"));

export const done = (more: object = {}): Answer => ({
  status: 200,
  body: {
    jobComplete: true,
    jobReference: { jobId: "j", location: "EU" },
    schema: { fields: [{ name: "hit_id", type: "STRING" }] },
    ...more,
  },
});

export const mebibyte = 1024 * 1024;

/** Pages of one row of so many bytes: more of them than any answer takes. */
export function pages(bytes: number): () => Answer {
  const rows = [{ f: [{ v: "x".repeat(bytes) }] }];
  let left = 20;
  return () => done({ rows, ...(--left > 0 && { pageToken: "more" }) });
}

export const sizes = { small: 1_000, large: 2 * mebibyte };

export const selecting = ({ warehouse }: Setup, name: keyof typeof sizes) =>
  warehouse.select({ from: { dataset: "d", table: name }, limit: 1 });

/** Work that has read a large result and goes on until it is told. */
export async function busy(setup: Setup): Promise<() => Promise<void>> {
  const { promise: told, resolve: tell } = Promise.withResolvers<void>();
  const { promise: read, resolve: hasRead } = Promise.withResolvers<void>();
  const work = setup.memory.enter(async () => {
    await selecting(setup, "large");
    hasRead();
    await told;
  });
  await read;
  return () => (tell(), work);
}
