import { expect, test } from "@jest/globals";
import type { Reply } from "../../functions/request.ts";
import { openDoor } from "../../infra/http.ts";
import { drainLookMs } from "../../infra/http/connection.ts";
import { dial } from "../support/wire/raw-http.ts";
import { until } from "../support/until.ts";
import { door, forever, gate, get, line, logged, where } from "./door.ts";

test("draining answers what is in progress and what is on its way, then closes everything", async () => {
  const slow = gate();
  const opened = await door(async (request) => {
    if (request.path === "/slow") await slow.opened;
    return where(request);
  });
  const [busy, idle, pipelined] = [await line(opened), await line(opened), await line(opened)];
  busy.send(get("/slow"));
  pipelined.send(get("/slow") + get("/slow"));
  idle.send(get("/1"));
  await idle.answers(1);
  await until(() => opened.stats().requests === 3);
  const drained = opened.drain();
  expect(opened.drain()).toBe(drained);
  idle.send(get("/2"));
  const [, late] = await idle.answers(2);
  expect(late).toMatchObject({
    status: 200,
    body: "GET /2 ",
    headers: { connection: "close" },
  });
  await expect(dialed(opened.port)).resolves.toBe(false);
  slow.open();
  expect(await busy.closed()).toMatchObject([{ body: "GET /slow ", headers: { connection: "close" } }]);
  const both = await pipelined.closed();
  expect(both.map(({ headers }) => headers["connection"])).toEqual(["keep-alive", "close"]);
  await drained;
});

test("what came while the process stood still is answered, before a connection ends for being quiet", async () => {
  const drainGraceMs = 2_000;
  const opened = await door(where, { drainGraceMs, drainMs: 60_000 });
  const one = await line(opened);
  one.send(get("/1"));
  await one.answers(1);
  const drained = opened.drain();
  await until(async () => !(await dialed(opened.port)));
  // One look at the connection comes before.
  standStill(2 * drainLookMs);
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  one.send(get("/2"));
  standStill(drainGraceMs);
  expect(await one.closed()).toMatchObject([{ body: "GET /1 " }, { status: 200, body: "GET /2 " }]);
  await drained;
});

function standStill(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

async function dialed(port: number): Promise<boolean> {
  const one = await dial(port);
  const connected = !one.socket.destroyed;
  one.hangUp();
  return connected;
}

test("draining ends streams, and cuts off in the end whoever does not end", async () => {
  const opened = await door(
    ({ path, gone }) => {
      if (path === "/hangs") return new Promise<Reply>(() => {});
      return {
        status: 200,
        body: forever(path === "/events" ? gone : new AbortController().signal),
      };
    },
    { drainMs: 300 },
  );
  const [events, stream, hangs] = [await line(opened), await line(opened), await line(opened)];
  events.send(get("/events"));
  stream.send(get("/stream"));
  hangs.send(get("/hangs"));
  await until(() => opened.stats().requests === 3 && events.text.endsWith("first\r\n"));
  const drained = opened.drain();
  expect(await events.closed()).toMatchObject([{ status: 200, body: "first" }]);
  await drained;
  expect(opened.stats().connections).toBe(0);
  expect(logged.splice(0)).toEqual([
    [
      "WARNING",
      "Requests were cut off without an answer, since the time to end was over.",
      { event: "requests_cut_off", requests: 1, after_ms: 300 },
    ],
  ]);
});

test("a port in use is said in one line", async () => {
  const { port } = await door(where);
  await expect(openDoor(where, { host: "127.0.0.1", port, log: () => {} })).rejects.toThrow(
    `Port ${port} on 127.0.0.1 cannot be used: another program uses it. Stop what uses it, or choose another port.`,
  );
});
