import { fromAttributes, type Attributes, type Hit } from "../../../functions/hit.ts";
import type { Log } from "../../../functions/log.ts";
import { badRequest, methodNotAllowed, notFound } from "../../../functions/problems.ts";
import type { Deliver, Verdict } from "../../../functions/queue.ts";
import { work, type Work } from "../../../functions/turn.ts";
import type { Handler, Reply } from "../../../functions/request.ts";
import { whyOf } from "../channel.ts";
import type { Topic } from "./topic.ts";

/** The largest push there can be: a message of 10,000,000 bytes in base64, with its attributes. One that is
 *  refused for its size would come again until its retention ends. Source:
 *  https://cloud.google.com/pubsub/quotas */
export const pushBytesMax = 16 * 1024 * 1024;

export interface Push {
  /** Absent where the message is none of ours: somebody else published into the topic. */
  readonly hit?: Hit;
  /** As they came, also those that no hit has: with them the message can be published again. */
  readonly attributes: Attributes;
  readonly body: Uint8Array;
  readonly messageId: string;
  /** Which attempt this is, from 1; only where the subscription has a dead-letter policy. */
  readonly attempt?: number;
  readonly subscription?: string;
}

/** Reads the wrapped body of a push itself: the Functions Framework calls a function with an empty event, and
 *  answers with an acknowledgement, where it does not understand one.
 *  @returns undefined where the body is no push of Pub/Sub
 *  Source: https://cloud.google.com/pubsub/docs/push#receive_push */
export function* parsePush(body: Uint8Array): Work<Push | undefined> {
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString("utf8");
  yield;
  let push: unknown;
  try {
    push = JSON.parse(text);
  } catch {
    return undefined;
  }
  yield;
  if (!isObject(push) || !isObject(push["message"])) return undefined;
  const { data = "", attributes = {}, messageId } = push["message"];
  if (typeof messageId !== "string" || typeof data !== "string" || !isTexts(attributes)) return undefined;
  const bytes = Buffer.from(data, "base64");
  // Node leaves out what is no base64: bytes would be missing in silence.
  if (data.length % 4 !== 0 || bytes.length !== decodedBytes(data)) return undefined;
  const hit = fromAttributes(attributes, bytes);
  const { deliveryAttempt, subscription } = push;
  return {
    messageId,
    attributes,
    body: bytes,
    ...(hit !== undefined && { hit }),
    ...(typeof deliveryAttempt === "number" && { attempt: deliveryAttempt }),
    ...(typeof subscription === "string" && { subscription }),
  };
}

/** How long the retry topic may take to keep a hit. A push lives long enough for an append
 *  that hangs and for this. */
const retryDeadlineMs = 10_000;

interface PushPorts {
  readonly deliver: Deliver;
  /** The retry topic. */
  readonly retries: Pick<Topic, "publish">;
  readonly log: Log;
}

/** Where Pub/Sub's push subscriptions call: `/` for the hits, `/retried` for those of the retry topic,
 *  `/parked` for those that Pub/Sub gave up on. 204 is an ack, 503 a nack, 400 is no push of Pub/Sub.
 *
 *  Each nack makes Pub/Sub slow down a whole subscription (push backoff), for up to a minute at five nacks a
 *  second, and no setting changes that. So a hit that comes later is published to the retry topic, as it
 *  came, and acked. That topic's subscription is the one that is refused and slowed down; it counts the
 *  attempts, pauses between them and gives up.
 *  Source: https://cloud.google.com/pubsub/docs/push#push_backoff
 *
 *  Who may call is for Cloud Run to decide (`roles/run.invoker`), before this is reached. */
export function pushHandler({ deliver, retries, log }: PushPorts): Handler {
  const doors: Readonly<Record<string, (push: Push) => Promise<Reply>>> = {
    "/": async (push) => {
      const verdict = push.hit === undefined ? foreign(push, "later", log) : await deliver.deliver(push.hit);
      return verdict === "later" ? retryLater(push) : replyOf(verdict);
    },
    "/retried": async (push) =>
      replyOf(push.hit === undefined ? foreign(push, "later", log) : await deliver.deliver(push.hit)),
    "/parked": async (push) =>
      replyOf(push.hit === undefined ? foreign(push, "ack", log) : await deliver.park(push.hit)),
  };

  /** Acked only once the retry topic has it: until then the message is nowhere else. */
  async function retryLater({ attributes, body, messageId }: Push): Promise<Reply> {
    try {
      await retries.publish(attributes, body, { deadlineMs: retryDeadlineMs });
      return replyOf("ack");
    } catch (error) {
      log("ERROR", "The retry topic takes nothing: a hit is refused, and all deliveries slow down.", {
        event: "retry_failed",
        message_id: messageId,
        cause: whyOf(error instanceof Error && error.cause !== undefined ? error.cause : error),
      });
      return replyOf("nack");
    }
  }

  return async (request) => {
    const door = doors[request.path];
    if (door === undefined) throw notFound();
    if (request.method !== "POST") throw methodNotAllowed({ method: request.method, allow: "POST" });
    const body = await request.body(pushBytesMax);
    // The text of the body and the bytes in it are in memory as well.
    request.hold(body.length * 2);
    const push = await work(body.length, parsePush(body));
    if (push === undefined) throw badRequest({ what: "The body is not a push message of Pub/Sub." });
    return door(push);
  };
}

/** Nobody can deliver a message that is no hit. It comes again until Pub/Sub gives up on it and
 *  moves it to the dead-letter topic; there it is named in the log, loudly, and let go. Without a
 *  body: it may hold anything. */
function foreign({ messageId, subscription }: Push, verdict: "ack" | "later", log: Log): Verdict {
  const named = {
    event: "foreign_message",
    message_id: messageId,
    subscription,
  };
  if (verdict === "later")
    log("WARNING", "A message in the topic is no hit: somebody else publishes there. It comes again.", named);
  else
    log(
      "ERROR",
      "A message that is no hit was given up on and is gone: somebody else publishes into the topic.",
      named,
    );
  return verdict;
}

function replyOf(verdict: Verdict): Reply {
  if (verdict === "ack") return { status: 204 };
  return {
    status: 503,
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: "The message could not be delivered yet; it comes again.\n",
  };
}

function decodedBytes(base64: string): number {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return (base64.length / 4) * 3 - padding;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is Attributes {
  return isObject(value) && Object.values(value).every((text) => typeof text === "string");
}
