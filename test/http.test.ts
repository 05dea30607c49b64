import { afterEach, expect, test } from "@jest/globals";
import fc from "fast-check";
import { problemDocument } from "../functions/problem.ts";
import { notFound } from "../functions/problems.ts";
import type { Handler, Reply, Request } from "../functions/request.ts";
import { openDoor, type Door, type DoorOptions } from "../infra/http.ts";
import type { Exchange } from "../infra/http/exchange.ts";
import { ownerOfPeer } from "../functions/address.ts";
import { idlest } from "../infra/http/room.ts";
import { badRequests, declaredStatuses } from "./support/bad-requests.ts";
import { dial, type Answer, type Line } from "./support/raw-http.ts";
import { until } from "./support/until.ts";

const logged: unknown[] = [];
const open: { doors: Door[]; lines: Line[] } = { doors: [], lines: [] };

/** A door with short times, so that a test of one ends soon. */
async function door(handler: Handler, options: Partial<DoorOptions> = {}): Promise<Door> {
  const opened = await openDoor(handler, {
    host: "127.0.0.1",
    port: 0,
    log: (...line) => logged.push(line),
    connectionsCheckingIntervalMs: 20,
    lingerMs: 1000,
    drainMs: 3000,
    drainGraceMs: 100,
    ...options,
  });
  open.doors.push(opened);
  return opened;
}

async function line(to: Door, methods?: readonly string[]): Promise<Line> {
  const opened = await dial(to.port, methods);
  open.lines.push(opened);
  return opened;
}

/** Sends text on a new connection that closes after the answers. */
async function ask(to: Door, text: string, methods?: readonly string[]): Promise<Answer[]> {
  const opened = await line(to, methods);
  opened.send(text);
  opened.socket.end();
  return opened.closed();
}

afterEach(async () => {
  for (const { hangUp } of open.lines.splice(0)) hangUp();
  const doors = open.doors.splice(0);
  const log = logged.splice(0);
  await Promise.all(doors.map((opened) => opened.drain()));
  for (const opened of doors) expect(opened.stats()).toEqual({ connections: 0, requests: 0, bytes: 0 });
  expect(log).toEqual([]);
});

const bodyBytesMax = 1000;
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const echo: Handler = async (request) => ({
  status: 200,
  body: text(await request.body(bodyBytesMax)),
});
const where: Handler = (request) => ({
  status: 200,
  body: `${request.method} ${request.path} ${request.query}`,
});
const host = "Host: localhost\r\n";
const post = (body: string, headers = "") =>
  `POST /a HTTP/1.1\r\n${host}${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
const chunked = (chunks: string) => `POST /a HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n${chunks}`;
const get = (path = "/", headers = "") => `GET ${path} HTTP/1.1\r\n${host}${headers}\r\n`;
const codeOf = (answer: Answer | undefined) => (JSON.parse(answer?.body ?? "{}") as { code?: string }).code;

/** A promise and its key. */
function gate(): { opened: Promise<void>; open: () => void } {
  let key = () => {};
  const opened = new Promise<void>((resolve) => (key = resolve));
  return { opened, open: () => key() };
}

const guarded = {
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
  "x-frame-options": "DENY",
};

function expectRefusal(answer: Answer | undefined, status: number, code: string): void {
  expect({ status: answer?.status, code: codeOf(answer) }).toEqual({
    status,
    code,
  });
  expect(answer?.headers["content-type"]).toBe("application/problem+json");
  expect(answer?.headers["content-length"]).toBe(String(Buffer.byteLength(answer?.body ?? "")));
  expect(answer?.headers["server"]).toBeUndefined();
  expect(answer?.headers).toMatchObject(guarded);
  expect(JSON.parse(answer?.body ?? "")).toMatchObject({
    status,
    code,
    type: `https://afterclick.dev/errors#${code}`,
  });
  expect(answer?.body).not.toMatch(/node|HPE_|\.ts\b|\n/i);
}

