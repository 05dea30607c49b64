import { protobufMinimal } from "google-gax";

/** google.cloud.bigquery.storage.v1.AppendRowsResponse: a response that came is not an append that worked.
 *  Source:
 *  https://github.com/googleapis/googleapis/blob/master/google/cloud/bigquery/storage/v1/storage.proto */
export interface AppendFault {
  /** A gRPC status code. */
  readonly code: number;
  readonly message: string;
  /** Of google.cloud.bigquery.storage.v1.StorageError; 0 where the service gave none. */
  readonly storageCode: number;
  readonly rows: readonly { readonly index: number; readonly why: string }[];
}

/** StorageErrorCode. */
export const tableNotFound = 1;
export const streamNotFound = 3;
/** Of a stream that we never make (4 to 6) and of keys (10 to 14): the row has no part in them, nor
 *  has its table's schema. */
export const notOfTheTable: ReadonlySet<number> = new Set([4, 5, 6, 10, 11, 12, 13, 14]);

const invalidArgument = 3;

export interface Answer {
  /** undefined where the rows were written. */
  readonly fault: AppendFault | undefined;
  /** As the request named it; empty where the answer does not tell. */
  readonly writeStream: string;
}

/** @throws Error where the bytes are no such message */
export function readResponse(bytes: Uint8Array): Answer {
  const reader = protobufMinimal.Reader.create(bytes);
  let writeStream = "";
  let status: Status | undefined;
  const rows: { index: number; why: string }[] = [];
  let written = false;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 0x0a) {
      written = true;
      reader.skipType(2);
    } else if (tag === 0x12) status = readStatus(reader.bytes());
    else if (tag === 0x22) rows.push(readRowError(reader.bytes()));
    else if (tag === 0x2a) writeStream = reader.string();
    else reader.skipType(tag & 7);
  }
  if (written && status === undefined && rows.length === 0) return { fault: undefined, writeStream };
  const { code, message, storageCode } = status ?? {
    code: invalidArgument,
    message: "the response names no result",
    storageCode: 0,
  };
  return { fault: { code, message, storageCode, rows }, writeStream };
}

interface Status {
  readonly code: number;
  readonly message: string;
  readonly storageCode: number;
}

/** google.rpc.Status: in a response, or at the end of a broken connection. @throws Error
 *  where the bytes are none */
export function readStatus(bytes: Uint8Array): Status {
  const reader = protobufMinimal.Reader.create(bytes);
  let code = 2;
  let message = "";
  let storageCode = 0;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 0x08) code = reader.int32();
    else if (tag === 0x12) message = reader.string();
    else if (tag === 0x1a) storageCode = readDetail(reader.bytes()) || storageCode;
    else reader.skipType(tag & 7);
  }
  return { code, message, storageCode };
}

/** google.protobuf.Any that may hold a StorageError (code = 1). */
function readDetail(bytes: Uint8Array): number {
  const reader = protobufMinimal.Reader.create(bytes);
  let type = "";
  let value: Uint8Array = new Uint8Array();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 0x0a) type = reader.string();
    else if (tag === 0x12) value = reader.bytes();
    else reader.skipType(tag & 7);
  }
  if (!type.endsWith(".StorageError") || value[0] !== 0x08) return 0;
  const inner = protobufMinimal.Reader.create(value);
  inner.uint32();
  return inner.int32();
}

/** RowError: index = 1, message = 3. */
function readRowError(bytes: Uint8Array): { index: number; why: string } {
  const reader = protobufMinimal.Reader.create(bytes);
  let index = 0;
  let why = "";
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 0x08) index = Number(reader.int64());
    else if (tag === 0x1a) why = reader.string();
    else reader.skipType(tag & 7);
  }
  return { index, why };
}
