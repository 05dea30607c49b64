import { setTimeout } from "node:timers/promises";
import { emulatedProject } from "../../infra/emulated/emulators.ts";

/** A topic of its own with a subscription that keeps everything: what was acknowledged is
 *  counted where it must be. */
export interface FarSide {
  /** `projects/P/topics/T`. */
  readonly topic: string;
  /** Takes what waits. @throws Error unless so many more messages are there */
  take(hits: number): Promise<void>;
}

const takeMsMax = 90_000;
/** The emulator now and then leases messages and sends them to nobody: they come again after so long. */
const ackDeadlineSeconds = 10;
const emptyPauseMs = 20;

/** @param address of the Pub/Sub emulator */
export async function openFarSide(address: string, name: string): Promise<FarSide> {
  const topic = `projects/${emulatedProject}/topics/${name}`;
  const subscription = `projects/${emulatedProject}/subscriptions/${name}`;

  async function ask(method: string, path: string, body: object) {
    const answer = await fetch(`http://${address}/v1/${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${text}`);
    return JSON.parse(text) as {
      receivedMessages?: { ackId: string; message: { messageId: string } }[];
    };
  }

  /** A message may come twice; it counts once. */
  const seen = new Set<string>();
  let acknowledged = 0;

  async function pull(): Promise<void> {
    const { receivedMessages = [] } = await ask("POST", `${subscription}:pull`, {
      maxMessages: 1_000,
      returnImmediately: true,
    });
    if (receivedMessages.length === 0) return setTimeout(emptyPauseMs);
    for (const { message } of receivedMessages) seen.add(message.messageId);
    const ackIds = receivedMessages.map(({ ackId }) => ackId);
    await ask("POST", `${subscription}:acknowledge`, { ackIds });
  }

  await ask("PUT", topic, {});
  await ask("PUT", subscription, { topic, ackDeadlineSeconds });
  return {
    topic,
    async take(hits) {
      acknowledged += hits;
      const end = performance.now() + takeMsMax;
      while (seen.size < acknowledged && performance.now() < end) await pull();
      if (seen.size < acknowledged)
        throw new Error(`${acknowledged} hits were acknowledged and only ${seen.size} are in ${topic}.`);
    },
  };
}
