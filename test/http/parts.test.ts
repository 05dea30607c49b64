import { expect, test } from "@jest/globals";
import type { Handler } from "../../functions/request.ts";
import { until } from "../support/until.ts";
import { door, expectRefusal, gate, host, line, post } from "./door.ts";

const bytesMax = 1_000;

/** Counts what comes in, part by part. */
const counting: Handler = async (request) => {
  let bytes = 0;
  for await (const part of request.stream(bytesMax)) bytes += part.length;
  return { status: 200, body: String(bytes) };
};

test("a body that is taken part by part is whole, and the connection goes on", async () => {
  const opened = await door(counting);
  const one = await line(opened);
  one.send(post("x".repeat(900)));
  await one.answers(1);
  one.send(`POST /a HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`);
  await one.answers(2);
  one.send(post(""));
  expect((await one.answers(3)).map(({ status, body }) => [status, body])).toEqual([
    [200, "900"],
    [200, "5"],
    [200, "0"],
  ]);
});

test("what is larger than allowed is refused, declared or counted, and the answer is read", async () => {
  const opened = await door(counting);
  const declared = await line(opened);
  declared.send(`POST /a HTTP/1.1\r\n${host}Content-Length: 1001\r\n\r\n`);
  const [first] = await declared.answers(1);
  expectRefusal(first, 413, "too_large");
  const counted = await line(opened);
  counted.send(`POST /a HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n3e9\r\n${"x".repeat(1001)}\r\n`);
  const [second] = await counted.answers(1);
  expectRefusal(second, 413, "too_large");
});

test("where the sender leaves or breaks the framing, the reader hears of it and nothing is held", async () => {
  const refused: unknown[] = [];
  const parts = { count: 0 };
  const opened = await door(async (request) => {
    try {
      for await (const part of request.stream(bytesMax)) parts.count += part.length;
    } catch (error) {
      refused.push(error);
      throw error;
    }
    return { status: 200 };
  });
  const leaving = await line(opened);
  leaving.send(`POST /a HTTP/1.1\r\n${host}Content-Length: 900\r\n\r\nxxx`);
  await until(() => parts.count === 3);
  leaving.hangUp();
  await until(() => refused.length === 1);
  const broken = await line(opened);
  broken.send(`POST /a HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n`);
  const [answer] = await broken.closed();
  expectRefusal(answer, 400, "bad_request");
  await until(() => refused.length === 2);
  expect(refused).toMatchObject([{ code: "bad_request" }, { code: "bad_request" }]);
  await until(() => opened.stats().requests === 0);
});

test("a sender that is too slow gets 408, also while nobody reads", async () => {
  const opened = await door(counting, { headerTimeoutMs: 100, requestTimeoutMs: 200 });
  const one = await line(opened);
  one.send(`POST /a HTTP/1.1\r\n${host}Content-Length: 900\r\n\r\nx`);
  const [answer] = await one.closed();
  expectRefusal(answer, 408, "too_slow");
});

test("no more is taken than is read: a reader that stands still has the sender wait", async () => {
  const goOn = gate();
  let taken = 0;
  const opened = await door(async (request) => {
    for await (const part of request.stream(64 * 1024 * 1024)) {
      taken += part.length;
      await goOn.opened;
    }
    return { status: 200, body: String(taken) };
  });
  const bytes = 32 * 1024 * 1024;
  const one = await line(opened);
  one.send(`POST /a HTTP/1.1\r\n${host}Content-Length: ${bytes}\r\n\r\n`);
  one.socket.write(Buffer.alloc(bytes));
  await until(() => taken > 0);
  // What the system and node hold on their way is far less than all of it.
  expect(one.socket.writableLength).toBeGreaterThan(bytes / 2);
  goOn.open();
  const [answer] = await one.answers(1);
  expect(answer).toMatchObject({ status: 200, body: String(bytes) });
});

test("whoever waits longest for its sender gives way, also where the body is taken part by part", async () => {
  const opened = await door(counting, { requestsMax: 1 });
  const first = await line(opened);
  first.send(`POST /a HTTP/1.1\r\n${host}Content-Length: 900\r\n\r\nxxx`);
  await until(() => opened.stats().requests === 1);
  const second = await line(opened);
  second.send(post("x"));
  expect(await second.answers(1)).toMatchObject([{ status: 200, body: "1" }]);
  const [answer] = await first.answers(1);
  expectRefusal(answer, 503, "overloaded");
});
