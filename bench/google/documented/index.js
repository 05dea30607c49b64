/** The way that Google's own guides show: a handler of the Functions Framework that awaits `publishMessage`.
 *  Source: https://cloud.google.com/functions/docs/writing/write-http-functions */
const { randomUUID } = require("node:crypto");
const functions = require("@google-cloud/functions-framework");
const { PubSub } = require("@google-cloud/pubsub");

const topic = new PubSub().topic(process.env.TOPIC);

functions.http("collect", async (request, response) => {
  const hit_id = randomUUID();
  const attributes = {
    stream_id: request.path.slice("/ds/".length),
    hit_id,
    received_at: String(Date.now()),
    content_type: String(request.headers["content-type"]),
  };
  await topic.publishMessage({ data: request.rawBody, attributes });
  response.status(200).json({ hit_id });
});
