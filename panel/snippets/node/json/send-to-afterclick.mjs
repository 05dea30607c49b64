// Tells Afterclick that an order was delivered. Node 18 or newer, nothing to install. Call
// send() from a job or a queue worker, never inside the checkout request or a database
// transaction: with all its pauses it may take 45 minutes.
import { setTimeout as sleep } from "node:timers/promises";

const endpoint = "https://in.example.com/ds/STREAM_ID";
const timeoutMs = 10_000; // for each try
const pauses = [1, 5, 30, 300, 1800]; // seconds between the tries

/** Sends the same bytes under the same name until they are stored, and returns the hit_id.
 *  Throws where they are refused, or where all tries have failed: call it again later with the
 *  same arguments, nothing is stored twice. */
async function send(webhookId, contentType, body) {
  for (const pause of [...pauses, undefined]) {
    const { status, hitId, retryAfter, said } = await attempt(webhookId, contentType, body);
    if (status === 200 && hitId) {
      console.log(`${webhookId} is stored as hit ${hitId}`);
      return hitId;
    }
    const again = [0, 408, 429].includes(status) || status >= 500;
    if (!again || pause === undefined) {
      throw new Error(`${webhookId} is not stored: HTTP ${status} ${said}`);
    }
    // 20 % more or less: not all senders at once. Never sooner than the server asks.
    const wait = Math.max(pause * (0.8 + 0.4 * Math.random()), Math.min(retryAfter, 3600));
    console.warn(`${webhookId}: HTTP ${status} ${said}, next try in ${wait.toFixed()} s`);
    await sleep(wait * 1000);
  }
}

async function attempt(webhookId, contentType, body) {
  try {
    const answer = await fetch(endpoint, {
      method: "POST",
      headers: { "content-type": contentType, "webhook-id": webhookId },
      body,
      redirect: "manual", // a redirected POST arrives without its body
      signal: AbortSignal.timeout(timeoutMs),
    });
    return {
      status: answer.status,
      hitId: answer.headers.get("afterclick-hit-id"),
      retryAfter: Number(answer.headers.get("retry-after")) || 0,
      said: await answer.text(),
    };
  } catch (error) {
    const why = error.cause?.message ?? error.message;
    return { status: 0, retryAfter: 0, said: `no answer: ${why}` };
  }
}

// An example: order N1 was delivered.
const order = { orderId: "N1", status: "delivered", total: "120.13", userId: "U1" };
const changedAt = 1579478400; // when the status changed, from your database; not now
// The id names this fact: the same in each try and after a restart of the job.
const webhookId = `order-${order.orderId}-${order.status}-${changedAt}`;
// Built once, and always the same bytes.
const body = JSON.stringify(order);
await send(webhookId, "application/json", body);
