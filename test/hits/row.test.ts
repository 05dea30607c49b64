import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Hit } from "../../functions/hit.ts";
import { makeRow, rowBytes, rowColumns, rowSpec, withoutFields } from "../../functions/hits/row.ts";

const hit: Hit = {
  hit_id: "8f14e45f-ceea-467f-a0e6-0f2f7e0e3b4c",
  stream_id: "522ed95e-9f07-45f6-a0b7-28bf2d0315e5",
  received_at: 1603131452000,
  body: Buffer.from("orderId=N1&status=delivered&total=120.13&userId=U1"),
};

test("the table has its eleven columns, and the first four are the promise", () => {
  expect(rowColumns.map(({ name, type, required = false }) => [name, type, required])).toEqual([
    ["hit_id", "STRING", true],
    ["payload", "STRING", true],
    ["received_at", "INT64", true],
    ["date", "DATE", true],
    ["content_type", "STRING", false],
    ["query", "STRING", false],
    ["headers", "JSON", false],
    ["fields", "JSON", false],
    ["payload_bytes", "BYTES", false],
    ["stream_ref", "STRING", false],
    ["is_test", "BOOL", false],
  ]);
  for (const { description } of rowColumns) expect(description.length).toBeLessThanOrEqual(1024);
  expect(rowSpec).toMatchObject({
    columns: rowColumns,
    partitionBy: "date",
    clusterBy: ["hit_id"],
  });
});

test("a hit becomes a row with the payload as it is and the date of its stream", () => {
  expect(makeRow(hit, "2020-10-19")).toEqual([
    hit.hit_id,
    "orderId=N1&status=delivered&total=120.13&userId=U1",
    1603131452000,
    "2020-10-19",
    null,
    null,
    null,
    '{"orderId":"N1","status":"delivered","total":"120.13","userId":"U1"}',
    null,
    // printf %s 522ed95e-9f07-45f6-a0b7-28bf2d0315e5 | sha256sum | head -c 12
    "5403e49f9c61",
    false,
  ]);
});

test("what a hit carries besides its body is in its row", async () => {
  const body = Uint8Array.of(0xff);
  const full: Hit = {
    ...hit,
    body,
    content_type: "image/png",
    query: "a=1",
    headers: { "x-b": "2", "user-agent": 'a "quoted" one' },
    is_test: true,
  };
  expect(await makeRow(full, "2020-10-20")).toEqual([
    hit.hit_id,
    "\ufffd",
    hit.received_at,
    "2020-10-20",
    "image/png",
    "a=1",
    '{"user-agent":"a \\"quoted\\" one","x-b":"2"}',
    null,
    body,
    // printf %s 522ed95e-9f07-45f6-a0b7-28bf2d0315e5 | sha256sum | head -c 12
    "5403e49f9c61",
    true,
  ]);
  // A coding that could not be undone, on what is plain text all the same.
  const encoded: Hit = { ...hit, content_encoding: "gzip" };
  expect(await makeRow(encoded, "2020-10-20")).toEqual(await makeRow(hit, "2020-10-20"));
});

test("a multipart hit has its fields as well", async () => {
  const body = Buffer.from('--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n');
  const row = await makeRow({ ...hit, body, content_type: "multipart/form-data; boundary=x" }, "2020-10-20");
  expect(row[7]).toBe('{"a":"1"}');
});

test("without its fields a row is the same in all other columns", async () => {
  const row = await makeRow(hit, "2020-10-19");
  const bare = withoutFields(row);
  expect(bare).toEqual(row.with(7, null));
  expect(row[7]).not.toBeNull();
});

test("the size of a row is never less than its bytes, and never much more", () => {
  const value = fc.option(
    fc.oneof(fc.string({ unit: "binary" }), fc.uint8Array(), fc.boolean(), fc.maxSafeInteger()),
  );
  fc.assert(
    fc.property(fc.array(value, { minLength: 11, maxLength: 11 }), (row) => {
      let bytes = 0;
      for (const item of row) {
        if (typeof item === "string" || item instanceof Uint8Array) bytes += Buffer.from(item).byteLength;
        else if (item !== null) bytes += 1;
      }
      expect(rowBytes(row)).toBeGreaterThanOrEqual(bytes);
      expect(rowBytes(row)).toBeLessThanOrEqual(bytes + 13 * row.length);
    }),
  );
});

test("no body of 8 MiB makes a row of more than 10 MB", async () => {
  const mib = 1024 * 1024;
  const worst: [body: Uint8Array, contentType?: string][] = [
    [Buffer.alloc(8 * mib, "a")],
    [Buffer.alloc(8 * mib, 0xff)],
    [Buffer.alloc(8 * mib, 0xcf), "text/plain; charset=windows-1251"],
    [Buffer.alloc(3 * mib, 0xcf), "text/plain; charset=windows-1251"],
    [Buffer.alloc(8 * mib, "a\0"), "text/plain; charset=utf-16le"],
    [Buffer.alloc(8 * mib, "\x4e\x2d", "latin1"), "text/plain; charset=utf-16be"],
    // Control characters take six bytes each in JSON.
    [Buffer.concat([Buffer.from("a="), Buffer.alloc(mib - 2, 1)])],
    [Buffer.concat([Buffer.from("a=\xff", "latin1"), Buffer.alloc(mib - 3, 1)])],
    [Buffer.from(`[${"1e19,".repeat(mib / 5 - 2)}1]`)],
  ];
  for (const [body, content_type] of worst) {
    const row = await makeRow(
      { ...hit, body, ...(content_type !== undefined && { content_type }) },
      "2020-10-19",
    );
    expect(rowBytes(row)).toBeLessThan(10_000_000);
  }
});
