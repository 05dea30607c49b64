import storage from "@google-cloud/bigquery-storage/build/protos/protos.js";
import pubsub from "@google-cloud/pubsub/build/protos/protos.js";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { countIds, makeMessage, topicBytes, writeRequest } from "../../infra/google/queue/publish-request.ts";
import { encodeAppend, makeShape } from "../../infra/google/warehouse/codecs/append-request.ts";
import { readResponse } from "../../infra/google/warehouse/codecs/append-response.ts";

/** What is written by hand is what Google's generated code reads, and the other way round, for messages that are drawn.
 *  Lengths go past 127 and 16,383 bytes, where a length takes one byte more. */

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

const columns = (["STRING", "JSON", "BYTES"] as const).map((type) => ({
  name: type.toLowerCase(),
  type,
  required: false,
  description: "",
}));

test("Google's code reads every append as it was meant, in one request or several", () => {
  const row = fc.tuple(fc.option(text), fc.option(text), fc.option(bytes));
  fc.assert(
    fc.property(text, fc.array(row, { minLength: 1, maxLength: 10 }), (writeStream, rows) => {
      const bytesMax = 150_000 + Buffer.byteLength(writeStream);
      const encoded = encodeAppend(writeStream, makeShape(columns), rows, bytesMax);
      if (!("requests" in encoded)) throw new Error(encoded.refused[0]?.why);
      const read = encoded.requests.flatMap((request) => {
        expect(request.bytes.length).toBeLessThanOrEqual(bytesMax);
        const { writeStream: named, protoRows } = AppendRowsRequest.decode(request.bytes);
        expect(named).toBe(writeStream);
        expect(
          protoRows?.writerSchema?.protoDescriptor?.field?.map(({ name, number }) => [name, number]),
        ).toEqual(columns.map(({ name }, index) => [name, index + 1]));
        return protoRows?.rows?.serializedRows ?? [];
      });
      expect(read.map((serialized) => fieldsOf(serialized as Uint8Array))).toEqual(
        rows.map((values) =>
          values.flatMap((value, index) => (value === null ? [] : [[index + 1, Buffer.from(value)]])),
        ),
      );
    }),
  );
});

/** The fields of a row of texts and bytes alone: no generated code knows a message that is made of columns. */
function fieldsOf(row: Uint8Array): [number, Buffer][] {
  const fields: [number, Buffer][] = [];
  for (let at = 0; at < row.length;) {
    const number = row[at++]! >> 3;
    let length = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      const byte = row[at++]!;
      length += (byte & 0x7f) * 2 ** shift;
      more = byte >= 0x80;
    }
    fields.push([number, Buffer.from(row.subarray(at, at + length))]);
    at += length;
  }
  return fields;
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
