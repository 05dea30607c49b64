/** Each shape's text, run on one ground after the other as it stands: the columns that its consumer takes,
 *  and the same rows. Each contract is copied from where its consumer says it. */
import { expect, test } from "@jest/globals";
import { makeRow, rowColumns, rowSpec } from "../../../functions/hits/row.ts";
import { shapes } from "../../../functions/streams/shapes/shapes.ts";
import { type CellTexts, writeShape } from "../../../functions/streams/shapes/write.ts";
import { readStream, type Stream } from "../../../functions/streams/stream.ts";
import type { Warehouse } from "../../../functions/warehouse.ts";
import { refusedByBigQuery } from "../../support/google/googlesql.ts";
import { until } from "../../support/until.ts";

const id = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
const receivedAt = 1_603_131_452_000; // 2020-10-19T18:17:32Z
const table = { dataset: "example", table: "leads" };

const document = { table: "example.leads", offset: "+12:00", key: "id", updated: "at" };

function streamOf(more: Readonly<Record<string, unknown>> = {}): Stream {
  const lookup = readStream(id, { ...document, ...more }, { defaultDataset: "example" });
  if (lookup.kind !== "valid") throw new Error(JSON.stringify(lookup));
  return lookup.stream;
}

const bodies = [
  { id: "L1", at: "2020-10-18T23:30:00+01:00", sum: "1", client: "c1", status: "new" },
  {
    id: "L1",
    at: "2020-10-19T01:30:00+02:00",
    sum: "120.5",
    cur: " eur",
    client: "c1",
    status: "won",
    ok: "yes",
    mail: " John_Smith@gmail.com ",
    phone: "+1 (650) 555-1212",
    first: "Mary",
    last: "Valéry",
    gclid: "G1",
    zip: "94016-1234",
    country: "US",
    city: "San Francisco",
  },
  { id: "L2", at: 1_603_062_000, sum: "a lot", mail: "j.o.e@GoogleMail.com", phone: "8005550100" },
  { id: "L3", at: "soon", client: "c3" },
  { at: "2020-10-19T01:30:00Z", client: "nobody" },
];

/** SHA-256 of the normalized texts. Those of Meta are the examples of its page. */
const hashes = {
  meta: {
    email: "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f",
    phone: "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176",
    mary: "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec",
    valery: "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c",
  },
};

interface Wanted {
  readonly cells: CellTexts;
  /** Names and types, as the source has them. */
  readonly columns: readonly (readonly [name: string, type: string])[];
  readonly rows: readonly unknown[];
}

const anyHash = expect.stringMatching(/^[0-9a-f]{64}$/) as unknown;

