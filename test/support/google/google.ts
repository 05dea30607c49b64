import { randomUUID } from "node:crypto";
import { pushHandler } from "../../../infra/google/queue/push.ts";
import type { Topic } from "../../../infra/google/queue/topic.ts";
import { openDoor, type Door } from "../../../infra/http.ts";
import type { Deliver } from "../../../functions/queue.ts";

/** What Terraform makes in the cloud, made in the emulators over their REST doors. */

export const project = "afterclick-test";
const quiet = () => undefined;

export function freshName(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`;
}

/** @param address of the Pub/Sub emulator */
export async function createTopic(address: string, topic: string): Promise<void> {
  await put(`http://${address}/v1/projects/${project}/topics/${topic}`, {});
}

export interface PushOptions {
  /** An empty one makes it wait. */
  readonly url: string;
  readonly deadLetterTopic?: string;
  readonly attemptsMax?: number;
}

/** A push subscription with the pauses that the emulator can make short. */
export async function createSubscription(
  address: string,
  topic: string,
  subscription: string,
  push?: PushOptions,
): Promise<void> {
  await put(`http://${address}/v1/projects/${project}/subscriptions/${subscription}`, {
    topic: `projects/${project}/topics/${topic}`,
    ackDeadlineSeconds: 60,
    retryPolicy: { minimumBackoff: "0.1s", maximumBackoff: "5s" },
    ...(push && push.url !== "" && { pushConfig: { pushEndpoint: push.url } }),
    ...(push?.deadLetterTopic && {
      deadLetterPolicy: {
        deadLetterTopic: `projects/${project}/topics/${push.deadLetterTopic}`,
        maxDeliveryAttempts: push.attemptsMax ?? 100,
      },
    }),
  });
}

/** Where the subscription pushes to; an empty one makes it wait. */
export async function setPushEndpoint(address: string, subscription: string, url: string): Promise<void> {
  const path = `http://${address}/v1/projects/${project}/subscriptions/${subscription}:modifyPushConfig`;
  await send("POST", path, {
    pushConfig: url === "" ? {} : { pushEndpoint: url },
  });
}

/** deliver's door, as the entry opens it. */
export function openPushDoor(deliver: Deliver, retries: Pick<Topic, "publish">): Promise<Door> {
  return openDoor(pushHandler({ deliver, retries, log: quiet }), {
    host: "127.0.0.1",
    port: 0,
    log: quiet,
  });
}

function put(url: string, body: object): Promise<void> {
  return send("PUT", url, body);
}

async function send(method: string, url: string, body: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, {
    method,
    headers,
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${text}`);
}

/** A document as the console or Terraform would write it. @param address of the Firestore emulator */
export async function putDocument(
  address: string,
  inProject: string,
  id: string,
  document: unknown,
): Promise<void> {
  const { fields } = (restValue(document) as { mapValue: { fields: object } }).mapValue;
  await putFields(address, inProject, id, fields);
}

/** @param fields typed, as Firestore's REST API has them, e.g.
 *  `{ at: { timestampValue: "2026-01-02T03:04:05Z" } }` */
export async function putFields(
  address: string,
  inProject: string,
  id: string,
  fields: object,
): Promise<void> {
  const path = `/v1/projects/${inProject}/databases/(default)/documents/streams/${encodeURIComponent(id)}`;
  await send("PATCH", `http://${address}${path}`, { fields });
}

function restValue(value: unknown): object {
  if (value === null) return { nullValue: null };
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { booleanValue: value };
  if (typeof value === "number")
    return Number.isInteger(value) ? { integerValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(restValue) } };
  const fields = Object.fromEntries(
    Object.entries(value as object).map(([name, inner]) => [name, restValue(inner)]),
  );
  return { mapValue: { fields } };
}
