import { fromAttributes, type Attributes, type Hit } from "../../../functions/hit.ts";
import type { Log } from "../../../functions/log.ts";
import { badRequest, methodNotAllowed, notFound } from "../../../functions/problem.ts";
import type { Deliver } from "../../../functions/queue.ts";
import { work, type Work } from "../../../functions/turn.ts";
import type { Handler, Reply } from "../../../functions/request.ts";

/** The largest push there can be: a message of 10,000,000 bytes in base64, with its attributes. One that is refused for its
 *  size would come again until its retention ends. Source: https://cloud.google.com/pubsub/quotas */
export const pushBytesMax = 16 * 1024 * 1024;

export interface Push {
  /** Absent where the message is none of ours: somebody else published into the topic. */
  readonly hit?: Hit;
  readonly messageId: string;
  /** Which attempt this is, from 1; only where the subscription has a dead-letter policy. */
  readonly attempt?: number;
  readonly subscription?: string;
}

/** Reads the wrapped body of a push itself: the Functions Framework calls a function with an empty event, and answers
 *  with an acknowledgement, where it does not understand one.
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
    ...(hit !== undefined && { hit }),
    ...(typeof deliveryAttempt === "number" && { attempt: deliveryAttempt }),
    ...(typeof subscription === "string" && { subscription }),
  };
}

/** Where Pub/Sub's push subscriptions call: `/` for the hits, `/parked` for those that Pub/Sub gave up on.
 *  204 is an ack; 503 is a nack, which Pub/Sub repeats with growing pauses; 400 is no push of Pub/Sub.
 *  Who may call is for Cloud Run to decide (`roles/run.invoker`), before this is reached. */
export function pushHandler(deliver: Deliver, log: Log): Handler {
  return async (request) => {
    if (request.path !== "/" && request.path !== "/parked") throw notFound();
    if (request.method !== "POST") throw methodNotAllowed({ method: request.method, allow: "POST" });
    const body = await request.body(pushBytesMax);
    // The text of the body and the bytes in it are in memory as well.
    request.hold(body.length * 2);
    const push = await work(body.length, parsePush(body));
    if (push === undefined) throw badRequest({ what: "The body is not a push message of Pub/Sub." });
    const parked = request.path === "/parked";
    if (push.hit === undefined) return foreign(push, parked, log);
    const verdict = await (parked ? deliver.park(push.hit) : deliver.deliver(push.hit));
    return verdict === "ack" ? ack : nack("The hit could not be delivered yet; it comes again.");
  };
}

/** Nobody can deliver a message that is no hit. It is refused until Pub/Sub gives up on it and moves it to the dead-letter
 *  topic; there it is named in the log, loudly, and let go. Without a body: it may hold anything. */
function foreign({ messageId, subscription }: Push, parked: boolean, log: Log): Reply {
  const named = {
    event: "foreign_message",
    message_id: messageId,
    subscription,
  };
  if (!parked) {
    log("WARNING", "A message in the topic is no hit: somebody else publishes there. It is refused.", named);
    return nack("The message is no hit.");
  }
  log(
    "ERROR",
    "A message that is no hit was given up on and is gone: somebody else publishes into the topic.",
    named,
  );
  return ack;
}

const ack: Reply = { status: 204 };

function nack(why: string): Reply {
  return {
    status: 503,
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: `${why}\n`,
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
