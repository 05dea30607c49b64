// Tells Afterclick that an order was delivered. Google Apps Script, V8 runtime. Run install()
// once by hand. Then call sendToAfterclick from a trigger (onFormSubmit, a daily one), never
// from code that a customer waits for. What is not stored yet lies in the script's properties:
// a run may take 6 minutes only, so that the long pauses are waited for by the trigger of
// install().

const ENDPOINT = "https://in.example.com/ds/STREAM_ID";
const PAUSES = [1, 5, 30, 300, 1800]; // seconds between the tries
const WAITING = "afterclick waiting ";
const FAILED = "afterclick failed "; // look at these in the project's settings, Script properties

function install() {
  ScriptApp.newTrigger("sendWaiting").timeBased().everyMinutes(5).create();
}

/** Sends the same bytes under the same name until they are stored. Google ends each try itself:
 *  UrlFetchApp has no setting for the 10 s that other languages take. */
function sendToAfterclick(webhookId, contentType, body) {
  const waiting = { contentType, body, tried: 0, due: 0 };
  PropertiesService.getScriptProperties().setProperty(WAITING + webhookId, JSON.stringify(waiting));
  sendWaiting();
}

/** Sends what waits and is due; the trigger calls it as well. */
function sendWaiting() {
  const lock = LockService.getScriptLock();
  if (!lock.tryLock(1000)) return; // another run is at it; the trigger sends what that one leaves
  const properties = PropertiesService.getScriptProperties();
  const end = Date.now() + 4 * 60 * 1000;
  try {
    for (const [key, text] of Object.entries(properties.getProperties())) {
      if (key.startsWith(WAITING) && Date.now() < end)
        sendOne(key.slice(WAITING.length), JSON.parse(text), properties);
    }
  } finally {
    lock.releaseLock();
  }
}

function sendOne(webhookId, waiting, properties) {
  while (waiting.due <= Date.now()) {
    const { status, hitId, retryAfter, said } = attempt(webhookId, waiting);
    if (status === 200 && hitId) {
      console.log(`${webhookId} is stored as hit ${hitId}`);
      return properties.deleteProperty(WAITING + webhookId);
    }
    const again = [0, 408, 429].includes(status) || status >= 500;
    const pause = PAUSES[waiting.tried++];
    if (!again || pause === undefined) {
      console.error(`${webhookId} is not stored: HTTP ${status} ${said}`);
      properties.setProperty(FAILED + webhookId, JSON.stringify(waiting));
      return properties.deleteProperty(WAITING + webhookId);
    }
    // 20 % more or less: not all senders at once. Never sooner than the server asks.
    const wait = Math.max(pause * (0.8 + 0.4 * Math.random()), Math.min(retryAfter, 3600));
    console.warn(`${webhookId}: HTTP ${status} ${said}, next try in ${wait.toFixed()} s`);
    waiting.due = Date.now() + wait * 1000;
    properties.setProperty(WAITING + webhookId, JSON.stringify(waiting));
    if (wait < 60) Utilities.sleep(wait * 1000);
  }
}

function attempt(webhookId, { contentType, body }) {
  try {
    const answer = UrlFetchApp.fetch(ENDPOINT, {
      method: "post",
      contentType,
      payload: body,
      headers: { "webhook-id": webhookId },
      muteHttpExceptions: true, // an answer such as 503 is an answer, no exception
      followRedirects: false, // a redirected POST arrives without its body
    });
    const headers = Object.fromEntries(
      Object.entries(answer.getHeaders()).map(([name, value]) => [name.toLowerCase(), value]),
    );
    return {
      status: answer.getResponseCode(),
      hitId: headers["afterclick-hit-id"],
      retryAfter: Number(headers["retry-after"]) || 0,
      said: answer.getContentText(),
    };
  } catch (error) {
    return { status: 0, retryAfter: 0, said: `no answer: ${error.message}` };
  }
}

// An example: order N1 was delivered.
function orderWasDelivered() {
  const order = { orderId: "N1", status: "delivered", total: "120.13", userId: "U1" };
  const changedAt = 1579478400; // when the status changed, from your sheet; not now
  // The id names this fact: the same in each try and after a restart of the job.
  const webhookId = `order-${order.orderId}-${order.status}-${changedAt}`;
  // Built once, and always the same bytes.
  const body = JSON.stringify(order);
  sendToAfterclick(webhookId, "application/json", body);
}
