import { gzipSync, brotliCompressSync, deflateSync, deflateRawSync, zstdCompressSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { bodyBytesMax } from "../../functions/collect/collect.ts";
import { headers, setup } from "./setup.ts";

test.each([
  ["gzip", gzipSync],
  ["x-gzip", gzipSync],
  ["deflate", deflateSync],
  ["deflate", deflateRawSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
  ["gzip, br", (bytes: Buffer) => brotliCompressSync(gzipSync(bytes))],
  ["identity", (bytes: Buffer) => bytes],
])("Content-Encoding %s is undone", async (encoding, encode) => {
  const { hits, send } = setup();
  const body = Buffer.from('{"orderId":"N1"}');
  await send({
    body: encode(body),
    headers: headers({ "content-encoding": encoding }),
  });
  expect(Buffer.from(hits[0]!.body)).toEqual(body);
  expect(hits[0]!.content_encoding).toBeUndefined();
});

test.each(["gzip", "zstd", "snappy", "gzip, gzip, gzip, gzip"])(
  "a body that %s cannot undo is kept as sent, and the hit says so",
  async (encoding) => {
    const { hits, send } = setup();
    await send({
      body: "no such thing",
      headers: headers({ "content-encoding": encoding }),
    });
    expect(Buffer.from(hits[0]!.body).toString()).toBe("no such thing");
    expect(hits[0]!.content_encoding).toBe(encoding);
  },
);

test("several zstd frames in a row are one body", async () => {
  const { hits, send } = setup();
  const frames = ["orderId=Z1&status=delivered", "&total=99"].map((part) =>
    zstdCompressSync(Buffer.from(part)),
  );
  await send({
    body: Buffer.concat(frames),
    headers: headers({ "content-encoding": "zstd" }),
  });
  expect(Buffer.from(hits[0]!.body).toString()).toBe("orderId=Z1&status=delivered&total=99");
});

test.each([
  ["gzip", gzipSync],
  ["deflate", deflateSync],
  ["deflate", deflateRawSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
])(
  "bytes after the end of what %s encodes are not dropped: the body is kept as sent",
  async (encoding, encode) => {
    const { hits, send } = setup();
    const body = Buffer.concat([encode(Buffer.from("orderId=N1")), Buffer.from("&more=1")]);
    await send({ body, headers: headers({ "content-encoding": encoding }) });
    expect(Buffer.from(hits[0]!.body)).toEqual(body);
    expect(hits[0]!.content_encoding).toBe(encoding);
  },
);

test.each(["br", "deflate", "gzip", "zstd"])(
  "plain text under the name of %s is never taken for nothing",
  async (encoding) => {
    for (let first = 32; first < 127; first++) {
      for (const rest of ["", "N", "3,N3,delivered"]) {
        const { hits, send } = setup();
        const body = Buffer.from(String.fromCharCode(first) + rest);
        await send({
          body,
          headers: headers({ "content-encoding": encoding }),
        });
        expect(hits[0]!.body.length).toBeGreaterThan(0);
      }
    }
  },
);

test("zstd frames that together pass the limit are 413", async () => {
  const half = zstdCompressSync(Buffer.alloc(bodyBytesMax / 2));
  const one = zstdCompressSync(Buffer.alloc(1));
  const { hits, send } = setup();
  const given = headers({ "content-encoding": "zstd" });
  await send({ body: Buffer.concat([half, half]), headers: given });
  expect(hits[0]!.body.length).toBe(bodyBytesMax);
  for (const frames of [
    [half, half, one],
    [half, half, half],
  ])
    expect(await setup().refused({ body: Buffer.concat(frames), headers: given })).toMatchObject({
      status: 413,
    });
});

test("a bomb is 413: the limit holds after inflating, to the byte", async () => {
  const fits = gzipSync(Buffer.alloc(bodyBytesMax));
  const bomb = gzipSync(Buffer.alloc(bodyBytesMax + 1));
  const { hits, send } = setup();
  await send({ body: fits, headers: headers({ "content-encoding": "gzip" }) });
  expect(hits[0]!.body.length).toBe(bodyBytesMax);
  expect(
    await setup().refused({
      body: bomb,
      headers: headers({ "content-encoding": "gzip" }),
    }),
  ).toMatchObject({ status: 413 });
});
