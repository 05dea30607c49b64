import { expect, test } from "@jest/globals";
import { until } from "../support/until.ts";
import {
  ask,
  bodyBytesMax,
  chunked,
  door,
  echo,
  expectRefusal,
  get,
  host,
  line,
  post,
  where,
} from "./door.ts";

test("a body at its limit is taken; one byte more is 413, declared or counted", async () => {
  const opened = await door(echo);
  const whole = "x".repeat(bodyBytesMax);
  const hex = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n`;
  const one = await line(opened);
  one.send(post(whole), chunked(`${hex(whole)}0\r\n\r\n`));
  expect((await one.answers(2)).map(({ body }) => body)).toEqual([whole, whole]);
  one.send(post(`${whole}x`));
  const declared = (await one.answers(3))[2];
  expectRefusal(declared, 413, "too_large");
  expect(declared?.body).toMatch(/The body has 1001 bytes; at most 1000/);
  // A rest this small is thrown away, and the connection kept.
  one.send(post("still here"));
  expect((await one.answers(4))[3]).toMatchObject({
    status: 200,
    body: "still here",
  });
  one.send(chunked(`${hex(whole)}${hex("x")}0\r\n\r\n`));
  expectRefusal((await one.answers(5))[4], 413, "too_large");
});

test("a body declared far too large is refused before it is sent", async () => {
  const opened = await door(echo);
  const one = await line(opened);
  one.send(`POST /a HTTP/1.1\r\n${host}Content-Length: 9223372036854775808\r\n\r\n`);
  const [answer] = await one.closed();
  expectRefusal(answer, 413, "too_large");
  expect(answer?.headers["connection"]).toBe("close");
});

test("a sender in mid-upload reads the refusal, not a reset", async () => {
  const opened = await door(echo);
  const one = await line(opened);
  const part = Buffer.alloc(256 * 1024);
  let failed = false;
  one.socket.on("error", () => (failed = true));
  one.send(`POST /a HTTP/1.1\r\n${host}Content-Length: ${16 * part.length}\r\n\r\n`);
  for (let sent = 0; sent < 16; sent++) await new Promise((resolve) => one.socket.write(part, resolve));
  expectRefusal((await one.closed())[0], 413, "too_large");
  expect(failed).toBe(false);
});

test("who never stops uploading is cut off", async () => {
  const opened = await door(echo, {
    lingerMs: 60_000,
    lingerBytesMax: 1024 * 1024,
  });
  const one = await line(opened);
  one.send(chunked(""));
  const chunk = Buffer.from(`10000\r\n${"x".repeat(65_536)}\r\n`);
  const push = () => void (one.socket.destroyed || one.socket.write(chunk, push));
  push();
  await until(() => one.socket.destroyed);
});

test("an address at its limit is taken, one byte more is 414, and so is one of any length", async () => {
  const opened = await door(where, { urlBytesMax: 100, headerBytesMax: 1000 });
  const one = await line(opened);
  const path = (bytes: number) => `/${"a".repeat(bytes - 1)}`;
  one.send(get(path(100)), get(path(101)), get("/"));
  const answers = await one.answers(3);
  expect(answers.map(({ status }) => status)).toEqual([200, 414, 200]);
  expectRefusal(answers[1], 414, "uri_too_long");
  for (const bytes of [1100, 5000, 300_000])
    expectRefusal((await ask(opened, get(path(bytes))))[0], 414, "uri_too_long");
  const cut = await line(opened);
  cut.send(`GET ${path(800)}`);
  await until(() => opened.stats().connections > 0);
  cut.socket.once("drain", () => {});
  cut.send("b".repeat(800));
  expectRefusal((await cut.closed())[0], 414, "uri_too_long");
});

test("headers at their limit are taken, one byte more is 431, and so are any more", async () => {
  const opened = await door(where, { urlBytesMax: 100, headerBytesMax: 1000 });
  const fill = (bytes: number) => `a: ${"b".repeat(bytes - host.length - 5)}\r\n`;
  const one = await line(opened);
  one.send(get("/", fill(1000)), get("/", fill(1001)), get("/"));
  const answers = await one.answers(3);
  expect(answers.map(({ status }) => status)).toEqual([200, 431, 200]);
  expectRefusal(answers[1], 431, "headers_too_large");
  for (const bytes of [1101, 5000, 300_000]) {
    expectRefusal((await ask(opened, get("/", fill(bytes))))[0], 431, "headers_too_large");
  }
  expectRefusal((await ask(opened, get("/", "a:b\r\n".repeat(300))))[0], 431, "headers_too_large");
});

test("no header is dropped, however many there are", async () => {
  const opened = await door(({ headers }) => ({ status: 200, body: headers["last"] ?? "dropped" }), {
    headerBytesMax: 64 * 1024,
  });
  expect((await ask(opened, get("/", `${"a:b\r\n".repeat(3000)}last: yes\r\n`)))[0]?.body).toBe("yes");
});

test("chunk extensions and trailers have their limits too", async () => {
  const opened = await door(echo);
  const extension = await ask(opened, chunked(`1;${"e".repeat(20_000)}\r\nx\r\n0\r\n\r\n`));
  expectRefusal(extension[0], 413, "too_large");
  expect(extension[0]?.body).toContain("The extensions of the chunks have more than 16384 bytes");
  const trailers = await ask(opened, chunked(`1\r\nx\r\n0\r\nt: ${"t".repeat(40_000)}\r\n\r\n`));
  expectRefusal(trailers[0], 431, "headers_too_large");
});