/** By shape. */
const contracts: Readonly<Record<string, Wanted>> = {
  // The five fields of docs/imports.md; value as a float, for consumers that want one.
  five_columns: {
    cells: { ev: "=lead", reference_ev: "=form,call", value: "sum" },
    columns: [
      ["date", "STRING"],
      ["ev", "STRING"],
      ["reference_ev", "STRING"],
      ["reference_id", "STRING"],
      ["value", "FLOAT64"],
    ],
    rows: [
      ["2020-10-20", "lead", "form,call", "L1", 120.5],
      ["2020-10-20", "lead", "form,call", "L2", null],
      ["2020-10-20", "lead", "form,call", "L3", null],
    ],
  },
  // https://docs.segmentstream.com/project-configuration/conversions/custom-conversions
  segmentstream_conversions: {
    cells: {
      client_id: "client",
      value: "sum",
      currency: "cur",
      is_qualified: "ok",
      status: "status",
      city: "city",
    },
    columns: [
      ["id", "STRING"],
      ["client_id", "STRING"],
      ["created", "TIMESTAMP"],
      ["value", "FLOAT64"],
      ["currency", "STRING"],
      ["is_qualified", "BOOL"],
      ["params", "ARRAY<STRUCT>"],
    ],
    rows: [
      [
        "L1",
        "c1",
        "2020-10-18T23:30:00.000Z",
        120.5,
        "EUR",
        true,
        [
          { key: "city", value: "San Francisco" },
          { key: "status", value: "won" },
        ],
      ],
      [
        "L2",
        null,
        "2020-10-18T23:00:00.000Z",
        null,
        null,
        null,
        [
          { key: "city", value: null },
          { key: "status", value: null },
        ],
      ],
      [
        "L3",
        "c3",
        "2020-10-19T18:17:32.000Z",
        null,
        null,
        null,
        [
          { key: "city", value: null },
          { key: "status", value: null },
        ],
      ],
    ],
  },
  // https://github.com/segmentstream/segmentstream-cli, commit f17a733c55d2,
  // cli/templates/source/contracts/conversion_events/contract.yml: the date is the UTC date of the time.
  conversion_events: {
    cells: { conversion_name: "status", conversion_value: "sum" },
    columns: [
      ["date", "DATE"],
      ["conversion_time", "TIMESTAMP"],
      ["conversion_name", "STRING"],
      ["conversion_id", "STRING"],
      ["conversion_value", "FLOAT64"],
    ],
    rows: [["2020-10-18", "2020-10-18T23:30:00.000Z", "won", "L1", 120.5]],
  },
  // The same repository, commit 23425d274007, cli/templates/source/contracts/identity_keys/contract.yml
  identity_keys: {
    cells: { anonymous_id: "client", email: "mail", user_id: "id" },
    columns: [
      ["date", "DATE"],
      ["observed_at", "TIMESTAMP"],
      ["anonymous_id", "STRING"],
      ["key_name", "STRING"],
      ["key_value", "STRING"],
    ],
    rows: [
      ["2020-10-18", "2020-10-18T22:30:00.000Z", "c1", "user_id", "L1"],
      ["2020-10-18", "2020-10-18T23:30:00.000Z", "c1", "email_hash", hashes.meta.email],
      ["2020-10-18", "2020-10-18T23:30:00.000Z", "c1", "user_id", "L1"],
      ["2020-10-19", "2020-10-19T18:17:32.000Z", "c3", "user_id", "L3"],
    ],
  },
  // https://developers.google.com/data-manager/api/reference/rest/v1/events/ingest (Event), and
  // …/devguides/concepts/formatting: johnsmith_… without dots, +18005550100
  data_manager: {
    cells: {
      value: "sum",
      currency: "cur",
      gclid: "gclid",
      email: "mail",
      phone: "phone",
      given_name: "first",
      family_name: "last",
      region_code: "country",
      postal_code: "zip",
    },
    columns: [
      ["transactionId", "STRING"],
      ["eventTimestamp", "STRING"],
      ["eventSource", "STRING"],
      ["adIdentifiers", "STRUCT"],
      ["userData", "STRUCT"],
      ["currency", "STRING"],
      ["conversionValue", "FLOAT64"],
    ],
    rows: [
      [
        "L1",
        "2020-10-18T23:30:00Z",
        "WEB",
        { gclid: "G1" },
        {
          userIdentifiers: [
            // sha256 of john_smith@gmail.com
            { emailAddress: hashes.meta.email, phoneNumber: null, address: null },
            // sha256 of +16505551212
            {
              emailAddress: null,
              phoneNumber: "1e231c66011e7a2d867a9cfae267a6aff103cf4913640b6e71a99850fc0ffbc8",
              address: null,
            },
            {
              emailAddress: null,
              phoneNumber: null,
              address: {
                givenName: hashes.meta.mary,
                familyName: hashes.meta.valery,
                regionCode: "US",
                postalCode: "94016-1234",
              },
            },
          ],
        },
        "EUR",
        120.5,
      ],
      [
        "L2",
        "2020-10-18T23:00:00Z",
        "WEB",
        { gclid: null },
        // sha256 of joe@googlemail.com; the phone names no country
        {
          userIdentifiers: [
            {
              emailAddress: "3e40d1b33127980ee8c341223f1ea72e2e53ed9fc56a27f887718e88b2659fe6",
              phoneNumber: null,
              address: null,
            },
          ],
        },
        null,
        null,
      ],
      ["L3", "2020-10-19T18:17:32Z", "WEB", { gclid: null }, { userIdentifiers: [] }, null, null],
    ],
  },
  // https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters
  // and …/server-event, …/custom-data
  meta: {
    cells: {
      event_name: "=Lead",
      value: "sum",
      currency: "cur",
      email: "mail",
      phone: "phone",
      first_name: "first",
      last_name: "last",
      zip: "zip",
    },
    columns: [
      ["event_name", "STRING"],
      ["event_time", "INT64"],
      ["event_id", "STRING"],
      ["action_source", "STRING"],
      ["user_data", "STRUCT"],
      ["custom_data", "STRUCT"],
    ],
    rows: [
      [
        "Lead",
        1_603_063_800,
        "L1",
        "system_generated",
        {
          em: [hashes.meta.email],
          ph: [hashes.meta.phone],
          fn: [hashes.meta.mary],
          ln: [hashes.meta.valery],
          // sha256 of 94016
          zp: ["ea49a862bf6e195fe92e0886ed8a89c6565137f3e90c0742d2a00952b307dd55"],
        },
        { value: 120.5, currency: "EUR" },
      ],
      [
        "Lead",
        1_603_062_000,
        "L2",
        "system_generated",
        { em: [anyHash], ph: [anyHash], fn: [], ln: [], zp: [] },
        { value: null, currency: null },
      ],
      [
        "Lead",
        1_603_131_452,
        "L3",
        "system_generated",
        { em: [], ph: [], fn: [], ln: [], zp: [] },
        { value: null, currency: null },
      ],
    ],
  },
};

