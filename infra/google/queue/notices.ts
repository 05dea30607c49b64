import type { Told } from "../../../functions/import/bucket/receive.ts";
import type { Worked } from "../../../functions/import/load/work.ts";
import { toldToLogs } from "../../../functions/import/quotes.ts";
import type { Log } from "../../../functions/log.ts";
import { badRequest, methodNotAllowed, notFound } from "../../../functions/problems.ts";
import type { Handler, Reply } from "../../../functions/request.ts";
import { work as inPieces } from "../../../functions/turn.ts";
import { parsePush } from "./push.ts";
import type { Topic } from "./topic.ts";

/** How import is called: by notices of a bucket, by who knows of work, and by a clock. */

/** A notice has some 2 KB. */
const pushBytesMax = 256 * 1024;
const publishDeadlineMs = 10_000;

/** Has import look for what is to be done: a message that tells of no object. @throws queue_down */
export function wake(topic: Pick<Topic, "publish">): Promise<void> {
  return topic.publish({}, Buffer.from("{}"), { deadlineMs: publishDeadlineMs });
}

type Ended = Exclude<Worked, "one"> | "more";

/** Works on what arrived, in one row for all who ask at once.
 *  @returns `more` where the time is over and files may be left */
export function worker(
  one: () => Promise<Worked>,
  { workMs, elapsedMs }: { workMs: number; elapsedMs: () => number },
): () => Promise<Ended> {
  let running: Promise<Ended> | undefined;
  let isAsked = false;

  async function run(): Promise<Ended> {
    const end = elapsedMs() + workMs;
    let worked: Worked = "none";
    while (isAsked) {
      isAsked = false;
      for (worked = await one(); worked === "one"; worked = await one())
        if (elapsedMs() >= end) return "more";
    }
    return worked === "held" ? "held" : "none";
  }

  return () => {
    isAsked = true;
    running ??= run().finally(() => (running = undefined));
    return running;
  };
}

interface Doors {
  readonly work: () => Promise<Ended>;
  readonly receive: (object: Told) => Promise<boolean>;
  readonly sweep: () => Promise<number>;
  readonly wake: () => Promise<void>;
  readonly bucket: string;
  readonly log: Log;
}

/** 204 is an ack, 503 a nack: the same push comes again after a pause.
 *
 *  Who may call is for Cloud Run to decide (`roles/run.invoker`), before this is reached. */
export function importHandler({ work, receive, sweep, wake, bucket, log }: Doors): Handler {
  async function workOn(): Promise<Reply> {
    switch (await work()) {
      case "none":
        return done;
      case "more":
        // A push of its own goes on with it: a refusal would come again no sooner, and slow down all others.
        await wake();
        return done;
      case "held":
        return later;
    }
  }

  return async (request) => {
    const { path, method } = request;
    if (path !== "/" && path !== "/sweep") throw notFound();
    if (method !== "POST") throw methodNotAllowed({ method, allow: "POST" });
    const body = await request.body(pushBytesMax);
    const push = path === "/" ? await inPieces(body.length, parsePush(body)) : undefined;
    if (path === "/" && push === undefined)
      throw badRequest({ what: "The body is not a push message of Pub/Sub." });
    try {
      const object = push && objectIn(push.attributes, bucket);
      if (object !== undefined) await receive(object);
      if (path === "/sweep") await sweep();
      return await workOn();
    } catch (error) {
      log("WARNING", "Files of backend events could not be worked on; it is tried again.", {
        event: "file_not_worked_on",
        ...toldToLogs(error),
      });
      return later;
    }
  };
}

const done: Reply = { status: 204 };
const later: Reply = {
  status: 503,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: "It cannot be worked on yet; it comes again.\n",
};

/** The object that a notice tells of; undefined of a message that tells of none.
 *  Source: https://cloud.google.com/storage/docs/pubsub-notifications#attributes */
function objectIn(
  { eventType, bucketId, objectId, objectGeneration }: Readonly<Record<string, string>>,
  bucket: string,
): Told | undefined {
  if (eventType !== "OBJECT_FINALIZE" || bucketId !== bucket) return undefined;
  if (objectId === undefined || !/^\d{1,19}$/.test(objectGeneration ?? "")) return undefined;
  return { name: objectId, generation: objectGeneration! };
}
