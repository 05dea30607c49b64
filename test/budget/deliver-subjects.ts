import { randomUUID } from "node:crypto";
import { toAttributes, type Hit } from "../../functions/hit.ts";
import { makeRow, rowBytes, rowColumns } from "../../functions/hits/row.ts";
import { keysMax } from "../../functions/payload/json.ts";
import { fieldsBytesMax } from "../../functions/payload/payload.ts";
import { pushHandler } from "../../infra/google/queue/push.ts";
import { turn } from "../../functions/turn.ts";
import { encodeAppend, makeShape } from "../../infra/google/warehouse/codecs/append-request.ts";
import { request } from "../support/request.ts";
import { repeated, type Subject } from "./subject.ts";

const mebibyte = 1024 * 1024;
const charsets = [
  "utf-8",
  "utf-16",
  "utf-16be",
  "euc-jp",
  "gb18030",
  "gbk",
  "shift_jis",
  "iso-2022-jp",
  "big5",
  "euc-kr",
  "koi8-r",
  "windows-1251",
];

const shape = makeShape(rowColumns);

/** From hit to row, and to what BigQuery is sent. */
async function deliver(body: Buffer, content_type?: string): Promise<"accepted"> {
  const hit: Hit = {
    hit_id: randomUUID(),
    stream_id: "522ed95e-9f07-45f6-a0b7-28bf2d0315e5",
    received_at: 1603131452000,
    body,
    ...(content_type !== undefined && { content_type }),
  };
  const row = await makeRow(hit, "2020-10-20");
  rowBytes(row);
  await turn();
  encodeAppend("s", shape, [row], 10_000_000);
  return "accepted";
}

// Letters, escapes of the charsets, their lead and trail bytes, mistakes, and what the formats are made of.
const bytes = ["a", "\x00", "\x1b$B", "\x1b(B", "\x1b(J", "\x0e", "\x81", "\x30", "\x84\x31\xa4\x37", "\x8f"];
const more = [
  "\xa4\xa2",
  "\xc6\xfc",
  "\xcf",
  "\xff",
  "\xff\xfd",
  "\xd8\x00",
  "\xc3\xa9",
  "\xe6\x97\xa5",
  "\xf0\x9f\x98\x80",
];
const escapes = ["%", "%ff", "%e9", "%41", "%1b$B", "%84%31%A4%37", "%81", "%zz", "%00", "+", "&", "=", "é"];
const form = escapes.map((token) => (token === "é" ? "\xc3\xa9" : token));

function decoding(charset: string, bytesMax: number): Subject {
  return {
    name: `text ${charset} of ${bytesMax / mebibyte} MiB`,
    tokens: [...bytes, ...more],
    bytesMax,
    make: (unit, max) => repeated("", unit, "", max),
    run: (body) => deliver(body, `text/plain; charset=${charset}`),
  };
}

function formIn(charset: string): Subject {
  return {
    name: `form ${charset}`,
    tokens: [...form, ...bytes, ...more],
    bytesMax: fieldsBytesMax,
    make: (unit, max) => repeated("a=", unit, "", max),
    run: (body) => deliver(body, `application/x-www-form-urlencoded; charset=${charset}`),
  };
}

const json: Subject = {
  name: "json",
  tokens: [
    "{",
    "}",
    "[",
    "]",
    "{}",
    "[]",
    '""',
    '"a":',
    '"a\\n":',
    ",",
    "1",
    "1e1",
    "0.1234567890123456",
    "12345678901234567890",
    '"\\ud800"',
    "\\u0001",
    '"\\\\"',
    " ",
    "null",
    "\xc3\xa9",
  ],
  bytesMax: fieldsBytesMax,
  make: (unit, max) => repeated("[", unit, "0]", max),
  run: (body) => deliver(body, "application/json"),
};

/** Names that differ, which a repeated unit cannot: the unit only pads them. */
const jsonNames: Subject = {
  name: "json of names that differ",
  tokens: ["a", "\\n", "\xc3\xa9", "\\ud800", " ", "_"],
  bytesMax: fieldsBytesMax,
  make: (unit, max) => names(max, (index) => `{"${index.toString(36)}${unit.toString("latin1")}":0}`),
  run: (body) => deliver(body, "application/json"),
};

const jsonTexts: Subject = {
  name: "json of texts that differ",
  tokens: ["a", "\\n", "\xc3\xa9", "\\ud800", " ", "_"],
  bytesMax: fieldsBytesMax,
  make: (unit, max) => names(max, (index) => `"${index.toString(36)}${unit.toString("latin1")}"`),
  run: (body) => deliver(body, "application/json"),
};

function names(bytesMax: number, item: (index: number) => string): Buffer {
  const items: string[] = [];
  for (let length = 2, index = 0; ; index++) {
    const next = item(index);
    length += next.length + 1;
    if (length > bytesMax) return Buffer.from(`[${items.join()}]`, "latin1");
    items.push(next);
  }
}

const formNames: Subject = {
  name: "form of names that differ",
  tokens: ["a", "%e9", "%zz", "=", "\xc3\xa9", "+"],
  bytesMax: fieldsBytesMax,
  make: (unit, max) => {
    const pairs: string[] = [];
    for (let length = 0, index = 0; length < max - 40; index++) {
      pairs.push(`${index.toString(36)}=${unit.toString("latin1")}`);
      length += pairs.at(-1)!.length + 1;
    }
    return Buffer.from(pairs.join("&"), "latin1");
  },
  run: (body) => deliver(body, "application/x-www-form-urlencoded; charset=shift_jis"),
};

