/** What a careful team would write: fastify, and Pub/Sub's own client with its batches
 *  held for 1 ms at most. */
import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { PubSub } from "@google-cloud/pubsub";
import { fastify } from "fastify";
import { serveBench } from "../child.ts";

const pubsub = new PubSub();
const topic = pubsub.topic(process.env["TOPIC"]!, {
  batching: { maxMilliseconds: 1 },
});

const app = fastify();
app.removeAllContentTypeParsers();
app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
app.post<{ Params: { stream: string }; Body: Buffer }>("/ds/:stream", async (request) => {
  const hit_id = randomUUID();
  const attributes = {
    stream_id: request.params.stream,
    hit_id,
    received_at: String(Date.now()),
    content_type: String(request.headers["content-type"]),
  };
  await topic.publishMessage({ data: request.body, attributes });
  return { hit_id };
});
await app.listen({ port: 0, host: "127.0.0.1" });

serveBench((app.server.address() as AddressInfo).port, {}, async () => {
  await app.close();
  await pubsub.close();
});
