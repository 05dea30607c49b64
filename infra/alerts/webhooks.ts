import { createHmac } from "node:crypto";
import { configInvalid } from "../../functions/problems.ts";
import type { Channel, Message } from "../../functions/health/alerts.ts";

/** Alerts by HTTP: to a chat, and as JSON that is signed by Standard Webhooks. */

const deadlineMs = 15_000;

/** What incoming webhooks of Slack, Mattermost, Google Chat and Teams take. */
function chatChannel(url: string): Channel {
  return {
    name: "chat",
    send: ({ text }) => post(url, JSON.stringify({ text }), {}),
  };
}

/** @param secret `whsec_` and base64
 *  Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function webhookChannel(url: string, secret: string, now: () => number): Channel {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  return {
    name: "webhook",
    send({ id, type, at, ...data }: Message) {
      const { about, badge, since, text } = data;
      const body = JSON.stringify({
        type,
        timestamp: new Date(at).toISOString(),
        data: { about, badge, since: new Date(since).toISOString(), text },
      });
      const seconds = Math.floor(now() / 1000);
      const signature = createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
      return post(url, body, {
        "webhook-id": id,
        "webhook-timestamp": String(seconds),
        "webhook-signature": `v1,${signature}`,
      });
    },
  };
}

/** The address is a secret: chats know their callers by it. */
async function post(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<void> {
  let status: number;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
      redirect: "error",
      signal: AbortSignal.timeout(deadlineMs),
    });
    await response.body?.cancel();
    ({ status } = response);
  } catch (error) {
    throw new Error("The server did not answer.", { cause: error });
  }
  if (status < 200 || status > 299) throw new Error(`The server answered ${status}.`);
}

/** As the environment names them. */
export function channelsOf(
  config: { ALERTS_CHAT_URL?: string; ALERTS_WEBHOOK_URL?: string; ALERTS_WEBHOOK_SECRET?: string },
  now: () => number,
): Channel[] {
  const { ALERTS_CHAT_URL: chat, ALERTS_WEBHOOK_URL: url, ALERTS_WEBHOOK_SECRET: secret } = config;
  if (url !== undefined && secret === undefined)
    throw configInvalid({
      problems: "ALERTS_WEBHOOK_URL is given and ALERTS_WEBHOOK_SECRET is not; allowed are both or neither",
    });
  return [
    ...(chat === undefined ? [] : [chatChannel(chat)]),
    ...(url === undefined || secret === undefined ? [] : [webhookChannel(url, secret, now)]),
  ];
}
