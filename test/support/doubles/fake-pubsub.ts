import protos from "@google-cloud/pubsub/build/protos/protos.js";
import { grpc } from "google-gax";
import { grpcError, startGrpcServer, type Unary } from "./grpc-server.ts";

/** A publisher that holds to Pub/Sub's limits, which the emulator does not, and fails on demand.
 *  Source: https://cloud.google.com/pubsub/quotas */
export interface FakePubsub {
  readonly address: string;
  /** What was stored, in its order. */
  readonly messages: Message[];
  /** Of every publish request that came, stored or not. */
  readonly requests: {
    topic: string;
    messages: number;
    bytes: number;
    routing: string;
  }[];
  /** How the next publish requests are answered. */
  behave(how: Behaviour): void;
  /** What testIamPermissions answers. */
  grant(permissions: string[] | "hang"): void;
  /** How often it was asked. */
  readonly probes: () => number;
  close(): void;
}

export interface Message {
  readonly data: Buffer;
  readonly attributes: Record<string, string>;
}

/** `hang` never answers; `forget` acknowledges one message less. */
export type Behaviour =
  "store" | "hang" | "forget" | { code: number } | ((nth: number, messages: Message[]) => Behaviour);

const { PublishRequest, PublishResponse } = protos.google.pubsub.v1;
const { TestIamPermissionsResponse } = googleIam();
const never = new Promise<never>(() => undefined);

export async function startFakePubsub(port = 0): Promise<FakePubsub> {
  const stored: Message[] = [];
  const requests: FakePubsub["requests"] = [];
  let behaviour: Behaviour = "store";
  let granted: string[] | "hang" = ["pubsub.topics.publish"];
  let probes = 0;

  const methods = {
    unary: {
      "/google.pubsub.v1.Publisher/Publish": async (bytes: Buffer, metadata: grpc.Metadata) => {
        const { topic, messages: sent } = PublishRequest.decode(bytes);
        const messages = sent.map(({ data, attributes }) => ({
          data: Buffer.from(data as Uint8Array),
          attributes: { ...attributes },
        }));
        const routing = decodeURIComponent(String(metadata.get("x-goog-request-params")[0] ?? ""));
        requests.push({
          topic,
          messages: messages.length,
          bytes: bytes.length,
          routing,
        });
        let how = behaviour;
        while (typeof how === "function") how = how(requests.length, messages);
        if (how === "hang") return never;
        if (typeof how === "object") throw grpcError(how.code, "made by the test");
        refuse(messages, bytes.length);
        stored.push(...messages);
        const messageIds = messages.map((_, index) => String(stored.length + index));
        if (how === "forget") messageIds.pop();
        return PublishResponse.encode({ messageIds }).finish();
      },
      "/google.iam.v1.IAMPolicy/TestIamPermissions": async () => {
        probes++;
        if (granted === "hang") return never;
        return TestIamPermissionsResponse.encode({ permissions: granted });
      },
    } satisfies Record<string, Unary>,
  };
  const server = await startGrpcServer(methods, { port });

  return {
    address: server.address,
    messages: stored,
    requests,
    behave: (how) => void (behaviour = how),
    grant: (permissions) => void (granted = permissions),
    probes: () => probes,
    close: server.close,
  };
}

function refuse(messages: readonly Message[], bytes: number): void {
  const invalid = (what: string) => grpcError(grpc.status.INVALID_ARGUMENT, what);
  if (bytes > 10_000_000) throw invalid("the request is larger than 10 MB");
  if (messages.length === 0 || messages.length > 1_000)
    throw invalid("between 1 and 1,000 messages are allowed");
  for (const { data, attributes } of messages) {
    const entries = Object.entries(attributes);
    if (data.length === 0 && entries.length === 0) throw invalid("a message needs data or attributes");
    if (entries.length > 100) throw invalid("more than 100 attributes");
    for (const [key, value] of entries) {
      if (Buffer.byteLength(key) > 256 || Buffer.byteLength(value) > 1_024)
        throw invalid(`the attribute ${key} is too long`);
    }
  }
}

/** Pub/Sub's protos leave out IAM's: permissions = 1, repeated. */
function googleIam(): {
  TestIamPermissionsResponse: {
    encode(answer: { permissions: string[] }): Uint8Array;
  };
} {
  const encode = ({ permissions }: { permissions: string[] }) =>
    Buffer.concat(
      permissions.map((text) => Buffer.concat([Buffer.from([0x0a, text.length]), Buffer.from(text)])),
    );
  return { TestIamPermissionsResponse: { encode } };
}
