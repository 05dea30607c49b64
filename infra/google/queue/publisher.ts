import { counted } from "../../../functions/counted.ts";
import { grpc, protobufMinimal } from "google-gax";
import { queueDown } from "../../../functions/problems.ts";
import { asTheyAre, codeOf, deadlineIn, routed, whyOf, type Channel, type Sending } from "../channel.ts";
import { countIds, topicBytes, writeRequest, type Message } from "./publish-request.ts";

/** The two calls that the queue makes, and what they tell about Pub/Sub's health. */
export interface Publisher {
  /** Resolves once Pub/Sub has stored all of them. Rejects with the gRPC error. */
  publish(messages: readonly Message[], deadlineMs: number): Promise<void>;
  /** @throws queue_down */
  check(): Promise<void>;
}

/** How long one answer of Pub/Sub stands for its health. Load balancers ask every few
 *  seconds, from many places. */
const trustMs = 5_000;
const checkDeadlineMs = 2_000;

export function openPublisher(channel: Channel, topic: string): Publisher {
  const metadata = routed({ topic });
  const prefixBytes = topicBytes(topic);
  let succeededAt = Number.NEGATIVE_INFINITY;
  let failedAt = Number.NEGATIVE_INFINITY;
  let probing: Promise<void> | undefined;

  async function publish(messages: readonly Message[], deadlineMs: number): Promise<void> {
    const bytes = messages.reduce((sum, message) => sum + message.bytes, prefixBytes);
    const startedAt = performance.now();
    let client: grpc.Client | undefined;
    try {
      client = await channel.open(deadlineMs);
      const left = deadlineMs - (performance.now() - startedAt);
      const response = await call(
        client,
        "/google.pubsub.v1.Publisher/Publish",
        writeRequest(topic, messages, bytes),
        { metadata, deadlineMs: left },
      );
      const ids = countIds(response);
      // Not seen, and never to be taken for an acknowledgement.
      if (ids !== messages.length)
        throw new Error(`Pub/Sub acknowledged ${ids} of ${counted(messages.length, "message")}`);
      succeededAt = performance.now();
    } catch (error) {
      failedAt = performance.now();
      if (client !== undefined && codeOf(error) === grpc.status.DEADLINE_EXCEEDED && succeededAt < startedAt)
        channel.renew(client);
      throw error;
    }
  }

  /** A publish that has just succeeded says all. Otherwise Pub/Sub is asked whether we may publish: it
   *  answers that to everybody (testIamPermissions needs no permission), it costs nothing, and a
   *  missing topic or grant shows as well. It is asked after a failure too, so that a service without
   *  traffic gets well again. */
  async function check(): Promise<void> {
    if (succeededAt > failedAt && performance.now() - succeededAt < trustMs) return;
    probing ??= probe().finally(() => (probing = undefined));
    await probing;
  }

  async function probe(): Promise<void> {
    let client: grpc.Client | undefined;
    try {
      client = await channel.open(checkDeadlineMs);
      const request = permissionRequest(topic, "pubsub.topics.publish");
      const path = "/google.iam.v1.IAMPolicy/TestIamPermissions";
      const granted = await call(client, path, request, {
        metadata: routed({ resource: topic }),
        deadlineMs: checkDeadlineMs,
      });
      // The answer repeats the permissions that are granted; it is empty where ours is not.
      if (granted.length === 0)
        throw new Error("no permission to publish: grant roles/pubsub.publisher on the topic");
      succeededAt = performance.now();
    } catch (error) {
      // The emulator does not know the call; that it answers is all that it can tell.
      if (codeOf(error) === grpc.status.UNIMPLEMENTED) return;
      failedAt = performance.now();
      if (client !== undefined && codeOf(error) === grpc.status.DEADLINE_EXCEEDED) channel.renew(client);
      throw queueDown({ why: whyOf(error) }, error);
    }
  }

  return { publish, check };
}

function call(
  client: grpc.Client,
  path: string,
  request: Buffer,
  { metadata, deadlineMs }: Sending,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { deadline: deadlineIn(deadlineMs) };
    client.makeUnaryRequest(path, asTheyAre, asTheyAre, request, metadata, options, (error, response) => {
      if (error !== null) reject(error);
      else resolve(response ?? Buffer.alloc(0));
    });
  });
}

/** google.iam.v1.TestIamPermissionsRequest: resource = 1, permissions = 2. */
function permissionRequest(resource: string, permission: string): Buffer {
  const writer = protobufMinimal.Writer.create();
  return Buffer.from(writer.uint32(0x0a).string(resource).uint32(0x12).string(permission).finish());
}
