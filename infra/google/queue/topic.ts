import { PublisherClient } from "@google-cloud/pubsub/build/src/v1/publisher_client.js";
import { attributeBytesMax, type Attributes } from "../../../functions/hit.ts";
import { isProblem } from "../../../functions/problem.ts";
import { queueDown } from "../../../functions/problems.ts";
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
  /** Bytes that may wait or be on their way at once, 64 MiB where left out. Past it, publish refuses at once. */
  readonly pendingBytesMax?: number;
}

/** Publish requests on their way at once. What arrives meanwhile goes together as soon as one of them ends, so that the
 *  requests grow with the load and nobody waits for a timer. */
const flightsMax = 4;
/** Pub/Sub takes so much a request; its emulator takes anything. Source: https://cloud.google.com/pubsub/quotas */
const requestMessagesMax = 1_000;
export const requestBytesMax = 10_000_000;
const attributesMax = 100;

/** An attempt may take half of the time that is left: the other half is for a second one, on a new connection. */
const attemptMsMin = 500;
const pauseMs = { first: 50, max: 1_000 } as const;
/** Deadlines are kept to this precision: one timer serves all hits that wait. */
const sweepMsMin = 20;

interface Item {
  readonly message: Message;
  /** By performance.now(). */
  readonly deadline: number;
  /** Goes in a request of its own: with others it was refused, and they must not suffer for it. */
  alone: boolean;
  done: boolean;
  resolve(): void;
  reject(error: unknown): void;
}

/** A topic of Pub/Sub to publish to: messages that arrive together share requests, and each has its own deadline. */
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

  let waiting: Item[] = [];
  const pending = new Set<Item>();
  let pendingBytes = 0;
  let flights = 0;
  let scheduled = false;
  let failures = 0;
  let pausedUntil = 0;
  let sweeping: NodeJS.Timeout | undefined;
  let closing = false;
  let emptied: (() => void) | undefined;

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
    if (pendingBytes + message.bytes > pendingBytesMax) {
      return Promise.reject(queueDown({ why: `${pendingBytes} bytes wait for Pub/Sub already` }));
    }
    return new Promise((resolve, reject) => {
      const item = {
        message,
        deadline: performance.now() + deadlineMs,
        alone: false,
        done: false,
        resolve,
        reject,
      };
      pending.add(item);
      pendingBytes += message.bytes;
      waiting.push(item);
      sweepAt(item.deadline);
      schedule();
    });
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

  /** After the events at hand: hits that arrived together go together. */
  function schedule(): void {
    if (scheduled || flights >= flightsMax || waiting.length === 0) return;
    scheduled = true;
    const pause = pausedUntil - performance.now();
    if (pause > 0) setTimeout(fly, pause);
    else setImmediate(fly);
  }

  function fly(): void {
    scheduled = false;
    const group = take();
    if (group.length > 0) {
      flights++;
      void send(group).finally(() => {
        flights--;
        schedule();
      });
    }
    schedule();
  }

  function take(): Item[] {
    const group: Item[] = [];
    let bytes = frameBytes;
    let count = 0;
    for (const item of waiting) {
      if (!item.done) {
        const full = group.length >= requestMessagesMax || bytes + item.message.bytes > requestBytesMax;
        if (group.length > 0 && (full || item.alone || group[0]!.alone)) break;
        group.push(item);
        bytes += item.message.bytes;
      }
      count++;
    }
    waiting = count === waiting.length ? [] : waiting.slice(count);
    return group;
  }

  /** Settles the group or lets it wait again; never rejects. */
  async function send(group: Item[]): Promise<void> {
    const left = group.reduce((latest, { deadline }) => Math.max(latest, deadline), 0) - performance.now();
    try {
      const messages = group.map(({ message }) => message);
      await publisher.publish(messages, Math.max(attemptMsMin, left / 2));
      failures = 0;
      pausedUntil = 0;
      for (const item of group) settle(item);
    } catch (error) {
      failed(group, error);
    }
  }

  function failed(group: Item[], error: unknown): void {
    const code = codeOf(error);
    if (code === grpc.status.INVALID_ARGUMENT && group.length > 1) {
      for (const item of group) item.alone = true;
    } else if (passes(code)) {
      failures++;
      const pause = Math.min(pauseMs.max, pauseMs.first * 2 ** Math.min(failures - 1, 10));
      pausedUntil = performance.now() + pause * (0.5 + Math.random() / 2);
    } else {
      for (const item of group) settle(item, error);
      return;
    }
    const live = group.filter(({ done }) => !done);
    // Without time left there is no next attempt: the sender should hear of it with its cause.
    for (const item of live) if (item.deadline <= pausedUntil) settle(item, error);
    waiting = [...live.filter(({ done }) => !done), ...waiting];
  }

  function settle(item: Item, error?: unknown): void {
    if (item.done) return;
    item.done = true;
    pending.delete(item);
    pendingBytes -= item.message.bytes;
    if (error === undefined) item.resolve();
    else item.reject(isProblem(error, queueDown) ? error : queueDown({ why: whyOf(error) }, error));
    if (pending.size === 0) emptied?.();
  }

  function sweepAt(deadline: number): void {
    sweeping ??= setTimeout(sweep, Math.max(sweepMsMin, deadline - performance.now()));
  }

  function sweep(): void {
    sweeping = undefined;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    let expired = false;
    for (const item of pending) {
      if (item.deadline <= now) {
        settle(item, queueDown({ why: "Pub/Sub did not answer in time" }));
        expired = true;
      } else next = Math.min(next, item.deadline);
    }
    // Their bodies must not stay in memory until a request ends.
    if (expired) waiting = waiting.filter(({ done }) => !done);
    if (next < Number.POSITIVE_INFINITY) sweepAt(next);
  }

  async function close(): Promise<void> {
    closing = true;
    if (pending.size > 0) await new Promise<void>((resolve) => (emptied = resolve));
    if (sweeping !== undefined) clearTimeout(sweeping);
    channel.close();
  }

  return { publish, check: () => publisher.check(), close };
}
