import { grpc, protobufMinimal } from "google-gax";
import { startGrpcServer } from "../../test/support/doubles/grpc-server.ts";

/** Firestore as far as a function reads streams: every document is there, and the reads are counted, which
 *  the emulator does not do. */
export interface FakeFirestore {
  readonly address: string;
  readonly reads: () => number;
  close(): void;
}

/** @param fieldsOf the document of a stream's id, of texts alone */
export async function startFakeFirestore(
  fieldsOf: (id: string) => Readonly<Record<string, string>>,
): Promise<FakeFirestore> {
  let reads = 0;

  function serve(call: grpc.ServerDuplexStream<Buffer, Buffer>): void {
    call.on("data", (bytes: Buffer) => {
      for (const name of namesIn(bytes)) {
        reads++;
        call.write(found(name, fieldsOf(name.slice(name.lastIndexOf("/") + 1))));
      }
    });
    call.on("end", () => call.end());
  }

  const server = await startGrpcServer({
    streams: { "/google.firestore.v1.Firestore/BatchGetDocuments": serve },
  });
  return { ...server, reads: () => reads };
}

/** google.firestore.v1.BatchGetDocumentsRequest { database = 1, documents = 2 } */
function namesIn(bytes: Buffer): string[] {
  const reader = protobufMinimal.Reader.create(bytes);
  const names: string[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === field2) names.push(reader.string());
    else reader.skipType(tag & 7);
  }
  return names;
}

/** google.firestore.v1.BatchGetDocumentsResponse { found = 1 { name = 1, fields = 2, update_time
 *  = 4 }, read_time = 4 } */
function found(name: string, fields: Readonly<Record<string, string>>): Buffer {
  const writer = protobufMinimal.Writer.create();
  writer.uint32(field1).fork().uint32(field1).string(name);
  for (const [key, text] of Object.entries(fields)) {
    writer.uint32(field2).fork().uint32(field1).string(key);
    writer.uint32(field2).fork().uint32(stringValue).string(text);
    writer.ldelim().ldelim();
  }
  time(writer);
  time(writer.ldelim());
  return Buffer.from(writer.finish());
}

function time(writer: protobufMinimal.Writer): void {
  writer.uint32(field4).fork().uint32(8).int64(1_600_000_000).ldelim();
}

/** Tags of fields that have a length: number << 3 | 2. */
const field1 = 0x0a;
const field2 = 0x12;
const field4 = 0x22;
const stringValue = (17 << 3) | 2;
