import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { LookupAddress } from "node:dns";
import type { FeedFault } from "../../functions/feeds/faults.ts";
import { isPublicAddress } from "../../functions/public-address.ts";
import { openReach, reachOf } from "../../infra/web/reach.ts";
import { openWeb } from "../../infra/web/web.ts";
import { sends, startFeedServer, type FeedServer } from "../support/wire/feed-server.ts";

/** Whoever adds a feed must not be able to have this server ask its own network. */

let server: FeedServer;
beforeAll(async () => {
  server = await startFeedServer();
  server.does(sends("secrets of the metadata server"));
});
afterAll(async () => server[Symbol.asyncDispose]());

async function get(url: string, reach = reachOf(undefined)): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await openWeb(reach).get(url, { deadlineMs: 60_000, bytesMax: 1_000 }))
    chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "answered",
    ({ code }: FeedFault) => code,
  );

const port = () => new URL(server.url).port;

test.each([
  "127.0.0.1",
  "127.1",
  "2130706433",
  "0x7f.0.0.1",
  "0177.0.0.1",
  "0",
  "10.0.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "169.254.169.254",
  "100.100.100.200",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "[::1]",
  "[::]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[::ffff:a9fe:a9fe]",
  "[0:0:0:0:0:ffff:169.254.169.254]",
  "[::127.0.0.1]",
  "[64:ff9b::7f00:1]",
  "[64:ff9b::a9fe:a9fe]",
  "[64:ff9b:1::a00:1]",
  "[2002:7f00:1::]",
  "[2001:0:7f00:1::]",
  "[fe80::1]",
  "[fc00::1]",
  "[fd00:ec2::254]",
  "[fec0::1]",
  "[ff02::1]",
  "[100::1]",
  "[2001:db8::1]",
  "[3fff::1]",
])("the address %s is not asked", async (host) => {
  const before = server.asked.length;
  expect(await codeOf(get(`http://${host}:${port()}/feed`))).toBe("address_refused");
  expect(server.asked).toHaveLength(before);
});

test.each([
  "8.8.8.8",
  "1.1.1.1",
  "172.32.0.1",
  "100.128.0.1",
  "2606:4700::1111",
  "2a00:1450::1",
  "::ffff:8.8.8.8",
  "64:ff9b::808:808",
])("%s is a public address", (address) => expect(isPublicAddress(address)).toBe(true));

test("what is no address is no public one", () => {
  for (const none of ["", "localhost", "1.2.3", "::ffff:1.2.3", "8.8.8.8:80"])
    expect(isPublicAddress(none)).toBe(false);
});

/** A name server that gives these answers, one a look-up. */
function names(...answers: string[][]) {
  const asked: string[] = [];
  const resolve = (
    host: string,
    _options: unknown,
    done: (error: null, found: LookupAddress[]) => void,
  ): void => {
    const found = answers[Math.min(asked.push(host), answers.length) - 1]!;
    done(
      null,
      found.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
  return { asked, resolve };
}

test("a name that leads to this machine is not asked, nor one that leads there among others", async () => {
  for (const found of [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1"], ["fd00:ec2::254"], []]) {
    const { resolve } = names(found);
    const asked = codeOf(get(`http://feed.example.com:${port()}/`, openReach([], resolve)));
    expect([found, await asked]).toEqual([found, "address_refused"]);
  }
  expect(await codeOf(get(`http://localhost:${port()}/`))).toBe("address_refused");
  // The cloud has no such variable.
  await expect(get(`http://localhost:${port()}/`)).rejects.toThrow(
    /On one machine .* FEEDS_MAY_REACH; in the cloud/,
  );
  expect(server.asked).toEqual([]);
});

test("a name is looked up once a call: what it leads to a moment later is not asked", async () => {
  // A second look-up would lead where nobody listens.
  const turning = names(["127.0.0.1"], ["127.0.0.2"]);
  const reach = openReach(["127.0.0.1/32"], turning.resolve);
  expect(await get(`http://feed.example.com:${port()}/feed`, reach)).toContain("secrets");
  expect(turning.asked).toEqual(["feed.example.com"]);
  // The next call looks again, and what the name leads to now is not allowed.
  expect(await codeOf(get(`http://feed.example.com:${port()}/feed`, reach))).toBe("address_refused");
});

test("a redirect is checked as a call is", async () => {
  const turning = names(["127.0.0.1"], ["169.254.169.254"]);
  server.does(sends("", { location: "/other" }, 302));
  const before = server.asked.length;
  const reach = openReach(["127.0.0.1"], turning.resolve);
  expect(await codeOf(get(`http://feed.example.com:${port()}/feed`, reach))).toBe("address_refused");
  expect(server.asked).toHaveLength(before + 1);
  for (const to of [
    "http://169.254.169.254/computeMetadata/v1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "//10.0.0.1/",
  ]) {
    server.does(sends("", { location: to }, 302));
    expect([to, await codeOf(get(server.url, openReach(["127.0.0.1"])))]).toEqual([to, "redirected_away"]);
  }
});

test("what the operator allows is asked: networks, addresses, names", async () => {
  server.does(sends("of our own"));
  const { resolve } = names(["127.0.0.1"]);
  for (const [allowed, host] of [
    [["127.0.0.0/8"], "127.0.0.1"],
    [["10.0.0.0/8", "127.0.0.1"], "127.0.0.1"],
    [["CRM.internal"], "crm.internal"],
  ] as const)
    expect(await get(`http://${host}:${port()}/feed`, openReach(allowed, resolve))).toBe("of our own");
  expect(await codeOf(get(`http://other.internal:${port()}/`, openReach(["crm.internal"], resolve)))).toBe(
    "address_refused",
  );
  expect(await get(server.url, reachOf("10.0.0.0/8 , 127.0.0.1"))).toBe("of our own");
});
