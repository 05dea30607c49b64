import storage from "@google-cloud/bigquery-storage/build/protos/protos.js";
import pubsub from "@google-cloud/pubsub/build/protos/protos.js";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { protobuf } from "google-gax";
import type { ColumnType, Value } from "../../functions/warehouse.ts";
import { countIds, makeMessage, topicBytes, writeRequest } from "../../infra/google/queue/publish-request.ts";
import { encodeAppend, makeShape } from "../../infra/google/warehouse/codecs/append-request.ts";
import { readResponse } from "../../infra/google/warehouse/codecs/append-response.ts";

/** What is written by hand is what Google's generated code reads, and the other way round, for messages that
 *  are drawn. Lengths go past 127 and 16,383 bytes, where a length takes one byte more. */

const { PublishRequest, PublishResponse } = pubsub.google.pubsub.v1;
const { AppendRowsRequest, AppendRowsResponse, StorageError } = storage.google.cloud.bigquery.storage.v1;

const sizes = { maxLength: 20_000, size: "max" } as const;
const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array(sizes));
/** Well-formed, as everything is that reaches an attribute or a column. */
const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary", maxLength: 20_000, size: "large" }),
);
const plain = (value: Uint8Array | string | null | undefined) => Buffer.from((value ?? []) as Uint8Array);

test("Google's code reads every publish request as it was meant", () => {
  const sent = fc.record({ attributes: fc.dictionary(text, text, { noNullPrototype: true }), body: bytes });
  fc.assert(
    fc.property(text, fc.array(sent, { maxLength: 20 }), (topic, meant) => {
      const messages = meant.map(({ attributes, body }) => makeMessage(attributes, body));
      const size = messages.reduce((sum, message) => sum + message.bytes, topicBytes(topic));
      const read = PublishRequest.decode(writeRequest(topic, messages, size));
      expect(read.topic).toBe(topic);
      expect(read.messages.map(({ attributes, data }) => [{ ...attributes }, plain(data)])).toEqual(
        meant.map(({ attributes, body }) => [attributes, Buffer.from(body)]),
      );
    }),
  );
});

test("every publish response of Google's code is counted", () => {
  fc.assert(
    fc.property(fc.array(text), (messageIds) => {
      expect(countIds(PublishResponse.encode({ messageIds }).finish())).toBe(messageIds.length);
    }),
  );
});

const day = fc
  .date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

/** All types of a column: what is drawn of it, and how a protobuf message declares it. */
const types: Record<ColumnType, { drawn: fc.Arbitrary<NonNullable<Value>>; protobuf: string }> = {
  STRING: { drawn: text, protobuf: "string" },
  JSON: { drawn: text, protobuf: "string" },
  BYTES: { drawn: bytes, protobuf: "bytes" },
  INT64: { drawn: fc.oneof(fc.maxSafeInteger(), fc.integer()), protobuf: "int64" },
  DATE: { drawn: day, protobuf: "int32" },
  BOOL: { drawn: fc.boolean(), protobuf: "bool" },
  NUMERIC: {
    drawn: fc.bigInt({ min: -(10n ** 29n) + 1n, max: 10n ** 29n - 1n }).map(String),
    protobuf: "string",
  },
  "ARRAY<STRING>": {
    drawn: fc.array(text, { maxLength: 5 }).map((list) => JSON.stringify(list)),
    protobuf: "string",
  },
};

const columns = Object.keys(types).map((type) => ({
  name: type.toLowerCase().replaceAll(/\W/g, "_"),
  type: type as ColumnType,
  required: false,
  description: "",
}));

test("Google's code reads every append as it was meant, in one request or several", () => {
  const row = fc.tuple(...Object.values(types).map(({ drawn }) => fc.option(drawn)));
  fc.assert(
    fc.property(text, fc.array(row, { minLength: 1, maxLength: 10 }), (writeStream, rows) => {
      const bytesMax = 150_000 + Buffer.byteLength(writeStream);
      const encoded = encodeAppend(writeStream, makeShape(columns), rows, bytesMax);
      if (!("requests" in encoded)) throw new Error(encoded.refused[0]?.why);
      const read = encoded.requests.flatMap((request) => {
        expect(request.bytes.length).toBeLessThanOrEqual(bytesMax);
        const { writeStream: named, protoRows } = AppendRowsRequest.decode(request.bytes);
        expect(named).toBe(writeStream);
        const type = typeOf(protoRows?.writerSchema?.protoDescriptor?.field ?? []);
        return (protoRows?.rows?.serializedRows ?? []).map((serialized) =>
          type.toObject(type.decode(serialized as Uint8Array), { longs: Number, bytes: Buffer }),
        );
      });
      expect(read).toEqual(rows.map(meant));
    }),
  );
});

type Declared = storage.google.protobuf.IFieldDescriptorProto;

/** The message of a row as the request itself declares it. */
function typeOf(fields: readonly Declared[]): protobuf.Type {
  const row = new protobuf.Type("Row");
  for (const [index, { name, number, type }] of fields.entries()) {
    const { protobuf: declared } = types[columns[index]!.type];
    expect([name, number]).toEqual([columns[index]!.name, index + 1]);
    expect(`TYPE_${declared.toUpperCase()}`).toBe(
      storage.google.protobuf.FieldDescriptorProto.Type[type as number],
    );
    const rule = columns[index]!.type === "ARRAY<STRING>" ? "repeated" : "optional";
    row.add(new protobuf.Field(name!, number!, declared, rule));
  }
  return row;
}

/** A column that is NULL is not in the message. */
function meant(values: readonly (Value | null)[]): Record<string, unknown> {
  return Object.fromEntries(
    values.flatMap((value, index) => {
      const { name, type } = columns[index]!;
      if (value === null || value === "[]") return [];
      if (type === "ARRAY<STRING>") return [[name, JSON.parse(String(value))]];
      if (type === "DATE") return [[name, Date.parse(`${String(value)}T00:00:00Z`) / 86_400_000]];
      return [[name, value instanceof Uint8Array ? Buffer.from(value) : value]];
    }),
  );
}

test("every answer to an append that Google's code writes is read as it was meant", () => {
  const status = fc.record({
    code: fc.integer({ min: 1, max: 16 }),
    message: text,
    storageCode: fc.nat({ max: 14 }),
  });
  const rowErrors = fc.array(fc.record({ index: fc.nat(), message: text }), { maxLength: 5 });
  fc.assert(
    fc.property(text, fc.option(status), rowErrors, (writeStream, failed, errors) => {
      const detail = {
        type_url: "type.googleapis.com/google.cloud.bigquery.storage.v1.StorageError",
        value: StorageError.encode({ code: failed?.storageCode ?? 0 }).finish(),
      };
      const answer = AppendRowsResponse.encode({
        writeStream,
        rowErrors: errors,
        ...(failed === null
          ? { appendResult: {} }
          : { error: { code: failed.code, message: failed.message, details: [detail] } }),
      }).finish();
      const { fault, writeStream: named } = readResponse(answer);
      expect(named).toBe(writeStream);
      if (failed === null && errors.length === 0) return expect(fault).toBeUndefined();
      expect(fault?.rows).toEqual(errors.map(({ index, message }) => ({ index, why: message })));
      if (failed !== null) expect(fault).toMatchObject(failed);
    }),
  );
});
