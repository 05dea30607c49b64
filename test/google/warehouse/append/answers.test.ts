import protos from "@google-cloud/bigquery-storage/build/protos/protos.js";
import { expect } from "@jest/globals";
import { grpc } from "google-gax";
import type { AppendBehaviour } from "../../../support/doubles/fake-storage-write.ts";
import { failureOf, promise, streamOf, tables } from "./setup.ts";

const { AppendRowsResponse } = protos.google.cloud.bigquery.storage.v1;

/** A status that is said to be longer than the message. */
const noAnswer = new Uint8Array([0x12, 0xff, 0xff, 0x01, 0x00]);

const noDetails = new Uint8Array([0x1a, 0xff, 0x01]);

const answerFor = (writeStream: string) =>
  AppendRowsResponse.encode({ appendResult: {}, writeStream }).finish();

const unclear: [string, AppendBehaviour][] = [
  ["an answer that cannot be read", { answer: noAnswer }],
  ["an answer that names another table", { answer: answerFor(streamOf("other")) }],
  [
    "an error whose details cannot be read",
    {
      broken: {
        code: grpc.status.PERMISSION_DENIED,
        message: "no",
        details: noDetails,
      },
    },
  ],
];

for (const [what, behaviour] of unclear) {
  promise(
    `${what} ends no process: its append goes again and arrives`,
    async ({ fake, append }) => {
      let said = false;
      fake.behave(() => {
        if (said) return "store";
        said = true;
        return behaviour;
      });
      await Promise.all(tables(10).map((table) => append(table)));
      for (const table of tables(10)) expect(fake.rows.get(streamOf(table))?.length).toBeGreaterThan(0);
    },
    { connectionsMax: 1 },
  );

  promise(
    `${what}, time and again, fails its own append and no other's`,
    async ({ fake, append }) => {
      fake.behave(({ writeStream }) => (writeStream === streamOf("sick") ? behaviour : "store"));
      const sick = failureOf(append("sick"));
      await Promise.all(tables(10).map((table) => append(table)));
      expect(await sick).toMatchObject({ code: grpc.status.UNAVAILABLE });
    },
    { connectionsMax: 4 },
  );
}

for (const [spelling, writeStream] of [
  ["no table", ""],
  ["its table in another way", "projects/1/datasets/d/tables/t/_default"],
] as const)
  promise(`an answer that names ${spelling} is the next append's`, async ({ fake, append }) => {
    fake.behave(() => ({ answer: answerFor(writeStream) }));
    await append("t");
    expect(fake.requests).toHaveLength(1);
  });