test("a body comes back byte for byte, however it is cut", async () => {
  const opened = await door(echo);
  const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
  const one = await line(opened);
  one.send(post(bytes));
  for (const byte of post(bytes)) one.send(byte);
  one.send(
    chunked([...bytes].map((byte) => `1\r\n${byte}\r\n`).join("") + "0\r\n\r\n"),
    post(""),
    chunked("0\r\n\r\n"),
  );
  const bodies = (await one.answers(5)).map(({ body }) => body);
  expect(bodies).toEqual([bytes, bytes, bytes, "", ""]);
});

test("method, path and query arrive as sent, from an absolute address too", async () => {
  const opened = await door(where);
  const one = await line(opened);
  one.send(get("/a%20b?c=%zz?d"), get("/?"), get("http://other/x?y"), get("http://other?y"));
  one.send(`OPTIONS * HTTP/1.1\r\n${host}\r\n`);
  expect((await one.answers(5)).map(({ body }) => body)).toEqual([
    "GET /a%20b c=%zz?d",
    "GET / ",
    "GET /x y",
    "GET / y",
    "OPTIONS * ",
  ]);
});

test("raw UTF-8 in an address is 400 and says what to send; in a body and in a header's value it is taken", async () => {
  const opened = await door(echo);
  const cyrillic = Buffer.from("имя=Ж").toString("latin1");
  for (const target of [`/a?${cyrillic}`, `/${cyrillic}`, `/a?x=1&${cyrillic}`]) {
    const [answer] = await ask(opened, get(target));
    expectRefusal(answer, 400, "bad_request");
    expect(answer?.body).toContain("must be percent-encoded");
  }
  const seen = await ask(opened, post(cyrillic, `X-Name: ${cyrillic}\r\n`));
  expect(seen).toMatchObject([{ status: 200, body: cyrillic }]);
  const encoded = await door(where);
  const [answer] = await ask(encoded, get(`/a?${encodeURIComponent("имя")}=1`));
  expect(answer?.body).toBe("GET /a %D0%B8%D0%BC%D1%8F=1");
});

test("repeated headers are joined", async () => {
  const opened = await door(({ headers }) => ({
    status: 200,
    body: JSON.stringify(headers),
  }));
  const [answer] = await ask(
    opened,
    get("/", "A: 1\r\na: 2\r\nContent-Type: x\r\ncontent-type: y\r\n__proto__: z\r\n"),
  );
  expect(JSON.parse(answer?.body ?? "")).toEqual({
    host: "localhost",
    a: "1, 2",
    "content-type": "x, y",
  });
});

test("HEAD is answered without a body, 204 without a length", async () => {
  const opened = await door(({ method }) =>
    method === "HEAD" ? { status: 200, body: "1234" } : { status: 204 },
  );
  const one = await line(opened, ["HEAD", "GET"]);
  one.send(`HEAD / HTTP/1.1\r\n${host}\r\n`, get());
  const [head, empty] = await one.answers(2);
  expect(head).toMatchObject({
    status: 200,
    body: "",
    headers: { "content-length": "4" },
  });
  expect(empty?.headers["content-length"]).toBeUndefined();
});

test("every answer says not to be guessed at, embedded or framed, unless the function says it itself", async () => {
  const own = { "x-frame-options": "SAMEORIGIN" };
  const opened = await door(({ path }) =>
    path === "/own" ? { status: 200, headers: own, body: forever(AbortSignal.abort()) } : { status: 204 },
  );
  const one = await line(opened);
  one.send(get("/"), get("/own"), "BROKEN\r\n\r\n");
  const [answer, streamed, last] = await one.closed();
  expect(answer?.headers).toMatchObject(guarded);
  expect(streamed?.headers).toMatchObject({ ...guarded, ...own });
  expectRefusal(last, 400, "bad_request");
});

test("a thrown problem is the answer, with its headers", async () => {
  const opened = await door(() => {
    throw notFound();
  });
  const [answer] = await ask(opened, get());
  expectRefusal(answer, 404, "not_found");
  expect(JSON.parse(answer?.body ?? "")).toEqual(problemDocument(notFound()));
});

