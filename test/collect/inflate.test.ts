import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
  type InputType,
} from "node:zlib";
import { expect, test } from "@jest/globals";
import { createInflating } from "../../functions/collect/inflating.ts";
import {
  codingsOf,
  framesMax,
  inflate as inflateWithin,
  workMsMax,
} from "../../functions/collect/inflate.ts";
import { request } from "../support/request.ts";

/** What one body may take is counted in CPU of all threads: on a busy machine that of others too. Only the
 *  tests of that bound have a meter that runs. */
const spent = (ms: number) => ({ spentMs: () => ms, end: () => undefined });
const inflate = (body: Uint8Array, names: string[], most: number) =>
  inflateWithin(body, names, most, spent(0));
const openInflating = () => createInflating(bytesMax, { waitMsMax: 600_000, meter: () => spent(0) });

const mebibyte = 1024 * 1024;
const bytesMax = 8 * mebibyte;
const codings: [string, (bytes: InputType) => Buffer][] = [
  ["gzip", gzipSync],
  ["deflate", deflateSync],
  ["deflate", deflateRawSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
];

/** 29 bytes: brotli of 8 MiB of zstd frames that give nothing. */
const endless = Buffer.from("9bfaff7ff88fd3a536b07cea122000a5415e6afbc56fc140d6fbbf7304", "hex");

test("29 bytes that become 900,000 empty frames are kept as sent, at the cost of a few", async () => {
  const empty = zstdCompressSync(Buffer.alloc(0));
  const cost = async (body: Uint8Array, names: string[]) => {
    const before = process.cpuUsage();
    const inflated = await inflate(body, names, bytesMax);
    const { user, system } = process.cpuUsage(before);
    return { inflated, ms: (user + system) / 1000 };
  };
  const most = Buffer.concat(Array.from({ length: framesMax }, () => empty));
  const yardstick = await cost(most, ["zstd"]);
  expect(yardstick.inflated).toHaveLength(0);
  const { inflated, ms } = await cost(endless, ["zstd", "br"]);
  expect(inflated).toBeUndefined();
  // 8 MiB of brotli, beside the same frames; without a bound it would be 3,600 times as much.
  expect(ms).toBeLessThan(20 * yardstick.ms + 500);
});

test("a body whose decoding takes more than its share of work is refused with 503, one within it is not", async () => {
  const body = gzipSync(Buffer.alloc(mebibyte));
  const within = await inflateWithin(body, ["gzip"], bytesMax, spent(workMsMax));
  expect(within).toHaveLength(mebibyte);
  await expect(inflateWithin(body, ["gzip"], bytesMax, spent(workMsMax + 1))).rejects.toMatchObject({
    code: "overloaded",
    status: 503,
  });
});

test.each([framesMax, framesMax + 1])("of %i zstd frames, 128 at most are undone", async (count) => {
  const frame = zstdCompressSync(Buffer.from("a"));
  const inflated = await inflate(
    Buffer.concat(Array.from({ length: count }, () => frame)),
    ["zstd"],
    bytesMax,
  );
  expect(inflated?.length).toBe(count <= framesMax ? count : undefined);
});

test("skippable frames of zstd, however many, are skipped, before, between and after the others", async () => {
  const skippable = Buffer.from("502a4d1802000000abcd", "hex");
  const many = Buffer.concat(Array.from({ length: 5_000 }, () => skippable));
  const body = Buffer.concat([many, zstdCompressSync("a="), many, zstdCompressSync("1"), many]);
  expect(Buffer.from((await inflate(body, ["zstd"], bytesMax))!).toString()).toBe("a=1");
  expect(await inflate(body.subarray(0, -1), ["zstd"], bytesMax)).toBeUndefined();
  expect(await inflate(many, ["zstd"], bytesMax)).toHaveLength(0);
});

test.each(codings)("%s that was cut anywhere is kept as sent", async (name, encode) => {
  const body = encode(Buffer.from("orderId=N1&status=delivered"));
  for (let length = 1; length < body.length; length++) {
    const inflated = await inflate(body.subarray(0, length), [name], bytesMax);
    // A start of brotli or raw deflate may be whole by chance; it never gives a part as if it were all.
    if (inflated !== undefined) expect({ length, text: Buffer.from(inflated).toString() }).toBeUndefined();
  }
});

test.each(codings)("a ratio is no reason: 8 MiB of one letter in %s are undone", async (name, encode) => {
  const body = Buffer.alloc(bytesMax, "a");
  const inflated = await inflate(encode(body), [name], bytesMax);
  expect(Buffer.from(inflated!).equals(body)).toBe(true);
});

test.each(codings)("past 8 MiB, also between two codings, %s is refused", async (name, encode) => {
  const bomb = encode(Buffer.alloc(bytesMax + 1));
  // What was sent is far below the limit: which size is meant has to be said.
  const refusal = {
    code: "too_large",
    message: expect.stringMatching(
      /^With its Content-Encoding undone, the body has more than 8388608 bytes; at most/,
    ),
  };
  await expect(inflate(bomb, [name], bytesMax)).rejects.toMatchObject(refusal);
  await expect(inflate(gzipSync(bomb), [name, "gzip"], bytesMax)).rejects.toMatchObject(refusal);
});

test("a frame that asks for a window past 8 MiB is kept as sent", async () => {
  // Magic, a frame header without content size, a window of 128 MiB (27), one empty last block.
  const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, (27 - 10) << 3, 0x01, 0x00, 0x00]);
  expect(await inflate(frame, ["zstd"], bytesMax)).toBeUndefined();
});

