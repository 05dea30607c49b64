import { BigQueryWriteClient } from "@google-cloud/bigquery-storage/build/src/v1/big_query_write_client.js";
import { test } from "@jest/globals";
import type { Column } from "../../../../functions/warehouse.ts";
import { openChannel } from "../../../../infra/google/channel.ts";
import { encodeAppend, makeShape } from "../../../../infra/google/warehouse/codecs/append-request.ts";
import { type Appends, type AppendsConfig, openAppends } from "../../../../infra/google/warehouse/append.ts";
import { type FakeStorageWrite, startFakeStorageWrite } from "../../../support/doubles/fake-storage-write.ts";

/** Appends against a server with production's limit of 100 calls a channel, and with its bad days. */

/** A last resort: nothing is given up because the machine is busy. */
const deadlineMs = 300_000;

const columns: Column[] = [{ name: "text", type: "STRING", description: "" }];

const shape = makeShape(columns);

interface Setup {
  readonly fake: FakeStorageWrite;
  readonly appends: Appends;
  append(table: string, options?: { deadlineMs?: number; location?: string; text?: string }): Promise<void>;
}

export function promise(
  name: string,
  keep: (setup: Setup) => Promise<void>,
  config: Partial<AppendsConfig> = {},
): void {
  test(name, async () => {
    const fake = await startFakeStorageWrite();
    const appends = open(fake.address, config);
    try {
      await keep({
        fake,
        appends,
        append: (table, options) => append(appends, table, options),
      });
    } finally {
      fake.behave(() => "store");
      fake.release();
      await appends.close();
      fake.close();
    }
  });
}

export function open(address: string, config: Partial<AppendsConfig> = {}): Appends {
  const channel = openChannel((options) => new BigQueryWriteClient(options), address, config.clocks);
  return openAppends(channel, { project: "p", ...config });
}

export function streamOf(table: string): string {
  return `projects/p/datasets/d/tables/${table}/streams/_default`;
}

export function append(
  appends: Appends,
  table: string,
  options: { deadlineMs?: number; location?: string; text?: string } = {},
): Promise<void> {
  const encoded = encodeAppend(streamOf(table), shape, [[options.text ?? table]], 10_000_000);
  if (!("requests" in encoded)) throw new Error("The row was refused.");
  const { bytes } = encoded.requests[0]!;
  const { location = "us" } = options;
  return appends.append({
    writeStream: streamOf(table),
    location,
    bytes,
    deadlineMs: options.deadlineMs ?? deadlineMs,
  });
}

export async function failureOf(work: Promise<void>): Promise<unknown> {
  return work.then(
    () => "it worked",
    (error: unknown) => error,
  );
}

export const tables = (count: number) => Array.from({ length: count }, (_, index) => `t${index}`);