test("anything else that is thrown is a 500 without its cause, which is logged", async () => {
  for (const handler of [
    () => Promise.reject(new Error("secret at /srv/x.ts")),
    () => ({ status: 200, headers: { bad: "line\nbreak" } }),
  ]) {
    const [answer] = await ask(await door(handler), get());
    expectRefusal(answer, 500, "internal");
    expect(answer?.body).not.toMatch(/secret/);
    expect(JSON.stringify(logged.splice(0))).toMatch(/ERROR.*(secret|header content)/);
  }
});

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

test("100-continue is said when the body is wanted, and only then", async () => {
  const opened = await door((request) => (request.path === "/no" ? { status: 404 } : echo(request)));
  const wants = "Expect: 100-Continue\r\n";
  const one = await line(opened);
  one.send(`POST / HTTP/1.1\r\n${host}${wants}Content-Length: 2\r\n\r\n`);
  await until(() => one.interim === 1);
  one.send("ok");
  expect(await one.answers(1)).toMatchObject([{ status: 200, body: "ok" }]);
  const refused = await line(opened);
  refused.send(`POST /no HTTP/1.1\r\n${host}${wants}Content-Length: 2\r\n\r\n`);
  expect(await refused.closed()).toMatchObject([{ status: 404 }]);
  const tooMuch = await line(opened);
  tooMuch.send(`POST / HTTP/1.1\r\n${host}${wants}Content-Length: 2000\r\n\r\n`);
  expectRefusal((await tooMuch.closed())[0], 413, "too_large");
  expect([refused.interim, tooMuch.interim]).toEqual([0, 0]);
});

test("an empty expectation is none, and the same one twice is one", async () => {
  const opened = await door(echo);
  for (const expects of ["Expect:\r\n", "Expect: \r\nExpect:\r\n", "Expect: ,\r\n"]) {
    const one = await line(opened);
    one.send(post("x", expects));
    expect(await one.answers(1)).toMatchObject([{ status: 200, body: "x" }]);
    expect(one.interim).toBe(0);
  }
  for (const expects of [
    "Expect: 100-continue\r\nExpect: 100-Continue\r\n",
    "Expect: 100-continue, 100-continue\r\n",
    "Expect: 100-continue,\r\n",
    "Expect:\r\nExpect: 100-continue\r\n",
  ]) {
    const one = await line(opened);
    one.send(`POST / HTTP/1.1\r\n${host}${expects}Content-Length: 2\r\n\r\n`);
    await until(() => one.interim === 1);
    one.send("ok");
    expect(await one.answers(1)).toMatchObject([{ status: 200, body: "ok" }]);
  }
});

