import { PublisherClient } from "@google-cloud/pubsub/build/src/v1/publisher_client.js";
import { attributeBytesMax, type Attributes } from "../../../functions/hit.ts";
import { createFlights } from "../../../functions/flights.ts";
import { isProblem, type Problem } from "../../../functions/problem.ts";
import { queueDown } from "../../../functions/problems.ts";
import { createTogether, type Place } from "../../../functions/together.ts";
import { codeOf, openChannel, passes, whyOf } from "../channel.ts";
import { makeMessage, topicBytes, type Message } from "./publish-request.ts";
import { openPublisher } from "./publisher.ts";
import { grpc } from "google-gax";

export interface TopicConfig {
  readonly project: string;
  /** Its short name. */
  readonly topic: string;
  /** `host:port` of an emulator; Pub/Sub itself where left out. */
  readonly emulator?: string;
  /** Bytes that may wait or be on their way at once, 64 MiB where left out. Past it,
   *  publish refuses at once. */
  readonly pendingBytesMax?: number;
}

/** Publish requests on their way at once. What arrives meanwhile goes together as soon as one of them ends,
 *  so that the requests grow with the load and nobody waits for a timer. */
const flightsMax = 4;
/** Pub/Sub takes so much a request; its emulator takes anything. Source:
 *  https://cloud.google.com/pubsub/quotas */
const requestMessagesMax = 1_000;
export const requestBytesMax = 10_000_000;
const attributesMax = 100;

/** An attempt may take half of the time that is left: the other half is for a second
 *  one, on a new connection. */
const attemptMsMin = 500;
const pauseMs = { first: 50, max: 1_000 } as const;
interface Item {
  readonly message: Message;
  /** Goes in a request of its own: with others it was refused, and they must not suffer for it. */
  alone: boolean;
}

/** A topic of Pub/Sub to publish to: messages that arrive together share requests, and
 *  each has its own deadline. */
export interface Topic {
  /** Resolves once Pub/Sub has stored the message.
   *  @throws queue_down when it could not be stored in time; it may still arrive */
  publish(attributes: Attributes, body: Uint8Array, options: { deadlineMs: number }): Promise<void>;
  /** @throws queue_down */
  check(): Promise<void>;
  /** Waits for what was published to be stored or refused. */
  close(): Promise<void>;
}

/** Needs `roles/pubsub.publisher` on the topic. */
export function openTopic(config: TopicConfig): Topic {
  const topic = `projects/${config.project}/topics/${config.topic}`;
  const pendingBytesMax = config.pendingBytesMax ?? 64 * 1024 * 1024;
  const channel = openChannel((options) => new PublisherClient(options), config.emulator);
  const publisher = openPublisher(channel, topic);
  const frameBytes = topicBytes(topic);

  const line = createTogether<Item>({
    countMax: requestMessagesMax,
    bytesMax: requestBytesMax - frameBytes,
    joins: (item, group) => !item.alone && group[0]?.item.alone !== true,
    late: () => queueDown({ why: "Pub/Sub did not answer in time" }),
  });
  const flights = createFlights({
    atOnce: flightsMax,
    isReady: () => line.waiting() > 0,
    pauseMs: () => pausedUntil - performance.now(),
    fly: () => send(line.take()),
  });
  let failures = 0;
  let pausedUntil = 0;
  let closing = false;

  function publish(
    attributes: Attributes,
    body: Uint8Array,
    { deadlineMs }: { deadlineMs: number },
  ): Promise<void> {
    if (closing) return Promise.reject(queueDown({ why: "the queue is closing" }));
    if (deadlineMs <= 0) return Promise.reject(queueDown({ why: "no time was left to store the hit" }));
    const message = makeMessage(attributes, body);
    const why = unfit(message);
    if (why !== undefined) return Promise.reject(queueDown({ why }));
    if (line.pendingBytes() + message.bytes > pendingBytesMax) {
      return Promise.reject(queueDown({ why: `${line.pendingBytes()} bytes wait for Pub/Sub already` }));
    }
    const added = line.add({ message, alone: false }, message.bytes, deadlineMs);
    flights.schedule();
    return added;
  }

  /** What Pub/Sub would refuse, together with every neighbour in the request. */
  function unfit({ attributes, bytes }: Message): string | undefined {
    if (frameBytes + bytes > requestBytesMax)
      return `the message has ${bytes} bytes; Pub/Sub takes ${requestBytesMax}`;
    const keys = Object.keys(attributes);
    if (keys.length > attributesMax)
      return `the message has ${keys.length} attributes; Pub/Sub takes ${attributesMax}`;
    for (const key of keys) {
      const value = attributes[key]!;
      // A UTF-16 unit is at most three bytes: short ones need no counting.
      if (value.length * 3 <= attributeBytesMax || Buffer.byteLength(value) <= attributeBytesMax) continue;
      return `the attribute ${key} has ${Buffer.byteLength(value)} bytes; Pub/Sub takes ${attributeBytesMax}`;
    }
    return undefined;
  }

  /** Settles the group or lets it wait again; never rejects. */
  async function send(group: readonly Place<Item>[]): Promise<void> {
    const left =
      group.reduce((latest, { deadlineAt }) => Math.max(latest, deadlineAt), 0) - performance.now();
    try {
      const messages = group.map(({ item }) => item.message);
      await publisher.publish(messages, Math.max(attemptMsMin, left / 2));
      failures = 0;
      pausedUntil = 0;
      for (const place of group) place.done();
    } catch (error) {
      failed(group, error);
    }
  }

  function failed(group: readonly Place<Item>[], error: unknown): void {
    const code = codeOf(error);
    if (code === grpc.status.INVALID_ARGUMENT && group.length > 1) {
      for (const { item } of group) item.alone = true;
    } else if (passes(code)) {
      failures++;
      const pause = Math.min(pauseMs.max, pauseMs.first * 2 ** Math.min(failures - 1, 10));
      pausedUntil = performance.now() + pause * (0.5 + Math.random() / 2);
    } else {
      for (const place of group) place.fail(asDown(error));
      return;
    }
    // Without time left there is no next attempt: the sender should hear of it with its cause.
    for (const place of group) if (place.deadlineAt <= pausedUntil) place.fail(asDown(error));
    line.again(group);
  }

  async function close(): Promise<void> {
    closing = true;
    await line.drained();
    channel.close();
  }

  return { publish, check: () => publisher.check(), close };
}

function asDown(error: unknown): Problem {
  return isProblem(error, queueDown) ? error : queueDown({ why: whyOf(error) }, error);
}