/** Names in brackets: eight to a family, and the unit is what stands in the last ones. */
const nestedNames: Subject = {
  name: "form of names that nest",
  tokens: ["a", "][", "[", "]", "0", "%5B", "%5D", "\xc3\xa9", "="],
  bytesMax: fieldsBytesMax,
  make: (unit, max) => {
    const pairs: string[] = [];
    for (let length = 0, index = 0; index < keysMax; index++) {
      const pair = `${(index >> 3).toString(36)}[${index & 7}][${unit.toString("latin1")}]=`;
      length += pair.length + 1;
      if (length > max) break;
      pairs.push(pair);
    }
    return Buffer.from(pairs.join("&"), "latin1");
  },
  run: (body) => deliver(body, "application/x-www-form-urlencoded"),
};

const ndjson: Subject = {
  name: "lines of json",
  tokens: ["{}", "[]", "\n", '{"a":1}', '{"a":1e1}', '["\\ud800"]', '"', "\r", " ", "[1,2]", "{", "\xc3\xa9"],
  bytesMax: fieldsBytesMax,
  make: (unit, max) => repeated("{}\n", unit, "\n[]", max),
  run: (body) => deliver(body),
};

const xml: Subject = {
  name: "xml",
  tokens: [
    "<a>",
    "</a>",
    "<a/>",
    '<a b="">',
    '<a b="&lt;"/>',
    "&amp;",
    "&#1046;",
    "<![CDATA[]]>",
    "<![CDATA[",
    "<!---->",
    "<?a?>",
    "\r\n",
    "]]",
    " ",
    "a",
    "\xc3\xa9",
  ],
  bytesMax: fieldsBytesMax,
  make: (unit, max) => repeated("<o>", unit, "</o>", max),
  run: (body) => deliver(body, "text/xml"),
};

const xmlTag: Subject = {
  name: "one tag of xml",
  tokens: ['" a="', "&amp;", "&#1046;", " ", "\r\n", "a", "'", ":", "\xc3\xa9", "\t"],
  bytesMax: fieldsBytesMax,
  make: (unit, max) => repeated('<o b="', unit, '"/>', max),
  run: (body) => deliver(body, "text/xml"),
};

const xmlNames: Subject = {
  name: "xml of names that differ",
  tokens: ["a", "\xc3\xa9", "-", ":", "."],
  bytesMax: fieldsBytesMax,
  make: (unit, max) => {
    const tags: string[] = [];
    const count = Math.min(keysMax / 2 - 1, Math.floor(max / (2 * unit.length + 24)));
    for (let index = 0; index < count; index++) {
      const name = `n${unit.toString("latin1")}${index.toString(36)}`;
      tags.push(`<${name} ${name}=""/>`);
    }
    return Buffer.from(`<o>${tags.join("")}</o>`, "latin1");
  },
  run: (body) => deliver(body, "text/xml"),
};

const part = '--x\r\nContent-Disposition: form-data; name="k"';
const multipart: Subject = {
  name: "multipart",
  tokens: [
    "--x",
    "\r\n",
    "\r\n\r\n",
    part,
    '; filename="f"',
    "x: y\r\n",
    "-",
    "a",
    "%22",
    '"',
    "Content-Type: text/plain\r\n",
    "\xc3\xa9",
  ],
  bytesMax: fieldsBytesMax,
  make: (unit, max) => repeated(`${part}\r\n\r\n1\r\n`, unit, "\r\n--x--\r\n", max),
  run: (body) => deliver(body, "multipart/form-data; boundary=x"),
};

const multipartIn: Subject = {
  ...multipart,
  name: "multipart euc-jp",
  tokens: [...multipart.tokens, "\x8f", "\xa4\xa2", "\x8e\xb1"],
  run: (body) => deliver(body, "multipart/form-data; boundary=x; charset=euc-jp"),
};

const pushed = pushHandler({
  deliver: {
    deliver: async ({ body }) => {
      await deliver(Buffer.from(body.buffer, body.byteOffset, body.length));
      return "ack";
    },
    park: () => Promise.reject(new Error("Nothing is parked here.")),
  },
  retries: { publish: () => Promise.reject(new Error("Nothing comes again here.")) },
  log: () => undefined,
});

/** A push of Pub/Sub, base64 and all, to the row. */
const push: Subject = {
  name: "push of 8 MiB",
  tokens: [...bytes, ...more],
  bytesMax: 8 * mebibyte,
  make: (unit, max) => {
    const body = repeated("", unit, "", max);
    const attributes = toAttributes({
      hit_id: randomUUID(),
      stream_id: randomUUID(),
      received_at: 1,
      body,
    });
    return Buffer.from(
      JSON.stringify({ message: { data: body.toString("base64"), attributes, messageId: "1" } }),
    );
  },
  run: async (body) => {
    const { status } = await pushed(request({ path: "/", body }));
    return status === 204 ? "accepted" : "refused";
  },
};

export const deliverSubjects: readonly Subject[] = [
  // A text of 6 MiB is decoded whole where it shrinks to half; a longer one is cut before.
  ...charsets.flatMap((charset) => [
    decoding(charset, 6 * mebibyte),
    decoding(charset, mebibyte),
    formIn(charset),
  ]),
  decoding("iso-2022-jp", 8 * mebibyte),
  decoding("utf-8", 8 * mebibyte),
  json,
  jsonNames,
  jsonTexts,
  formNames,
  nestedNames,
  ndjson,
  xml,
  xmlTag,
  xmlNames,
  multipart,
  multipartIn,
  push,
];
