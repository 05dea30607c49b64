import { expect, test } from "@jest/globals";
import { problemDocument } from "../../functions/problem.ts";
import { notFound } from "../../functions/problems.ts";
import { until } from "../support/until.ts";
import {
  ask,
  chunked,
  door,
  echo,
  expectRefusal,
  forever,
  gate,
  get,
  guarded,
  host,
  line,
  logged,
  post,
  where,
} from "./door.ts";

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

test("the host of an absolute address is Host, or beside another one a second Host", async () => {
  const opened = await door(({ headers }) => ({ status: 200, body: headers["host"] ?? "none" }));
  for (const [target, header, seen] of [
    ["/", "a:8080", "a:8080"],
    ["http://a:8080/", "a:8080", "a:8080"],
    ["HTTP://A:8080?x", "a:8080", "a:8080"],
    ["http://evil/", "localhost", "evil, localhost"],
    ["http://localhost/", "evil", "localhost, evil"],
    ["https://localhost@evil/", "localhost", "localhost@evil, localhost"],
    ["http:///", "localhost", ", localhost"],
    ["/http://evil/", "localhost", "localhost"],
  ]) {
    const [answer] = await ask(opened, `GET ${target} HTTP/1.1\r\nHost: ${header}\r\n\r\n`);
    expect([target, answer?.body]).toEqual([target, seen]);
  }
  expect(await ask(opened, "GET http://evil/ HTTP/1.0\r\n\r\n")).toMatchObject([{ body: "evil" }]);
  expectRefusal((await ask(opened, "GET http://evil/ HTTP/1.1\r\n\r\n"))[0], 400, "bad_request");
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

test("a request to upgrade is served as if it had not asked", async () => {
  const opened = await door(echo);
  const upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n";
  expect(await ask(opened, post("hello", upgrade))).toMatchObject([{ status: 200, body: "hello" }]);
  expect(await ask(opened, get("/", upgrade))).toMatchObject([{ status: 200 }]);
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
