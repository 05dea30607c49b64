/** For scale: node:http that reads the body and answers, and stores nothing. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serveBench } from "../child.ts";

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = `{"hit_id":"${randomUUID()}"}`;
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": body.length,
    });
    response.end(body);
  });
}).listen(0, "127.0.0.1");
await once(server, "listening");

serveBench((server.address() as AddressInfo).port, {}, async () => {
  server.closeAllConnections();
  server.close();
});
