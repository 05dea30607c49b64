/** Well-formed HTTP with anything in it, beside the broken ones of support/wire/bad-requests.ts. */
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { badRequests } from "../support/wire/bad-requests.ts";

/** What is written on a connection of its own, and the method of each request on it that has one. */
export interface Drawn {
  readonly shape: string;
  readonly parts: readonly Uint8Array[];
}

type Headers = readonly (readonly [name: string, value: string])[];

const unseen = "00000000-0000-4000-8000-000000000000";
const line = (text: string): string => text.replace(/[\0\r\n]/g, "");

function asBytes(method: string, target: string, headers: Headers, body: Uint8Array): Uint8Array {
  const all = [["Host", "localhost"], ...headers, ["Content-Length", String(body.length)]];
  const head = all.map(([name, value]) => `${name}: ${line(value!)}\r\n`).join("");
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${head}\r\n`, "latin1"), body]);
}

function request(
  shape: string,
  given: fc.Arbitrary<[method: string, target: string, headers: Headers, body: Uint8Array]>,
): fc.Arbitrary<Drawn> {
  return given.map((parts) => ({ shape, parts: [asBytes(...parts)] }));
}

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }),
  fc.oneof(fc.json(), fc.string({ unit: "binary" })).map((text) => Buffer.from(text)),
  fc
    .array(fc.tuple(fc.string({ maxLength: 12 }), fc.string({ unit: "grapheme", maxLength: 12 })), {
      maxLength: 8,
    })
    .map((pairs) => Buffer.from(pairs.map(([name, value]) => `${name}=${value}`).join("&"))),
  fc.string({ maxLength: 40 }).map((text) => Buffer.from(`<?xml version="1.0"?><a b="1">${text}</a>`)),
);
const word = fc.stringMatching(/^[!-~]{1,30}$/);
const hex = fc.stringMatching(/^[0-9a-fA-F-]{30,40}$/);
const query = fc.oneof(
  fc.constant(""),
  fc.stringMatching(/^[!-~]{0,60}$/).map((text) => `?${text.replace(/#/g, "")}`),
);
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 2 });
const types = fc.oneof(
  fc.constantFrom(
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/xml; charset=utf-16",
    "text/plain; charset=iso-2022-jp",
    "application/json; charset=klingon",
    "",
  ),
  word,
);

const codings: Record<string, (body: Uint8Array) => Uint8Array> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
  "gzip, br": (body) => brotliCompressSync(gzipSync(body)),
  "utf-8": (body) => body,
};
const coded = fc
  .tuple(bytes, maybe(fc.constantFrom(...Object.keys(codings))), fc.boolean())
  .map(([body, coding, lies]) => ({
    body: coding === undefined || lies ? body : codings[coding]!(body),
    coding,
  }));

function given(headers: Record<string, string | undefined>): Headers {
  return Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
}

/** @param stream that takes hits */
export function forCollect(stream: string): fc.Arbitrary<Drawn> {
  const targets = fc.oneof(
    fc.constant(`/ds/${stream}`),
    fc.constantFrom("/", "/health", "/ds/", `/ds/${unseen}`, `/ds/${stream}/`, "//", "/v1/streams"),
    hex.map((id) => `/ds/${id}`),
  );
  const hits = fc
    .tuple(
      fc.constantFrom("POST", "POST", "POST", "PUT", "GET", "OPTIONS", "DELETE", "PATCH"),
      fc.tuple(targets, query).map((both) => both.join("")),
      fc.record({
        type: maybe(types),
        delivery: maybe(word),
        expect: maybe(fc.constantFrom("", "100-continue", "x")),
      }),
      coded,
    )
    .map(
      ([method, target, { type, delivery, expect }, { body, coding }]): [
        string,
        string,
        Headers,
        Uint8Array,
      ] => [
        method,
        target,
        given({ "Content-Type": type, "webhook-id": delivery, Expect: expect, "Content-Encoding": coding }),
        body,
      ],
    );
  return fc.oneof(badRequests(`/ds/${stream}`), request("a hit", hits));
}

