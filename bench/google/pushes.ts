import { randomUUID } from "node:crypto";
import { emulatedProject } from "../../infra/emulated/emulators.ts";
import { toAttributes } from "../../functions/hit.ts";
import { bodies } from "../bodies.ts";
import type { Order } from "../load.ts";

/** How many different hits are pushed in turn. */
const distinct = 4_000;

/** Streams of so many tables, one each. */
export function makeStreams(tables: number): string[] {
  return Array.from({ length: tables }, () => randomUUID());
}

/** Hits as Pub/Sub pushes them, of the streams in turn.
 *  Source: https://cloud.google.com/pubsub/docs/push#receive_push */
export function makePushes(streams: readonly string[]): Order["bodies"] {
  return Array.from({ length: distinct }, (_, index) => ({
    contentType: "application/json",
    body: JSON.stringify(push(index, streams[index % streams.length]!)),
  }));
}

function push(index: number, stream_id: string): object {
  const { contentType, body } = bodies[index % bodies.length]!;
  const received = new Date();
  const data = Buffer.from(body);
  const attributes = toAttributes({
    hit_id: randomUUID(),
    stream_id,
    received_at: received.getTime(),
    date: received.toISOString().slice(0, 10),
    content_type: contentType,
    body: data,
  });
  const messageId = String(1_000_000_000_000_000 + index);
  const publishTime = received.toISOString();
  return {
    deliveryAttempt: 1,
    message: {
      attributes,
      data: data.toString("base64"),
      messageId,
      message_id: messageId,
      publishTime,
      publish_time: publishTime,
    },
    subscription: `projects/${emulatedProject}/subscriptions/deliver`,
  };
}
