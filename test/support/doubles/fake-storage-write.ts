import protos from "@google-cloud/bigquery-storage/build/protos/protos.js";
import { grpc, protobuf } from "google-gax";
import { startGrpcServer } from "./grpc-server.ts";

/** BigQuery's Storage Write API with the limits that production has and the emulator lacks: 100 calls a
 *  channel, of which the next one waits for ever; results in the order of their requests; connections that
 *  hang, break or refuse. */
export interface FakeStorageWrite {
  readonly address: string;
  /** Rows by write stream, read by the schema that came with them. */
  readonly rows: Map<string, Record<string, unknown>[]>;
  /** Of every request that came, in its order. */
  readonly requests: {
    connection: number;
    writeStream: string;
    bytes: number;
  }[];
  /** Calls that are open now, that were ever open at once, and the routing headers of all. */
  readonly connections: () => { open: number; most: number; routing: string[] };
  /** How appends are answered. */
  behave(how: (append: { writeStream: string; connection: number }) => AppendBehaviour): void;
  /** Answers what has hung since. */
  release(): void;
  close(): void;
}

export type AppendBehaviour =
  | "store"
  /** No result, and none for what comes after it on the connection, until `release`. */
  | "hang"
  /** A result that says what is wrong; the connection goes on. */
  | {
      error: { code: number; message: string; storageCode?: number };
      rows?: { index: number; message: string }[];
    }
  /** These bytes for a result; the connection goes on. */
  | { answer: Uint8Array }
  /** The connection ends. @param details of grpc-status-details-bin */
  | { broken: { code: number; message: string; details?: Uint8Array } };

const { AppendRowsRequest, AppendRowsResponse, RowError, StorageError } =
  protos.google.cloud.bigquery.storage.v1;
const storageErrorType = "type.googleapis.com/google.cloud.bigquery.storage.v1.StorageError";

export async function startFakeStorageWrite(): Promise<FakeStorageWrite> {
  const rows = new Map<string, Record<string, unknown>[]>();
  const requests: FakeStorageWrite["requests"] = [];
  const routing: string[] = [];
  let behaviour: (append: { writeStream: string; connection: number }) => AppendBehaviour = () => "store";
  let hung: (() => void)[] = [];
  let open = 0;
  let most = 0;

  function serve(call: grpc.ServerDuplexStream<Buffer, Buffer>): void {
    const connection = routing.length;
    routing.push(decodeURIComponent(String(call.metadata.get("x-goog-request-params")[0] ?? "")));
    open++;
    most = Math.max(most, open);
    let over = false;
    let order = Promise.resolve();
    const end = () => {
      if (!over) open--;
      over = true;
    };
    call.on("cancelled", end);
    call.on("error", end);
    call.on("end", () => {
      end();
      call.end();
    });
    call.on("data", (bytes: Buffer) => {
      const request = AppendRowsRequest.decode(bytes);
      const { writeStream } = request;
      requests.push({ connection, writeStream, bytes: bytes.length });
      order = order.then(async () => {
        if (over) return;
        const how = behaviour({ writeStream, connection });
        if (how === "hang") await new Promise<void>((resolve) => hung.push(resolve));
        if (over) return;
        if (typeof how === "object" && "broken" in how) {
          end();
          call.emit(
            "error",
            Object.assign(new Error(how.broken.message), {
              code: how.broken.code,
              details: how.broken.message,
              metadata: trailer(how.broken.details),
            }),
          );
        } else if (typeof how === "object" && "answer" in how) call.write(Buffer.from(how.answer));
        else if (typeof how === "object") call.write(refusal(how));
        else {
          const there = rows.get(writeStream) ?? [];
          rows.set(writeStream, there);
          there.push(...readRows(request));
          call.write(
            Buffer.from(
              AppendRowsResponse.encode({
                appendResult: {},
                writeStream,
              }).finish(),
            ),
          );
        }
      });
    });
  }

  const server = await startGrpcServer(
    {
      streams: {
        "/google.cloud.bigquery.storage.v1.BigQueryWrite/AppendRows": serve,
      },
    },
    { "grpc.max_concurrent_streams": 100 },
  );
  return {
    address: server.address,
    rows,
    requests,
    connections: () => ({ open, most, routing }),
    behave: (how) => void (behaviour = how),
    release() {
      for (const go of hung) go();
      hung = [];
    },
    close: server.close,
  };
}

function trailer(details: Uint8Array | undefined): grpc.Metadata {
  const metadata = new grpc.Metadata();
  if (details !== undefined) metadata.set("grpc-status-details-bin", Buffer.from(details));
  return metadata;
}

function refusal({ error, rows = [] }: Extract<AppendBehaviour, { error: object }>): Buffer {
  const details =
    error.storageCode === undefined
      ? []
      : [
          {
            type_url: storageErrorType,
            value: StorageError.encode({ code: error.storageCode }).finish(),
          },
        ];
  const rowErrors = rows.map((row) => ({
    ...row,
    code: RowError.RowErrorCode.FIELDS_ERROR,
  }));
  return Buffer.from(
    AppendRowsResponse.encode({
      error: { ...error, details },
      rowErrors,
    }).finish(),
  );
}

const types = [
  "",
  "double",
  "float",
  "int64",
  "uint64",
  "int32",
  "fixed64",
  "fixed32",
  "bool",
  "string",
  "",
  "",
  "bytes",
];

const messageTypes = new Map<string, protobuf.Type>();

/** With a message type that is made from the descriptor, as BigQuery does it. */
function readRows(
  request: protos.google.cloud.bigquery.storage.v1.AppendRowsRequest,
): Record<string, unknown>[] {
  const { writerSchema, rows } = request.protoRows ?? {};
  const fields = writerSchema?.protoDescriptor?.field ?? [];
  const key = JSON.stringify(fields);
  let type = messageTypes.get(key);
  if (type === undefined) {
    type = new protobuf.Type("Row");
    for (const { name, number, type: kind } of fields)
      type.add(new protobuf.Field(name ?? "", number ?? 0, types[Number(kind)] ?? "", "optional"));
    new protobuf.Root().add(type);
    messageTypes.set(key, type);
  }
  const row = type;
  return (rows?.serializedRows ?? []).map((bytes) =>
    row.toObject(row.decode(bytes as Uint8Array), { longs: Number }),
  );
}