test.each(["UTF-8", "none", "8bit", "7bit", "binary", "", "identity", "windows-1251", "utf-8, none"])(
  "Content-Encoding %p is no coding",
  (header) => expect(codingsOf(header)).toEqual([]),
);

test.each(["gzip", "GZIP", "utf-8, gzip", "gzip,", "aws-chunked", "base64"])(
  "Content-Encoding %p is one",
  (header) => expect(codingsOf(header)).toHaveLength(1),
);

/** A sender at an address, and what its request holds. */
function sender(remoteAddress: string) {
  const gone = new AbortController();
  const closing = new AbortController();
  const held = { now: 0, most: 0 };
  return {
    gone,
    closing,
    held,
    request: request({
      remoteAddress,
      gone: gone.signal,
      closing: closing.signal,
      hold(bytes) {
        held.now += bytes;
        held.most = Math.max(held.most, held.now);
      },
      release: (bytes) => void (held.now -= bytes),
    }),
  };
}

const large = gzipSync(Buffer.alloc(bytesMax));
const small = gzipSync(Buffer.from("a=1"));

test("memory is granted before it is used, and what is not needed is given back", async () => {
  const inflating = openInflating();
  const { request: from, held } = sender("192.0.2.1");
  const body = gzipSync(Buffer.alloc(mebibyte));
  const inflated = await inflating.undo(from, "s", body, ["gzip"]);
  expect(held).toEqual({ now: mebibyte, most: 2 * bytesMax });
  inflated.release();
  expect(held.now).toBe(0);
});

test("a body that cannot be undone, or is refused, holds nothing more", async () => {
  const inflating = openInflating();
  const { request: from, held } = sender("192.0.2.1");
  const kept = await inflating.undo(from, "s", Buffer.alloc(9_000, "a"), ["gzip"]);
  expect(kept.body).toBeUndefined();
  const bomb = gzipSync(Buffer.alloc(bytesMax + 1));
  await expect(inflating.undo(from, "s", bomb, ["gzip"])).rejects.toMatchObject({ status: 413 });
  expect(held.now).toBe(0);
});

test("one address may hold seven of the largest; the next is 503, and another address goes on", async () => {
  const inflating = openInflating();
  const taken = [];
  for (let count = 0; count < 7; count++)
    taken.push(await inflating.undo(sender("192.0.2.1").request, `s${count}`, large, ["gzip"]));
  const undo = (address: string) => inflating.undo(sender(address).request, "s", large, ["gzip"]);
  await expect(undo("192.0.2.1")).rejects.toMatchObject({ code: "overloaded", status: 503 });
  expect((await undo("192.0.2.2")).body).toHaveLength(bytesMax);
  taken[0]!.release();
  expect((await undo("192.0.2.1")).body).toHaveLength(bytesMax);
});

test("one stream, from many addresses, may hold no more either", async () => {
  const inflating = openInflating();
  const undo = (count: number, stream: string) =>
    inflating.undo(sender(`192.0.2.${count}`).request, stream, large, ["gzip"]);
  for (let count = 0; count < 7; count++) await undo(count, "s");
  await expect(undo(7, "s")).rejects.toMatchObject({ code: "overloaded" });
  expect((await undo(8, "other")).body).toHaveLength(bytesMax);
});

test("an IPv6 subscriber has one share, whichever of the addresses sends", async () => {
  const inflating = openInflating();
  const undo = (address: string, stream: string) =>
    inflating.undo(sender(address).request, stream, large, ["gzip"]);
  for (let count = 0; count < 7; count++) await undo(`2001:db8::${count}`, `s${count}`);
  await expect(undo("2001:db8::ffff", "s")).rejects.toMatchObject({ code: "overloaded" });
  expect((await undo("2001:db8:0:1::1", "s")).body).toHaveLength(bytesMax);
});

test("codings that nobody knows, 8,000 of them too, take no place and no memory", async () => {
  const inflating = openInflating();
  for (const header of ["snappy", ",a".repeat(8_000), "gzip,".repeat(3_000)]) {
    const { request: from, held } = sender("192.0.2.1");
    const { body } = await inflating.undo(from, "s", large, codingsOf(header));
    expect(body).toBeUndefined();
    expect(held.most).toBe(0);
  }
});

test("where the door has no room, nothing is inflated", async () => {
  const inflating = openInflating();
  const full = request({
    hold: () => {
      throw new Error("no room");
    },
  });
  await expect(inflating.undo(full, "s", large, ["gzip"])).rejects.toThrow("no room");
});

test("a small hit waits for nobody, however many large ones are at work", async () => {
  const inflating = openInflating();
  const order: string[] = [];
  const works = Array.from({ length: 20 }, () =>
    inflating.undo(sender("192.0.2.1").request, "s", endless, ["zstd", "br"]).then(
      () => order.push("large"),
      () => order.push("refused"),
    ),
  );
  const { body } = await inflating.undo(sender("192.0.2.1").request, "s", small, ["gzip"]);
  order.push("small");
  await Promise.all(works);
  expect(Buffer.from(body!).toString()).toBe("a=1");
  expect(order[0]).toBe("small");
});

test.each(["gone", "closing"] as const)("who is %s leaves the line with a 503", async (signal) => {
  const inflating = openInflating();
  const works = Array.from({ length: 2 }, () =>
    inflating.undo(sender("192.0.2.1").request, "s", large, ["gzip"]),
  );
  const late = sender("192.0.2.1");
  const waiting = inflating.undo(late.request, "s", large, ["gzip"]);
  late[signal].abort();
  await expect(waiting).rejects.toMatchObject({ code: "overloaded" });
  expect(late.held.now).toBe(0);
  await Promise.all(works);
});
