import { expect, test } from "@jest/globals";
import { ownerOfPeer } from "../../functions/address.ts";
import type { Handler } from "../../functions/request.ts";
import type { Exchange } from "../../infra/http/exchange.ts";
import { idlest } from "../../infra/http/idlest.ts";
import type { Line } from "../support/wire/raw-http.ts";
import { until } from "../support/until.ts";
import { ask, bodyBytesMax, door, echo, expectRefusal, gate, get, line, post, text, where } from "./door.ts";

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
