import { createHash, randomUUID } from "node:crypto";
import { SubscriberClient } from "@google-cloud/pubsub/build/src/v1/subscriber_client.js";
import { grpc } from "google-gax";
import { elapsedMs } from "../../../functions/elapsed.ts";
import { type Attributes, fromAttributes } from "../../../functions/hit.ts";
import type { Missed } from "../../../functions/hits/missed.ts";
import { sentOf } from "../../../functions/hits/sought.ts";
import type { Log } from "../../../functions/log.ts";
import { notHere, tailFull } from "../../../functions/problems.ts";
import { followersMax, type Tail, type TailEvent, toTailed } from "../../../functions/hits/tail.ts";
import { codeOf, openChannel, routed, unary, whyOf } from "../channel.ts";

/** Hits as they arrive, each viewer by a subscription of their own to the topic of hits: they pass through
 *  many instances of collect. It is named by who watches, so that any instance goes on with it, and keeps
 * what comes for 15 minutes.
 *
 *  Needs on the project `pubsub.subscriptions.{create,list,update,consume,delete}`, and on the topic
 *  `pubsub.topics.attachSubscription`. */
export interface TailConfig {
  readonly project: string;
  /** Its short name. */
  readonly topic: string;
  readonly emulator?: string;
  readonly log: Log;
  /** Unix ms. */
  readonly now: () => number;
  /** What came since then (Unix ms), as far as rows tell. */
  readonly missed: (streamId: string, since: number) => Promise<Missed[]>;
  /** For tests. */
  readonly streamMs?: number;
  readonly heartbeatMs?: number;
}

/** Before the platform would cut it off: the viewer comes back, perhaps to another instance. */
const streamMsUsual = 240_000;
const heartbeatMsUsual = 10_000;
/** Pub/Sub keeps no less than 10 minutes. */
const keptSeconds = 15 * 60;
/** Pub/Sub removes one that nobody uses after a day, the least that it takes. Each hit costs while it is
 *  there: whoever watches next removes those that are over. */
const expirySeconds = 24 * 60 * 60;
/** The least that Pub/Sub takes. */
const ackDeadlineSeconds = 10;
/** What was sent so long ago has arrived, or the connection has ended: what is not acked comes again. */
const ackAfterMs = 5_000;
const callMs = 10_000;
const pulledMax = 100;

/** How a pull ends that brought nothing: at our end of the wait, or at Pub/Sub's. */
const waited: ReadonlySet<number> = new Set([grpc.status.DEADLINE_EXCEEDED, grpc.status.CANCELLED]);

interface Pulled {
  ackId: string;
  message: { data?: Uint8Array | null; attributes?: Attributes | null };
}

export function openTail(config: TailConfig): Tail {
  const { log, now, missed } = config;
  const { streamMs = streamMsUsual, heartbeatMs = heartbeatMsUsual } = config;
  const subscriptions = openSubscriptions(config);
  const closing = new AbortController();
  let followers = 0;
  let lastId = 0;
  /** Grows everywhere, and tells when it was given. */
  const nextId = () => (lastId = Math.max(lastId + 1, now() * 1_000));

  async function* events(
    streamId: string,
    { end, lastEventId, viewer }: { end: AbortSignal; lastEventId: number | undefined; viewer: string },
  ): AsyncGenerator<TailEvent, void> {
    const name = subscriptions.nameOf(viewer);
    const wasThere = await subscriptions.ensure(name, streamId);
    // Not before: what arrives from now on is shown.
    yield { kind: "heartbeat", at: now() };
    yield* missing(streamId, lastEventId, wasThere);
    await subscriptions.sweep();
    const began = elapsedMs();
    let beatAt = began + heartbeatMs;
    let sent: { ackId: string; at: number }[] = [];
    while (!end.aborted && elapsedMs() - began < streamMs) {
      const left = Math.min(beatAt, began + streamMs) - elapsedMs();
      for (const { ackId, message } of await subscriptions.pull(name, Math.max(1, left), end)) {
        const hit = fromAttributes(message.attributes ?? {}, message.data ?? new Uint8Array());
        // The emulator ignores filters; what was refused is no hit, and is counted elsewhere.
        const isMeant = hit !== undefined && hit.stream_id === streamId && hit.refused !== true;
        sent.push({ ackId, at: isMeant ? elapsedMs() : -Infinity });
        if (isMeant) yield { kind: "hit", id: nextId(), hit: toTailed(hit), sent: sentOf(hit) };
      }
      const arrived = sent.filter(({ at }) => at <= elapsedMs() - ackAfterMs);
      sent = sent.filter(({ at }) => at > elapsedMs() - ackAfterMs);
      if (arrived.length > 0)
        await subscriptions.ack(
          name,
          arrived.map(({ ackId }) => ackId),
        );
      if (elapsedMs() < beatAt) continue;
      yield { kind: "heartbeat", at: now() };
      beatAt = elapsedMs() + heartbeatMs;
    }
  }

  /** Where the subscription was gone meanwhile, or kept no longer what came. */
  async function* missing(
    streamId: string,
    lastEventId: number | undefined,
    wasThere: boolean,
  ): AsyncGenerator<TailEvent, void> {
    if (lastEventId === undefined) return;
    const since = lastEventId / 1_000;
    if (wasThere && now() - since < keptSeconds * 1_000) return;
    try {
      for (const one of await missed(streamId, since)) yield { kind: "hit", id: nextId(), ...one };
    } catch (error) {
      log("WARNING", "What a viewer of Live missed could not be read from the rows.", {
        event: "live_not_filled",
        detail: whyOf(error),
      });
    }
    // Rows come later than hits, and not all of them were asked for.
    yield { kind: "left_out" };
  }

  return {
    stored: () => undefined,
    follow(streamId, { gone, lastEventId, viewer = randomUUID() }) {
      if (followers >= followersMax) throw tailFull({ followersMax });
      followers++;
      const end = AbortSignal.any([gone, closing.signal]);
      let left = false;
      const leave = () => {
        if (!left) followers--;
        left = true;
      };
      end.addEventListener("abort", leave, { once: true });
      if (end.aborted) leave();
      const following = events(streamId, { end, lastEventId, viewer: `${viewer} ${streamId}` });
      return (async function* () {
        try {
          yield* following;
        } catch (error) {
          if (end.aborted) return;
          log("WARNING", "Hits cannot be followed: their subscription does not answer.", {
            event: "live_failed",
            detail: whyOf(error),
          });
          throw error;
        } finally {
          leave();
        }
      })();
    },
    close() {
      closing.abort();
      subscriptions.close();
    },
  };
}

