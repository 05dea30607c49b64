import { readStep, type Jobs, type WorkStep } from "../../../functions/jobs.ts";
import type { Log } from "../../../functions/log.ts";
import { badRequest, methodNotAllowed } from "../../../functions/problems.ts";
import type { Handler } from "../../../functions/request.ts";
import { work as inPieces } from "../../../functions/turn.ts";
import { parsePush } from "./push.ts";
import { openTopic, type TopicConfig } from "./topic.ts";

/** Jobs over a topic of their own, which pushes each step to admin: an instance has no
 *  CPU but while it answers. */
export function openJobs(config: TopicConfig): Jobs & { close(): Promise<void> } {
  const topic = openTopic(config);
  return {
    next: (step) => topic.publish({}, Buffer.from(JSON.stringify(step)), { deadlineMs: publishDeadlineMs }),
    close: topic.close,
  };
}

const publishDeadlineMs = 10_000;
/** A step has some 120 bytes. */
const pushBytesMax = 64 * 1024;

/** Where the topic's push subscription calls. */
const stepsPath = "/jobs/step";

/** 204 is an ack, 503 a nack: the same step comes again after a pause.
 *
 *  Cloud Run lets nobody through but who may call admin, and takes away the signature by which we could tell
 *  that it is Pub/Sub; what a step holds is known to nobody else. */
export function withSteps({ work, log }: { work: WorkStep; log: Log }, faces: Handler): Handler {
  return async (request) => {
    if (request.path !== stepsPath) return faces(request);
    if (request.method !== "POST") throw methodNotAllowed({ method: request.method, allow: "POST" });
    const body = await request.body(pushBytesMax);
    const push = await inPieces(body.length, parsePush(body));
    if (push === undefined) throw badRequest({ what: "The body is not a push message of Pub/Sub." });
    const step = stepIn(push.body);
    if (step === undefined) {
      log("ERROR", "A message that is no step of a job is gone: somebody else publishes into the topic.", {
        event: "foreign_message",
        message_id: push.messageId,
      });
      return { status: 204 };
    }
    if ((await work(step)) === "ack") return { status: 204 };
    return {
      status: 503,
      headers: { "content-type": "text/plain; charset=utf-8" },
      body: "The step cannot be worked on yet; it comes again.\n",
    };
  };
}

function stepIn(body: Uint8Array) {
  try {
    return readStep(JSON.parse(Buffer.from(body).toString()));
  } catch {
    return undefined;
  }
}
