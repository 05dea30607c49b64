import { expect, test } from "@jest/globals";
import type { Request } from "../../functions/request.ts";
import { until } from "../support/until.ts";
import { bodyBytesMax, door, echo, expectRefusal, forever, gate, get, host, line, post } from "./door.ts";

test("silent and dripping senders get 408 on time", async () => {
  const opened = await door(echo, {
    headerTimeoutMs: 150,
    requestTimeoutMs: 300,
  });
  const silent = await line(opened);
  const head = await line(opened);
  const body = await line(opened);
  body.send(`POST /a HTTP/1.1\r\n${host}Content-Length: 900\r\n\r\n`);
  const drip = setInterval(() => {
    head.send("G");
    body.send("x");
  }, 20);
  try {
    head.send(`GET /`);
    for (const one of [silent, head, body]) {
      const answers = await one.closed();
      expect(answers).toHaveLength(1);
      expectRefusal(answers[0], 408, "too_slow");
    }
  } finally {
    clearInterval(drip);
  }
});

test("a sender that drips after its answer gets no second one", async () => {
  const opened = await door(() => ({ status: 404 }), {
    headerTimeoutMs: 100,
    requestTimeoutMs: 150,
  });
  const one = await line(opened);
  one.send(`POST /a HTTP/1.1\r\n${host}Content-Length: 900\r\n\r\nx`);
  // Where this process stood still before it read the head, that was too slow: one answer all the same.
  const answers = await one.closed();
  expect(answers).toHaveLength(1);
  expect([404, 408]).toContain(answers[0]!.status);
});

test("an idle connection ends after its time, an answered one can be used again before", async () => {
  const opened = await door(echo, { keepAliveTimeoutMs: 1 });
  const one = await line(opened);
  one.send(post("1"));
  await one.answers(1);
  expect(await one.closed()).toHaveLength(1);
});

test("an aborted upload hands nothing on, and gives its memory back", async () => {
  let refused: unknown;
  let request: Request | undefined;
  const opened = await door(async (given) => {
    request = given;
    await given.body(bodyBytesMax).catch((error: unknown) => {
      refused = error;
    });
    return { status: 200 };
  });
  const one = await line(opened);
  one.send(`POST /a HTTP/1.1\r\n${host}Content-Length: 900\r\n\r\nxxx`);
  await until(() => opened.stats().bytes === 3);
  const { gone } = request as Request;
  expect(gone.aborted).toBe(false);
  one.hangUp();
  await until(() => gone.aborted && refused !== undefined);
  expect(refused).toMatchObject({ code: "bad_request" });
  expect(opened.stats()).toMatchObject({ requests: 0, bytes: 0 });
});

test("an answer that comes after the sender has left harms nobody", async () => {
  const slow = gate();
  let gone: AbortSignal | undefined;
  const opened = await door(async (request) => {
    ({ gone } = request);
    if (request.path !== "/now") await slow.opened;
    return {
      status: 200,
      body: request.path === "/stream" ? forever(gone) : "late",
    };
  });
  for (const path of ["/late", "/stream"]) {
    const one = await line(opened);
    one.send(get(path));
    await until(() => gone?.aborted === false);
    one.hangUp();
    await until(() => gone?.aborted === true);
  }
  slow.open();
  await until(() => opened.stats().connections === 0);
  const one = await line(opened);
  one.send(get("/now"));
  expect(await one.answers(1)).toMatchObject([{ status: 200, body: "late" }]);
  expect(gone?.aborted).toBe(false);
});

test("a client that ends its side after the request still gets the answer", async () => {
  const slow = gate();
  const opened = await door(async (request) => {
    await slow.opened;
    return echo(request);
  });
  const one = await line(opened);
  one.send(post("1") + post("2"));
  one.socket.end();
  await until(() => opened.stats().requests === 2 && one.socket.writableFinished);
  slow.open();
  expect(await one.closed()).toMatchObject([{ body: "1" }, { body: "2" }]);
});
