/** What many would write: fastify, and one SQLite insert per request that is on disk before the answer. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { AddressInfo } from "node:net";
import { fastify } from "fastify";
import { serveBench } from "../child.ts";

const directory = mkdtempSync(join(tmpdir(), "afterclick-bench-"));
const db = new DatabaseSync(join(directory, "hits.sqlite"));
db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
db.exec("CREATE TABLE hits (hit_id TEXT, stream TEXT, payload BLOB, received_at INTEGER)");
const insert = db.prepare("INSERT INTO hits VALUES (?, ?, ?, ?)");

const app = fastify();
app.removeAllContentTypeParsers();
app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
app.post<{ Params: { stream: string }; Body: Buffer }>("/ds/:stream", (request, reply) => {
  const hit_id = randomUUID();
  insert.run(hit_id, request.params.stream, request.body, Date.now());
  void reply.send({ hit_id });
});
await app.listen({ port: 0, host: "127.0.0.1" });

const rows = () => db.prepare("SELECT count(*) AS n FROM hits").get()!["n"];
serveBench((app.server.address() as AddressInfo).port, { rows }, async () => {
  await app.close();
  db.close();
  rmSync(directory, { recursive: true });
});