/** What Pub/Sub sends, and what it never would. */
export function forDeliver(stream: string): fc.Arbitrary<Drawn> {
  const attributes = fc.oneof(
    fc.dictionary(word, fc.oneof(word, fc.integer(), fc.constant(null))),
    fc.record(
      {
        stream_id: fc.constantFrom(stream, unseen, "x"),
        hit_id: fc.oneof(fc.uuid(), word),
        received_at: fc.oneof(fc.integer({ min: 0, max: 2e12 }).map(String), word),
        date: fc.oneof(fc.constant("2026-11-21"), word),
        content_type: types,
        replay: fc.oneof(fc.nat(9).map(String), word),
      },
      { requiredKeys: ["stream_id", "hit_id", "received_at"] },
    ),
  );
  const message = fc.record(
    {
      data: fc.oneof(
        bytes.map((body) => Buffer.from(body).toString("base64")),
        word,
        fc.integer(),
      ),
      attributes,
      messageId: fc.oneof(fc.constant("1"), word, fc.integer()),
    },
    { requiredKeys: [] },
  );
  const good = fc.record({
    data: bytes.map((body) => Buffer.from(body).toString("base64")),
    attributes: fc.record(
      {
        stream_id: fc.constant(stream),
        hit_id: fc.uuid(),
        received_at: fc.integer({ min: 1e12, max: 2e12 }).map(String),
        content_type: types,
      },
      { requiredKeys: ["stream_id", "hit_id", "received_at"] },
    ),
    messageId: fc.constant("1"),
  });
  const push = fc.record(
    { message: fc.oneof(message, good), subscription: word, deliveryAttempt: fc.oneof(fc.nat(), word) },
    { requiredKeys: ["message"] },
  );
  const body = fc.oneof(
    { weight: 5, arbitrary: push.map((value) => Buffer.from(JSON.stringify(value))) },
    { weight: 1, arbitrary: bytes },
  );
  const pushes = fc
    .tuple(
      fc.constantFrom("POST", "POST", "POST", "GET", "PUT"),
      fc.constantFrom("/", "/retried", "/parked", "/x", "/?a"),
      body,
    )
    .map(([method, target, sent]): [string, string, Headers, Uint8Array] => [
      method,
      target,
      [["Content-Type", "application/json"]],
      sent,
    ]);
  return fc.oneof(badRequests("/"), request("a push", pushes));
}

/** @param paths as the OpenAPI document names them; those that stream or write files are
 *  left to tests of their own */
export function forAdmin(paths: readonly string[]): fc.Arbitrary<Drawn> {
  const part = fc.oneof(
    fc.constantFrom(unseen, "example.orders", "%", "%ff", ".."),
    hex,
    word.map(encodeURIComponent),
  );
  const targets = fc
    .tuple(
      fc.oneof(
        fc.constantFrom(...paths),
        word.map((text) => `/v1/${text}`),
      ),
      part,
      query,
    )
    .map(
      ([template, value, rest]) => template.replace(/\{[^}]+\}/g, () => value).replace(/[?#]/g, "") + rest,
    );
  const pages = fc.record({
    Origin: maybe(fc.oneof(word, fc.constant("http://localhost"))),
    "Sec-Fetch-Site": maybe(fc.constantFrom("same-origin", "none", "cross-site", "")),
    "Content-Type": maybe(
      fc.oneof({ weight: 4, arbitrary: fc.constant("application/json") }, { weight: 1, arbitrary: types }),
    ),
  });
  const body = fc.oneof(
    bytes,
    fc
      .record(
        {
          table: fc.oneof(word, fc.constant("example.orders"), fc.integer()),
          offset: fc.oneof(word, fc.constant("UTC")),
          sql: fc.oneof(fc.constant("select 1"), word, fc.string({ unit: "binary" })),
          ids: fc.array(fc.uuid(), { maxLength: 3 }),
          reason: word,
          format: fc.constantFrom("csv", "parquet", "x"),
        },
        { requiredKeys: [] },
      )
      .map((value) => Buffer.from(JSON.stringify(value))),
  );
  const calls = fc
    .tuple(fc.constantFrom("GET", "POST", "PATCH", "DELETE", "PUT", "OPTIONS"), targets, pages, body)
    .map(([method, target, headers, sent]): [string, string, Headers, Uint8Array] => [
      method,
      target,
      given(headers),
      method === "GET" ? Buffer.alloc(0) : sent,
    ]);
  return fc.oneof(
    { weight: 1, arbitrary: badRequests("/v1/streams") },
    { weight: 2, arbitrary: request("a call", calls) },
  );
}
