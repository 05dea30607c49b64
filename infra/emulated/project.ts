import { emulatedProject as project } from "./emulators.ts";

/** What Terraform makes in the cloud, made by hand on the emulators: topics, subscriptions,
 *  datasets and one stream. */

export const topic = `projects/${project}/topics/hits`;
export const retryTopic = `projects/${project}/topics/retries`;
export const jobsTopic = `projects/${project}/topics/jobs`;
const jobsSubscription = `projects/${project}/subscriptions/jobs`;
const deadTopic = `projects/${project}/topics/dead`;
export const subscription = `projects/${project}/subscriptions/deliver`;
export const retrySubscription = `projects/${project}/subscriptions/retried`;
const parked = `projects/${project}/subscriptions/parked`;

export interface QueueOptions {
  /** Where deliver takes pushes. */
  readonly deliverUrl: string;
  /** Where admin takes the steps of jobs; nobody does where left out. */
  readonly adminUrl?: string;
  /** Attempts after the first before a hit is given up; 100 where left out, as in the cloud. */
  readonly attemptsMax?: number;
  /** How long a push may take, and when a push whose answer was lost comes again; 60 where left out. */
  readonly ackDeadlineSeconds?: number;
}

/** @param address of the Pub/Sub emulator, which forgets all of this when it stops */
export async function makeQueue(address: string, options: QueueOptions): Promise<void> {
  const put = (name: string, body: object) => ask("PUT", `http://${address}/v1/${name}`, body);
  const { deliverUrl, adminUrl, attemptsMax = 100, ackDeadlineSeconds = 60 } = options;
  // No retry_policy: with one, the emulator never pushes again what was refused twice.
  // Without, it comes again at once.
  const deadLetterPolicy = {
    deadLetterTopic: deadTopic,
    maxDeliveryAttempts: attemptsMax,
  };
  await put(topic, {});
  await put(retryTopic, {});
  await put(deadTopic, {});
  await put(jobsTopic, {});
  if (adminUrl !== undefined)
    await put(jobsSubscription, {
      topic: jobsTopic,
      pushConfig: { pushEndpoint: `${adminUrl}/jobs/step` },
      ackDeadlineSeconds: 300,
    });
  await put(parked, {
    topic: deadTopic,
    pushConfig: { pushEndpoint: `${deliverUrl}/parked` },
    ackDeadlineSeconds,
  });
  await put(retrySubscription, {
    topic: retryTopic,
    pushConfig: { pushEndpoint: `${deliverUrl}/retried` },
    ackDeadlineSeconds,
    deadLetterPolicy,
  });
  await put(subscription, {
    topic,
    pushConfig: { pushEndpoint: deliverUrl },
    ackDeadlineSeconds,
  });
}

/** @param address of the BigQuery emulator's REST door */
export async function makeDatasets(address: string, names: readonly string[]): Promise<void> {
  for (const datasetId of names) {
    const datasetReference = { projectId: project, datasetId };
    await ask("POST", `http://${address}/bigquery/v2/projects/${project}/datasets`, {
      datasetReference,
      location: "EU",
    });
  }
}

/** @param address of the Firestore emulator
 *  @param document of texts alone */
export async function registerStream(
  address: string,
  id: string,
  document: Readonly<Record<string, string>>,
): Promise<void> {
  const fields = Object.fromEntries(
    Object.entries(document).map(([name, stringValue]) => [name, { stringValue }]),
  );
  const path = `/v1/projects/${project}/databases/(default)/documents/streams/${id}`;
  await ask("PATCH", `http://${address}${path}`, { fields });
}

async function ask(method: string, url: string, body: object): Promise<void> {
  const answer = await fetch(url, {
    method,
    // The word by which the Firestore emulator knows a caller whom no security rule binds.
    headers: {
      "content-type": "application/json",
      authorization: "Bearer owner",
    },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: HTTP ${answer.status} ${text}`);
}
