import { grpc } from "google-gax";

// Nobody looks for Google's metadata server on this machine.
process.env["METADATA_SERVER_DETECTION"] ??= "none";

/** A gRPC server for the fakes: methods take and give bytes, so that what the drivers send is read with the
 *  libraries' own protos and not with the code under test. */
export interface GrpcServer {
  /** `host:port` */
  readonly address: string;
  /** Ends it with all its calls. */
  close(): void;
}

export type Unary = (request: Buffer, metadata: grpc.Metadata) => Promise<Uint8Array>;
export type Stream = (call: grpc.ServerDuplexStream<Buffer, Buffer>) => void;

const asTheyAre = (bytes: Buffer): Buffer => bytes;

/** @param methods by path, e.g. `/google.pubsub.v1.Publisher/Publish` */
export async function startGrpcServer(
  methods: { unary?: Record<string, Unary>; streams?: Record<string, Stream> },
  { port = 0, ...options }: grpc.ServerOptions & { port?: number } = {},
): Promise<GrpcServer> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
    ...options,
  });
  const definition: Record<string, grpc.MethodDefinition<Buffer, Buffer>> = {};
  const implementation: grpc.UntypedServiceImplementation = {};
  const define = (path: string, streaming: boolean) => {
    definition[path] = {
      path,
      requestStream: streaming,
      responseStream: streaming,
      requestSerialize: asTheyAre,
      requestDeserialize: asTheyAre,
      responseSerialize: asTheyAre,
      responseDeserialize: asTheyAre,
    };
  };
  for (const [path, answer] of Object.entries(methods.unary ?? {})) {
    define(path, false);
    implementation[path] = (call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) => {
      answer(call.request, call.metadata).then(
        (response) => done(null, Buffer.from(response)),
        (error: unknown) => done(error as grpc.ServiceError),
      );
    };
  }
  for (const [path, stream] of Object.entries(methods.streams ?? {})) {
    define(path, true);
    implementation[path] = stream as grpc.handleBidiStreamingCall<Buffer, Buffer>;
  }
  server.addService(definition, implementation);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error, onPort) =>
      error === null ? resolve(onPort) : reject(error),
    );
  });
  return { address: `127.0.0.1:${bound}`, close: () => server.forceShutdown() };
}

export function grpcError(code: number, message: string): Partial<grpc.StatusObject> & Error {
  return Object.assign(new Error(message), { code, details: message });
}