/** Where the operator grants no subscriptions. */
export const noTail: Tail = {
  stored: () => undefined,
  follow: () => {
    throw notHere({
      what: "Following the hits of a stream (admin.live of Terraform)",
      instead: "read its newest rows (afterclick rows TABLE), or look for one hit (afterclick hit HIT_ID)",
    });
  },
  close: () => undefined,
};

function openSubscriptions({ project, topic, emulator, log, now }: TailConfig) {
  const channel = openChannel((options) => new SubscriberClient(options), emulator);
  const prefix = `projects/${project}/subscriptions/${topic}-live-`;
  const call = async <Answer>(
    method: string,
    request: object,
    sending: { deadlineMs: number; signal?: AbortSignal } = { deadlineMs: callMs },
  ) => {
    const client = await channel.open(callMs);
    const { subscription } = request as { subscription?: unknown };
    const params: Record<string, string> =
      typeof subscription === "string" ? { subscription } : { project: `projects/${project}` };
    return unary<Answer>(client, method, request, { metadata: routed(params), ...sending });
  };
  const until = () => String(Math.round(now() / 1_000) + keptSeconds);

  /** @returns whether it was there */
  async function ensure(name: string, streamId: string): Promise<boolean> {
    const labels = { product: "afterclick", until: until() };
    try {
      await call("createSubscription", {
        name,
        topic: `projects/${project}/topics/${topic}`,
        ackDeadlineSeconds,
        messageRetentionDuration: { seconds: keptSeconds },
        expirationPolicy: { ttl: { seconds: expirySeconds } },
        filter: `attributes.stream_id = "${streamId}"`,
        labels,
      });
      return false;
    } catch (error) {
      if (codeOf(error) !== grpc.status.ALREADY_EXISTS) throw error;
    }
    try {
      await call("updateSubscription", { subscription: { name, labels }, updateMask: { paths: ["labels"] } });
    } catch (error) {
      // The emulator takes no labels. Swept too early, it is made anew when its viewer comes back, and filled
      // from the rows.
      log("INFO", "A viewer's subscription keeps its former end.", {
        event: "live_not_prolonged",
        detail: whyOf(error),
      });
    }
    return true;
  }

  /** None where nothing came in that time, or nobody waits any more. */
  async function pull(subscription: string, waitMs: number, end: AbortSignal): Promise<Pulled[]> {
    const request = { subscription, maxMessages: pulledMax };
    try {
      const { receivedMessages = [] } = await call<{ receivedMessages?: Pulled[] }>("pull", request, {
        deadlineMs: waitMs,
        signal: end,
      });
      return receivedMessages;
    } catch (error) {
      if (end.aborted || waited.has(codeOf(error))) return [];
      throw error;
    }
  }

  /** Removes what nobody came back to. */
  async function sweep(): Promise<void> {
    type Listed = { subscriptions?: { name: string; labels?: Record<string, string> }[] };
    try {
      const listed = await call<Listed>("listSubscriptions", {
        project: `projects/${project}`,
        pageSize: 1_000,
      });
      const over = (listed.subscriptions ?? []).filter(
        ({ name, labels }) => name.startsWith(prefix) && Number(labels?.["until"] ?? 0) * 1_000 < now(),
      );
      for (const { name } of over) await call("deleteSubscription", { subscription: name });
    } catch (error) {
      log("INFO", "Subscriptions of viewers who are gone could not be removed; they end within a day.", {
        event: "live_not_swept",
        detail: whyOf(error),
      });
    }
  }

  return {
    nameOf: (viewer: string) => prefix + createHash("sha256").update(viewer).digest("hex").slice(0, 24),
    ensure,
    pull,
    sweep,
    ack: (subscription: string, ackIds: readonly string[]) => call("acknowledge", { subscription, ackIds }),
    close: () => channel.close(),
  };
}
