import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { expect, test } from "@jest/globals";
import { type Channel, createAlerts, type Message, type Subject } from "../../functions/health/alerts.ts";
import { watchedSince } from "../../functions/health/watched.ts";
import { troubleOf } from "../../functions/import/days/troubles.ts";
import { channelsOf } from "../../infra/alerts/webhooks.ts";
import { memoryDocuments } from "../support/doubles/memory-documents.ts";

const minute = 60_000;
const silent: Subject = {
  id: "stream-a",
  name: "Leads",
  badge: "silent",
  sentence: "No hit since.",
  lastAt: 1,
};
const healthy: Subject = { ...silent, badge: "healthy", sentence: "12 hits by 12:00.", lastAt: 2 };

function setup(documents = memoryDocuments()) {
  const clock = { ms: Date.parse("2026-11-27T12:00:00Z") };
  const sent: Message[] = [];
  const state = { fails: false };
  const chat: Channel = {
    name: "chat",
    async send(message) {
      if (state.fails) throw new Error("The server answered 500.");
      sent.push(message);
    },
  };
  const open = () => createAlerts({ documents, channels: [chat], now: () => clock.ms, log: () => undefined });
  /** Checks of 5 minutes. */
  const rounds = async (alerts: ReturnType<typeof open>[], subject: Subject, count: number) => {
    for (let n = 0; n < count; n += 1, clock.ms += 5 * minute)
      await Promise.all(alerts.map((one) => one.check([subject])));
  };
  return { documents, clock, sent, state, open, rounds };
}

test("from cause to over: two instances send one message when it has lasted, and one when it is over", async () => {
  const { documents, sent, open, rounds } = setup();
  const both = [open(), open()];
  await rounds(both, healthy, 2);
  await rounds(both, silent, 2);
  expect(sent).toEqual([]);
  await rounds(both, silent, 20);
  expect(sent.map(({ type, text }) => [type, text])).toEqual([
    ["incident.opened", "Leads: silent. No hit since."],
  ]);
  await rounds(both, healthy, 10);
  expect(sent.slice(1).map(({ type, text }) => [type, text])).toEqual([
    ["incident.over", "Leads: over, silent for 1 h 50 min. 12 hits by 12:00."],
  ]);
  expect(await documents.list("incidents", { limit: 10 })).toEqual([]);
});

test("what a channel does not take is sent again with the next checks, under the same id", async () => {
  const { sent, state, open, rounds } = setup();
  state.fails = true;
  await rounds([open()], silent, 6);
  state.fails = false;
  await rounds([open(), open()], silent, 6);
  expect(sent).toHaveLength(1);
});

test("an instance that was ended while it sent is followed by another one, under the same id", async () => {
  const { documents, clock, sent, open, rounds } = setup();
  const lost = createAlerts({
    documents,
    channels: [{ name: "chat", send: () => new Promise<never>(() => undefined) }],
    now: () => clock.ms,
    log: () => undefined,
  });
  await rounds([open()], silent, 2);
  void lost.check([silent]);
  const claimed = async () =>
    (await documents.read("incidents", silent.id))?.document as { unsent?: Message[] };
  while ((await claimed()).unsent === undefined) await new Promise((done) => setImmediate(done));
  const [first] = (await claimed()).unsent!;
  await open().check([silent]);
  expect(sent).toEqual([]);
  clock.ms += 5 * minute;
  await open().check([silent]);
  expect(sent.map(({ id }) => id)).toEqual([first!.id]);
});

test("a stream that was removed takes its incident with it", async () => {
  const { documents, open, rounds } = setup();
  await rounds([open()], silent, 4);
  await open().check([]);
  expect(await documents.list("incidents", { limit: 10 })).toEqual([]);
});

test("of what could not be looked at nothing is told, and its incident stays", async () => {
  const { documents, sent, open, rounds } = setup();
  await rounds([open()], silent, 4);
  const other: Subject = { ...silent, id: "import-b", badge: "missing" };
  await open().check([other], (id) => id.startsWith("stream-"));
  const kept = (await documents.list("incidents", { limit: 10 })).map(({ id }) => id);
  expect(kept.sort()).toEqual(["import-b", silent.id]);
  expect(sent.map(({ type }) => type)).toEqual(["incident.opened"]);
});

test("a server that was away has heard nothing meanwhile", async () => {
  const documents = memoryDocuments();
  const at = (ms: number) => watchedSince({ documents, now: () => ms });
  expect(await at(0)).toBe(0);
  expect(await at(20 * minute)).toBe(0);
  expect(await at(41 * minute)).toBe(41 * minute);
});

test("missing and failed files are troubles of an import, and late ones are told when they are over", () => {
  const day = { date: "2026-11-26", due_at: 0, rows: 0 };
  expect(troubleOf([{ ...day, state: "missing" }])).toMatchObject({ badge: "missing" });
  expect(
    troubleOf([
      { ...day, state: "missing" },
      { ...day, date: "2026-11-27", state: "failed_file" },
    ]),
  ).toEqual({
    badge: "failed file",
    sentence: "The file with the data of 2026-11-27 could not be taken.",
  });
  expect(
    troubleOf([
      { ...day, state: "late", late_by: 11_400_000 },
      { ...day, state: "waiting" },
    ]),
  ).toEqual({
    badge: "healthy",
    sentence: expect.stringContaining("That of 2026-11-26 came 3 h 10 min late."),
  });
});

test("a chat gets a line, a server gets JSON that Standard Webhooks can verify, and a refusal is told", async () => {
  const taken: { url: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      taken.push({ url: request.url, headers: request.headers, body: Buffer.concat(pieces).toString() });
      response.writeHead(request.url === "/full" ? 503 : 204).end();
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  try {
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const secret = Buffer.alloc(32, 7).toString("base64");
    const now = Date.parse("2026-11-27T12:00:00Z");
    const config = {
      ALERTS_CHAT_URL: `${at}/chat`,
      ALERTS_WEBHOOK_URL: `${at}/hook`,
      ALERTS_WEBHOOK_SECRET: `whsec_${secret}`,
    };
    const alerts = (channels: Channel[]) =>
      createAlerts({ documents: memoryDocuments(), channels, now: () => now, log: () => undefined });
    expect(await alerts(channelsOf(config, () => now)).test()).toEqual([
      { channel: "chat" },
      { channel: "webhook" },
    ]);
    const chat = taken.find(({ url }) => url === "/chat")!;
    expect(JSON.parse(chat.body)).toEqual({ text: expect.stringContaining("test") });
    const { headers, body } = taken.find(({ url }) => url === "/hook")!;
    const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
    const signature = createHmac("sha256", Buffer.from(secret, "base64")).update(signed).digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${signature}`);
    expect(JSON.parse(body)).toMatchObject({ type: "test", timestamp: "2026-11-27T12:00:00.000Z" });
    const full = channelsOf({ ALERTS_CHAT_URL: `${at}/full` }, () => now);
    expect(await alerts(full).test()).toEqual([{ channel: "chat", failure: "The server answered 503." }]);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
  expect(() => channelsOf({ ALERTS_WEBHOOK_URL: "https://a.example" }, Date.now)).toThrow(
    "ALERTS_WEBHOOK_SECRET",
  );
});