test("any other expectation is 417", async () => {
  const opened = await door(echo);
  for (const expectation of [
    "200-ok",
    "100-continue, more",
    "more\r\nExpect: 100-continue",
    "x100-continue",
  ]) {
    const [answer] = await ask(opened, post("x", `Expect: ${expectation}\r\n`));
    expectRefusal(answer, 417, "expectation_failed");
  }
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

test("a request to upgrade is served as if it had not asked", async () => {
  const opened = await door(echo);
  const upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n";
  expect(await ask(opened, post("hello", upgrade))).toMatchObject([{ status: 200, body: "hello" }]);
  expect(await ask(opened, get("/", upgrade))).toMatchObject([{ status: 200 }]);
});

test("chunk extensions and trailers have their limits too", async () => {
  const opened = await door(echo);
  const extension = await ask(opened, chunked(`1;${"e".repeat(20_000)}\r\nx\r\n0\r\n\r\n`));
  expectRefusal(extension[0], 413, "too_large");
  const trailers = await ask(opened, chunked(`1\r\nx\r\n0\r\nt: ${"t".repeat(40_000)}\r\n\r\n`));
  expectRefusal(trailers[0], 431, "headers_too_large");
});

test("pipelined requests are answered in their order, whichever is ready first", async () => {
  const slow = gate();
  const opened = await door(async (request) => {
    if (request.path === "/slow") await slow.opened;
    else slow.open();
    return where(request);
  });
  const one = await line(opened);
  one.send(get("/slow") + get("/2") + get("/3"));
  expect((await one.answers(3)).map(({ body }) => body)).toEqual(["GET /slow ", "GET /2 ", "GET /3 "]);
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
  expect(await one.closed()).toMatchObject([{ status: 404 }]);
});

test("an idle connection ends after its time, an answered one can be used again before", async () => {
  const opened = await door(echo, { keepAliveTimeoutMs: 1 });
  const one = await line(opened);
  one.send(post("1"));
  await one.answers(1);
  expect(await one.closed()).toHaveLength(1);
});

test("past requestsMax the answer is 503 with Retry-After; then there is room again", async () => {
  const slow = gate();
  const opened = await door(
    async (request) => {
      await slow.opened;
      return echo(request);
    },
    { requestsMax: 2 },
  );
  const [one, two, three] = [await line(opened), await line(opened), await line(opened)];
  one.send(post("1"));
  two.send(post("2"));
  await until(() => opened.stats().requests === 2);
  three.send(post("3"));
  const [refused] = await three.answers(1);
  expectRefusal(refused, 503, "overloaded");
  expect(refused?.headers["retry-after"]).toBe("1");
  slow.open();
  expect(await Promise.all([one.answers(1), two.answers(1)])).toMatchObject([
    [{ body: "1" }],
    [{ body: "2" }],
  ]);
  three.send(post("3"));
  expect((await three.answers(2))[1]).toMatchObject({ status: 200, body: "3" });
});

test("past bytesInFlightMax the answer is 503; bytes are given back with the answer", async () => {
  const slow = gate();
  const opened = await door(
    async (request) => {
      const body = await request.body(bodyBytesMax);
      await slow.opened;
      return { status: 200, body: text(body) };
    },
    { bytesInFlightMax: 1000 },
  );
  const [one, two, three] = [await line(opened), await line(opened), await line(opened)];
  one.send(post("x".repeat(600)));
  two.send(post("y".repeat(400)));
  await until(() => opened.stats().bytes === 1000);
  three.send(post("z"));
  expectRefusal((await three.answers(1))[0], 503, "overloaded");
  slow.open();
  await Promise.all([one.answers(1), two.answers(1)]);
  await until(() => opened.stats().bytes === 0);
  three.send(post("z"));
  expect((await three.answers(2))[1]).toMatchObject({ status: 200, body: "z" });
});

test("what a function holds besides counts as well", async () => {
  const opened = await door(
    (request) => {
      request.hold(Number(request.query));
      return { status: 200 };
    },
    { bytesInFlightMax: 1000 },
  );
  const one = await line(opened);
  for (const [count, bytes, status] of [
    [1, 1000, 200],
    [2, 1001, 503],
    [3, 1000, 200],
  ] as const) {
    one.send(get(`/?${bytes}`));
    expect((await one.answers(count))[count - 1]?.status).toBe(status);
    await until(() => opened.stats().requests === 0);
  }
});

test("whoever holds every connection idle locks nobody out: the longest idle goes for a newcomer", async () => {
  const opened = await door(where, { connectionsMax: 3 });
  const [used, silent, half] = [await line(opened), await line(opened), await line(opened)];
  used.send(get());
  await used.answers(1);
  half.send("GET / HT");
  const served: Line[] = [];
  for (const gone of [silent, half, used]) {
    const newcomer = await line(opened);
    newcomer.send(get("/new"));
    expect(await newcomer.answers(1)).toMatchObject([{ status: 200 }]);
    expect(await gone.closed()).toHaveLength(gone === used ? 1 : 0);
    served.push(newcomer);
  }
  // None of those that were served for them went meanwhile.
  for (const newcomer of served) newcomer.send(get("/again"));
  for (const newcomer of served) expect(await newcomer.answers(2)).toHaveLength(2);
});

test("a connection that waits for its answer is closed for nobody: past connectionsMax a newcomer gets 503", async () => {
  const slow = gate();
  const opened = await door(
    async (request) => {
      if (request.path === "/slow") await slow.opened;
      return where(request);
    },
    { connectionsMax: 2 },
  );
  const [one, two] = [await line(opened), await line(opened)];
  for (const busy of [one, two]) busy.send(get("/slow"));
  await until(() => opened.stats().requests === 2);
  const three = await line(opened);
  three.send(get());
  const refused = await three.closed();
  expect(refused).toHaveLength(1);
  expectRefusal(refused[0], 503, "overloaded");
  slow.open();
  for (const busy of [one, two]) expect(await busy.answers(1)).toMatchObject([{ status: 200 }]);
  expect(await ask(opened, get())).toMatchObject([{ status: 200 }]);
});

test("one host with 4,200 idle connections, renewed as they end, locks nobody out", async () => {
  // However long it takes to open them here, none of them is late.
  const opened = await door(where, { headerTimeoutMs: 300_000, requestTimeoutMs: 300_000 });
  const idle = 4200;
  const hoard: Line[] = [];
  for (let n = 0; n < idle; n += 100)
    hoard.push(...(await Promise.all(Array.from({ length: 100 }, () => line(opened)))));
  for (let n = 0; n < 50; n++) {
    expect(await ask(opened, get("/hit"))).toMatchObject([{ status: 200 }]);
    hoard.push(await line(opened));
  }
  expect(opened.stats().connections).toBeLessThanOrEqual(4096);
  expect(hoard.filter(({ text: refusal }) => refusal !== "")).toEqual([]);
});

const seat = (owner: string | undefined, idleSince: number, busy = false) => ({
  owner,
  idleSince,
  open: busy ? [{} as Exchange] : [],
});

test("the address with most idle connections makes room first, private ones and the busy least", () => {
  const proxy = [seat(undefined, 1), seat(undefined, 2), seat(undefined, 3)];
  const flood = Array.from({ length: 5 }, (_, n) => seat("192.0.2.1", 10 + n));
  const [honest, busy] = [seat("198.51.100.1", 0), seat("192.0.2.1", 0, true)];
  const newcomer = seat("192.0.2.1", 99);
  const all = [...proxy, ...flood, honest, busy, newcomer];
  expect(idlest(all, newcomer, 2)).toEqual([flood[0], flood[1]]);
  // As many as the proxy's by then: whoever idles longest.
  expect(idlest(all, newcomer, 3)[2]).toBe(proxy[0]);
  const everybody = idlest(all, newcomer, 99);
  expect(new Set(everybody)).toEqual(new Set([...proxy, ...flood, honest]));
});

test.each([
  ["203.0.113.7", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:0DB8:1:2::9", "2001:db8:1:2"],
  ["2001:db8::1", "2001:db8:0:0"],
  ["64:ff9b::203.0.113.7", "64:ff9b:0:0"],
  ["127.0.0.1", undefined],
  ["::1", undefined],
  ["::ffff:10.1.2.3", undefined],
  ["172.17.0.1", undefined],
  ["100.64.0.1", undefined],
  ["169.254.8.1", undefined],
  ["fe80::1%eth0", undefined],
  ["fd00::1", undefined],
  ["", undefined],
])("a peer at %j is %j: one sender, or perhaps many", (address, owner) => {
  expect(ownerOfPeer(address)).toBe(owner);
});

test("an address that a counted proxy names has as many requests in progress as are free, and others find places", async () => {
  const slow = gate();
  const opened = await door(
    async (request) => {
      if (request.path === "/slow") await slow.opened;
      return where(request);
    },
    { requestsMax: 8, trustedProxies: 1 },
  );
  const from = (address: string) => `X-Forwarded-For: 10.9.9.9, ${address}\r\n`;
  const proxies: Line[] = [];
  const send = async (path: string, address: string) => {
    const proxy = await line(opened);
    proxies.push(proxy);
    proxy.send(get(path, address === "" ? "" : from(address)));
    return proxy;
  };
  const hog = ["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::4"];
  for (const address of hog) await send("/slow", address);
  await until(() => opened.stats().requests === 4);
  expectRefusal((await (await send("/slow", "2001:db8::5")).answers(1))[0], 503, "overloaded");
  // Four are free: each newcomer is served, and whoever names nobody has no bound but the door's.
  for (const address of ["192.0.2.1", "192.0.2.2", ""])
    expect(await (await send("/", address)).answers(1)).toMatchObject([{ status: 200 }]);
  for (let n = 0; n < 4; n++) await send("/slow", "");
  await until(() => opened.stats().requests === 8);
  expectRefusal((await (await send("/", "192.0.2.1")).answers(1))[0], 503, "overloaded");
  slow.open();
  await until(() => opened.stats().requests === 0);
  // All places are given back.
  for (const address of hog)
    expect(await (await send("/", address)).answers(1)).toMatchObject([{ status: 200 }]);
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

/** Events until nobody wants them. */
async function* forever(gone: AbortSignal) {
  yield "first";
  if (!gone.aborted) await new Promise((resolve) => gone.addEventListener("abort", resolve, { once: true }));
}

test("a stream arrives as it is made, and ends when its reader leaves", async () => {
  let ended = false;
  const opened = await door(({ gone }) => ({
    status: 200,
    body: (async function* () {
      try {
        yield* forever(gone);
      } finally {
        ended = true;
      }
    })(),
  }));
  for (const leave of [(one: Line) => one.hangUp(), (one: Line) => one.socket.end()]) {
    ended = false;
    const one = await line(opened);
    one.send(get());
    await until(() => one.text.endsWith("first\r\n"));
    expect(ended).toBe(false);
    leave(one);
    await until(() => ended);
  }
});

test("a stream waits for a slow reader, and one that stalls is cut off", async () => {
  let made = 0;
  const chunk = new Uint8Array(64 * 1024).fill(0x78);
  const handler: Handler = () => ({
    status: 200,
    body: (async function* () {
      for (made = 0; made < 500; made++) yield chunk;
    })(),
  });
  const opened = await door(handler);
  const one = await line(opened);
  one.socket.pause();
  one.send(get());
  await until(() => made > 0);
  let before = -1;
  await until(() => before === (before = made)); // it stands still
  expect(made).toBeLessThan(499);
  one.socket.resume();
  const [answer] = await one.answers(1);
  expect(answer?.body).toHaveLength(500 * chunk.length);
  const impatient = await door(handler, { sendTimeoutMs: 100 });
  const stalled = await line(impatient);
  stalled.socket.pause();
  stalled.send(get());
  await until(() => impatient.stats().requests === 1);
  await until(() => impatient.stats().connections === 0);
});

test("a stream that breaks cannot be taken for a whole one", async () => {
  const opened = await door(() => ({
    status: 200,
    body: (async function* () {
      yield "half";
      throw new Error("the disk is gone");
    })(),
  }));
  await expect(ask(opened, get())).rejects.toThrow(/no answer/);
  expect(JSON.stringify(logged.splice(0))).toMatch(/broke off.*disk is gone/);
});

test("the sender's address is taken from the proxies that are trusted, from no other", async () => {
  const handler: Handler = ({ remoteAddress }) => ({
    status: 200,
    body: remoteAddress,
  });
  const chain = "X-Forwarded-For: 1.1.1.1, 2.2.2.2\r\nX-Forwarded-For: 2001:db8::3\r\n";
  for (const [trustedProxies, headers, address] of [
    [0, chain, "127.0.0.1"],
    [1, chain, "2001:db8::3"],
    [2, chain, "2.2.2.2"],
    [3, chain, "1.1.1.1"],
    [4, chain, "127.0.0.1"],
    [1, "", "127.0.0.1"],
    [1, "X-Forwarded-For: nonsense\r\n", "127.0.0.1"],
  ] as const) {
    const [answer] = await ask(await door(handler, { trustedProxies }), get("/", headers));
    expect(answer?.body).toBe(address);
  }
});

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
});

test("a port in use is said in one line", async () => {
  const { port } = await door(where);
  await expect(openDoor(where, { host: "127.0.0.1", port, log: () => {} })).rejects.toThrow(
    `Port ${port} on 127.0.0.1 cannot be used: another program uses it. Stop what uses it, or choose another port.`,
  );
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