/** What a ground calls a type, in BigQuery's words without what is inside. */
function plainType(type: string): string {
  const own: Readonly<Record<string, string>> = {
    VARCHAR: "STRING",
    DOUBLE: "FLOAT64",
    BIGINT: "INT64",
    BOOLEAN: "BOOL",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
  };
  if (/^STRUCT.*\[\]$/s.test(type)) return "ARRAY<STRUCT>";
  return own[type] ?? type.replace(/^STRUCT\(.*$/s, "STRUCT").replace(/^ARRAY<STRUCT.*$/s, "ARRAY<STRUCT>");
}

/** A list that is NULL is an empty one on BigQuery. */
function plainValue(value: unknown, name: string): unknown {
  if (value === null && /^(?:userIdentifiers|useridentifiers|params|em|ph|fn|ln|zp)$/.test(name)) return [];
  if (typeof value === "string" && /^-?\d+$/.test(value) && name === "event_time") return Number(value);
  if (Array.isArray(value)) return value.map((each: unknown) => plainValue(each, ""));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plainValue(each, key)]));
}

async function fill(warehouse: Warehouse): Promise<void> {
  await warehouse.createDataset(table);
  await warehouse.createTable(table, rowSpec);
  const view = (name: string) => ({ dataset: "example", table: `leads_${name}` });
  await warehouse.putView(view("unique"), { kind: "unique", of: table });
  await warehouse.putView(view("current"), { kind: "current", of: table, key: "id", updated: "at" });
  const rows = await Promise.all(
    bodies.map((body, index) =>
      makeRow(
        {
          hit_id: `aaaaaaaa-0000-4000-8000-00000000000${index}`,
          stream_id: id,
          received_at: receivedAt,
          date: "2020-10-20",
          body: Buffer.from(JSON.stringify(body)),
        },
        "2020-10-20",
      ),
    ),
  );
  await warehouse.append(table, rowColumns, rows, { deadlineMs: 60_000 });
}

export function shapePromises(
  driver: string,
  open: () => Promise<{ warehouse: Warehouse; close(): Promise<void> }>,
  // The emulator of BigQuery writes every name in small letters.
  named: (name: string) => string = (name) => name,
): void {
  const renamed = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(renamed)
      : Object.prototype.toString.call(value) === "[object Object]" &&
          Object.getPrototypeOf(value) === Object.prototype
        ? Object.fromEntries(
            Object.entries(value as object).map(([key, each]) => [named(key), renamed(each)]),
          )
        : value;
  test(`${driver}: each shape has the columns of its consumer's contract, by one text on both grounds`, async () => {
    const { warehouse, close } = await open();
    try {
      await fill(warehouse);
      const ask = { rowsMax: 100, deadlineMs: 60_000 };
      await until("the rows are there", async () => {
        const { rows } = await warehouse.query("SELECT COUNT(*) FROM example.leads", ask);
        return Number(rows[0]![0]) === bodies.length;
      });
      expect(shapes.map(({ name }) => name)).toEqual(Object.keys(contracts));
      for (const shape of shapes) {
        const wanted = contracts[shape.name]!;
        const { sql } = writeShape(shape, streamOf(), wanted.cells);
        expect([shape.name, refusedByBigQuery(sql)]).toEqual([shape.name, undefined]);
        const order = { identity_keys: "2, 4, 5", meta: "3" }[shape.name] ?? "1, 2, 3, 4";
        const { columns, rows } = await warehouse.query(`${sql}\nORDER BY ${order}`, ask);
        expect([shape.name, ...columns.map(({ name, type }) => [name, plainType(type)])]).toEqual([
          shape.name,
          ...wanted.columns.map(([name, type]) => [named(name), type]),
        ]);
        const found = rows.map((row) => row.map((value, at) => plainValue(value, columns[at]!.name)));
        expect([shape.name, ...found]).toEqual([shape.name, ...wanted.rows.map(renamed)]);
      }
    } finally {
      await close();
    }
  });
}
