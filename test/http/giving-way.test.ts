import { expect, test } from "@jest/globals";
import type { Handler } from "../../functions/request.ts";
import type { Door, DoorOptions } from "../../infra/http.ts";
import { stepBytes } from "../../infra/http/limits.ts";
import type { Line } from "../support/wire/raw-http.ts";
import { until } from "../support/until.ts";
import { ask, door, expectRefusal, gate, get, host, line, post } from "./door.ts";

/** However long a test takes here, nobody is late. */
const patient: Partial<DoorOptions> = { headerTimeoutMs: 600_000, requestTimeoutMs: 600_000 };

/** Answers with the length of the body. */
const measured: Handler = async (request) => ({
  status: 200,
  body: String((await request.body(8 * 1024 * 1024)).length),
});

/** A POST that stands still after `sent` of its bytes. */
async function begin(opened: Door, sent = 0, headers = ""): Promise<Line> {
  const { requests, bytes } = opened.stats();
  const begun = await line(opened);
  begun.send(`POST /a HTTP/1.1\r\n${host}${headers}Content-Length: 1000000\r\n\r\n`, "x".repeat(sent));
  // It takes a place, or another one's: then whoever gave way is answered.
  await until(() => {
    const now = opened.stats();
    return now.requests > requests || now.bytes > bytes;
  });
  return begun;
}

test("begun requests lock nobody out: the one that waits longest for its sender gives way, with a 503", async () => {
  const opened = await door(measured, { ...patient, requestsMax: 3 });
  const [first, second, third] = [await begin(opened), await begin(opened), await begin(opened)];
  for (let n = 0; n < 3; n++)
    expect(await ask(opened, post("hit"))).toMatchObject([{ status: 200, body: "3" }]);
  // One place was enough for all of them, one after the other.
  const [refused] = await first.closed();
  expectRefusal(refused, 503, "overloaded");
  expect(refused?.headers["retry-after"]).toBe("1");
  await begin(opened);
  expect(await ask(opened, get("/health"))).toMatchObject([{ status: 200 }]);
  expectRefusal((await second.closed())[0], 503, "overloaded");
  third.send("x".repeat(1_000_000));
  expect(await third.answers(1)).toMatchObject([{ status: 200, body: "1000000" }]);
});

test("a body that moves on stays; one that drips gives way before it", async () => {
  const opened = await door(measured, { ...patient, requestsMax: 2 });
  const moving = await begin(opened);
  const dripping = await begin(opened);
  moving.send("x".repeat(stepBytes));
  await until(() => opened.stats().bytes >= stepBytes);
  const held = opened.stats().bytes;
  dripping.send("x");
  await until(() => opened.stats().bytes > held);
  expect(await ask(opened, post("hit"))).toMatchObject([{ status: 200 }]);
  expectRefusal((await dripping.closed())[0], 503, "overloaded");
  moving.send("x".repeat(1_000_000 - stepBytes));
  expect(await moving.answers(1)).toMatchObject([{ status: 200, body: "1000000" }]);
});

test("what the server is at work on gives way to nobody", async () => {
  const slow = gate();
  const opened = await door(
    async (request) => {
      const reply = await measured(request);
      await slow.opened;
      return reply;
    },
    { ...patient, requestsMax: 2 },
  );
  const works = [await line(opened), await line(opened)];
  for (const work of works) work.send(post("hit"));
  await until(() => opened.stats().bytes === 6);
  expectRefusal((await ask(opened, post("late")))[0], 503, "overloaded");
  slow.open();
  for (const work of works) expect(await work.answers(1)).toMatchObject([{ status: 200 }]);
});

test("memory that begun requests hold is given to a whole one, and taken from no more of them than needed", async () => {
  const opened = await door(measured, { ...patient, bytesInFlightMax: 3000 });
  const begun = [await begin(opened, 1000), await begin(opened, 1000), await begin(opened, 1000)];
  expect(await ask(opened, post("x".repeat(1500)))).toMatchObject([{ status: 200, body: "1500" }]);
  for (const gone of begun.slice(0, 2)) expectRefusal((await gone.closed())[0], 503, "overloaded");
  await until(() => opened.stats().bytes === 1000);
  // What would not be enough is left alone.
  expectRefusal((await ask(opened, post("x".repeat(3001))))[0], 503, "overloaded");
  expect(opened.stats()).toMatchObject({ requests: 1, bytes: 1000 });
});

test("an address past its share makes room by its own begun requests, not by those of others", async () => {
  const opened = await door(measured, { ...patient, requestsMax: 4, trustedProxies: 1 });
  const from = (address: string) => `X-Forwarded-For: ${address}\r\n`;
  const other = await begin(opened, 0, from("192.0.2.2"));
  const own = await begin(opened, 0, from("192.0.2.1"));
  await begin(opened, 0, from("192.0.2.1"));
  expect(await ask(opened, post("hit", from("192.0.2.1")))).toMatchObject([{ status: 200 }]);
  expectRefusal((await own.closed())[0], 503, "overloaded");
  expect(opened.stats().requests).toBe(2);
  other.send("x".repeat(1_000_000));
  expect(await other.answers(1)).toMatchObject([{ status: 200 }]);
});

test("whoever does not read the answers holds no place for ever", async () => {
  const large = "x".repeat(4 * 1024 * 1024);
  const opened = await door(({ path }) => ({ status: 200, body: path === "/large" ? large : "small" }), {
    ...patient,
    requestsMax: 2,
    sendTimeoutMs: 600_000,
  });
  const deaf = [await line(opened), await line(opened)];
  for (const one of deaf) {
    one.socket.pause();
    one.send(get("/large"));
  }
  await until(() => opened.stats().requests === 2);
  // Until the door has looked, they are busy.
  await until(async () => (await ask(opened, get()))[0]?.status === 200);
  expect(opened.stats().requests).toBe(1);
});

test("one peer with 2,048 begun requests, renewed as they end, locks nobody out", async () => {
  const opened = await door(measured, patient);
  const beginMore = async () => {
    const begun = await line(opened);
    begun.send(`POST /a HTTP/1.1\r\n${host}Content-Length: 9\r\n\r\nx`);
  };
  for (let n = 0; n < 2048; n += 64) await Promise.all(Array.from({ length: 64 }, beginMore));
  await until(() => opened.stats().requests === 2048);
  for (let n = 0; n < 50; n++) {
    expect(await ask(opened, post("hit"))).toMatchObject([{ status: 200 }]);
    await beginMore();
    await until(() => opened.stats().requests === 2048);
  }
});
