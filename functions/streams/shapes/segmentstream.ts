import { plainEmail, plainPhone } from "./people.ts";
import { type CellSpec, type Cells, type Shape, type ShapeColumn, when } from "./shape.ts";
import { float, struct, text, utcDay } from "./words.ts";

const id: CellSpec = { says: "names the conversion", required: true, usual: "key" };
const created: CellSpec = {
  says: "when it happened; when the hit came where left out",
  usual: "updated",
};

const params = ["city", "region", "country", "status"];

export const segmentStreamConversions: Shape = {
  name: "segmentstream_conversions",
  about: "The query of a custom conversion of SegmentStream",
  source: "https://docs.segmentstream.com/project-configuration/conversions/custom-conversions",
  cells: {
    id,
    created,
    client_id: { says: "the client id of the web tracker" },
    lead_id: { says: "the id of the conversion before it" },
    value: { says: "what it is worth" },
    currency: { says: "three letters such as EUR" },
    is_qualified: { says: "true where it has reached its target" },
    user_id: { says: "the person's id in the CRM" },
    ...Object.fromEntries(params.map((name) => [name, { says: "goes into params" }])),
  },
  oneOf: ["client_id", "lead_id"],
  time: "created",
  // A column of which nothing is known is to be left out.
  columns: ({ id, client_id, lead_id, value, currency, is_qualified, user_id, ...others }) => [
    [
      { name: "id", sql: id!, isRequired: true },
      ...when(client_id, "client_id"),
      ...when(lead_id, "lead_id"),
      { name: "created", sql: "happened_at" },
      ...when(value, "value", float),
      ...when(currency, "currency", (cell) => `UPPER(TRIM(${cell}))`),
      ...when(is_qualified, "is_qualified", isTrue),
      ...paramsOf(others),
      ...when(user_id, "user_id"),
    ],
  ],
};

const isTrue = (cell: string) =>
  `CASE WHEN LOWER(TRIM(${cell})) IN ('true', '1', 'yes') THEN TRUE WHEN ${cell} IS NOT NULL THEN FALSE END`;

function paramsOf(cells: Cells): ShapeColumn[] {
  const there = params.flatMap((name) => (cells[name] === undefined ? [] : [[name, cells[name]] as const]));
  const pairs = there.map(([name, cell]) =>
    struct([
      ["key", text(name)],
      ["value", cell],
    ]),
  );
  return pairs.length === 0 ? [] : [{ name: "params", sql: `[${pairs.join(", ")}]` }];
}

export const conversionEvents: Shape = {
  name: "conversion_events",
  about: "SegmentStream's open contract conversion_events, version 1",
  source:
    "https://github.com/segmentstream/segmentstream-cli cli/templates/source/contracts/conversion_events/contract.yml",
  cells: {
    conversion_id: id,
    conversion_time: created,
    conversion_name: { says: "what happened", required: true },
    conversion_value: { says: "what it is worth" },
  },
  time: "conversion_time",
  columns: ({ conversion_id, conversion_name, conversion_value }) => [
    [
      { name: "date", sql: utcDay },
      { name: "conversion_time", sql: "happened_at" },
      { name: "conversion_name", sql: conversion_name!, isRequired: true },
      { name: "conversion_id", sql: conversion_id!, isRequired: true },
      {
        name: "conversion_value",
        sql: conversion_value === undefined ? "CAST(NULL AS FLOAT64)" : float(conversion_value),
      },
    ],
  ],
};

/** What tells a person or a device, by the name that the key has there. */
const keys: Readonly<Record<string, { cell: string; says: string; value?: (cell: string) => string }>> = {
  user_id: { cell: "user_id", says: "the person's id" },
  email_hash: { cell: "email", says: "an e-mail address, hashed", value: plainEmail },
  phone_hash: { cell: "phone", says: "a phone number with its country's code, hashed", value: plainPhone },
  click_id: { cell: "click_id", says: "the id of a click, such as gclid" },
  ip_address: { cell: "ip_address", says: "an address" },
};

export const identityKeys: Shape = {
  name: "identity_keys",
  about: "SegmentStream's open contract identity_keys, version 2: a row for each key of each hit",
  source:
    "https://github.com/segmentstream/segmentstream-cli cli/templates/source/contracts/identity_keys/contract.yml",
  cells: {
    anonymous_id: { says: "the id of the web tracker", required: true },
    observed_at: created,
    ...Object.fromEntries(Object.values(keys).map(({ cell, says }) => [cell, { says }])),
  },
  oneOf: Object.values(keys).map(({ cell }) => cell),
  time: "observed_at",
  isOfHits: true,
  columns: ({ anonymous_id, ...cells }) =>
    Object.entries(keys).flatMap(([name, { cell, value }]) => {
      const key = cells[cell];
      if (key === undefined) return [];
      return [
        [
          { name: "date", sql: utcDay },
          { name: "observed_at", sql: "happened_at" },
          { name: "anonymous_id", sql: anonymous_id!, isRequired: true },
          { name: "key_name", sql: text(name) },
          { name: "key_value", sql: value?.(key) ?? key, isRequired: true },
        ],
      ];
    }),
};
