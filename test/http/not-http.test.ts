import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { badRequests, declaredStatuses } from "../support/wire/bad-requests.ts";
import { until } from "../support/until.ts";
import { ask, chunked, door, echo, expectRefusal, gate, get, host, line, post } from "./door.ts";

const notHttp: Record<string, string> = {
  "no host": "GET / HTTP/1.1\r\n\r\n",
  "two hosts": `GET / HTTP/1.1\r\n${host}${host}\r\n`,
  "HTTP/2 by name": `GET / HTTP/2.0\r\n${host}\r\n`,
  "HTTP/2 preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  TLS: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  "an unknown method": `FOO / HTTP/1.1\r\n${host}\r\n`,
  CONNECT: `CONNECT other:443 HTTP/1.1\r\n${host}\r\n`,
  "NUL in the address": get("/\0"),
  "NUL in a header": get("/", "a: \0\r\n"),
  "bare line feeds": "GET / HTTP/1.1\nHost: localhost\n\n",
  "a length and chunks": post("0\r\n\r\n", "Transfer-Encoding: chunked\r\n"),
  "chunks and a length": chunked("0\r\n\r\n").replace("\r\n\r\n", "\r\nContent-Length: 5\r\n\r\n"),
  "two lengths": post("x", "Content-Length: 1\r\n"),
  "a negative length": `POST / HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\nx`,
  "another coding": chunked("x").replace("chunked", "gzip"),
  "two codings": chunked("1\r\nx\r\n0\r\n\r\n").replace("chunked", "gzip, chunked"),
  "no coding": chunked("x").replace("chunked", "identity"),
  "chunks in HTTP/1.0": chunked("0\r\n\r\n").replace("HTTP/1.1", "HTTP/1.0"),
  "a broken chunk": chunked("1\r\nx\r\nzz\r\n"),
  "a body cut short": post("x").replace("Length: 1", "Length: 2"),
  "a head cut short": "GET / HT",
};

test.each(Object.keys(notHttp))("%s is 400, once, and the connection ends", async (name) => {
  const opened = await door(echo);
  const answers = await ask(opened, (notHttp[name] as string) + "");
  expect(answers).toHaveLength(1);
  expectRefusal(answers[0], 400, "bad_request");
  expect(answers[0]?.headers["connection"]).toBe("close");
});

test("what is hidden behind a broken request is never served", async () => {
  const seen: string[] = [];
  const opened = await door((request) => {
    seen.push(request.path);
    return echo(request);
  });
  for (const name of [
    "a length and chunks",
    "chunks and a length",
    "two codings",
    "a broken chunk",
    "no coding",
  ]) {
    expect(await ask(opened, notHttp[name] + get("/hidden"))).toHaveLength(1);
  }
  expect(seen).not.toContain("/hidden");
});

test("what breaks after pipelined requests is answered after them", async () => {
  for (const [broken, status] of [
    ["BROKEN\r\n\r\n", 400],
    [get("/", `a: ${"b".repeat(40_000)}\r\n`), 431],
    [notHttp["CONNECT"] as string, 400],
  ] as const) {
    const slow = gate();
    const opened = await door(async (request) => {
      await slow.opened;
      return echo(request);
    });
    const one = await line(opened);
    one.send(post("1") + post("2") + broken);
    await until(() => opened.stats().requests === 2);
    slow.open();
    const answers = await one.closed();
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, status]);
  }
});

test("a connection goes on after the refusals that leave it readable", async () => {
  const opened = await door(echo);
  const one = await line(opened);
  one.send(
    get(`/${"a".repeat(9000)}`),
    get("/", `a: ${"b".repeat(17_000)}\r\n`),
    post("x".repeat(1001)),
    post("x"),
  );
  expect((await one.answers(4)).map(({ status }) => status)).toEqual([414, 431, 413, 200]);
});

test("2,000 bad requests get declared answers only, and leave nothing behind", async () => {
  const opened = await door(echo, {
    headerTimeoutMs: 150,
    requestTimeoutMs: 200,
    lingerMs: 100,
    keepAliveTimeoutMs: 1,
  });
  const requests = fc.sample(badRequests("/a"), { numRuns: 2000, seed: 3 });
  const statuses = new Map<number, number>();
  const work = async () => {
    for (let request = requests.pop(); request !== undefined; request = requests.pop()) {
      const { shape, parts, ending } = request;
      // Where HEAD was asked, one cannot tell a body from the next answer.
      if (Buffer.concat(parts).includes("HEAD ")) continue;
      const one = await line(opened);
      for (const part of parts) {
        one.send(part);
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (ending === "hangs up") one.hangUp();
      else if (ending === "ends") one.socket.end();
      try {
        for (const { status, headers } of await one.closed()) {
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          if (!declaredStatuses.has(status)) throw new Error(`The answer was ${status}`);
          if (status >= 400) expect(headers["content-type"]).toBe("application/problem+json");
        }
      } catch (error) {
        if (ending !== "hangs up")
          throw new Error(`${shape}: ${JSON.stringify(parts.map(String)).slice(0, 500)}`, { cause: error });
      } finally {
        one.hangUp();
      }
    }
  };
  await Promise.all(Array.from({ length: 32 }, work));
  expect([...statuses.keys()].toSorted((a, b) => a - b)).toEqual([200, 400, 408, 413, 414, 417, 431]);
  const [answer] = await ask(opened, post("alive"));
  expect(answer).toMatchObject({ status: 200, body: "alive" });
});
