import { metaCity, metaEmail, metaId, metaName, metaPhone, metaZip } from "./people.ts";
import { type Cells, type Shape, type ShapeColumn, when } from "./shape.ts";
import { float, listOf, struct } from "./words.ts";

/** Of the person, as Meta names it: hashed, in a list. */
const hashed: Readonly<Record<string, { cell: string; says: string; value: (cell: string) => string }>> = {
  em: { cell: "email", says: "hashed", value: metaEmail },
  ph: { cell: "phone", says: "with its country's code, hashed", value: metaPhone },
  fn: { cell: "first_name", says: "hashed", value: metaName },
  ln: { cell: "last_name", says: "hashed", value: metaName },
  ct: { cell: "city", says: "hashed", value: metaCity },
  st: { cell: "state", says: "hashed", value: metaCity },
  zp: { cell: "zip", says: "hashed", value: metaZip },
  country: { cell: "country", says: "two letters, hashed", value: metaCity },
  external_id: { cell: "external_id", says: "the person's id in the CRM, hashed", value: metaId },
};
/** As they are. */
const plain = ["fbc", "fbp", "client_ip_address", "client_user_agent", "lead_id"] as const;

export const meta: Shape = {
  name: "meta",
  about: "Server events of Meta's conversions API, hashed; as JSON each row is an element of data",
  source:
    "https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters",
  cells: {
    event_name: { says: "such as Purchase or Lead", constant: "Purchase" },
    event_time: { says: "when it happened; when the hit came where left out", usual: "updated" },
    event_id: { says: "the same as of the pixel's event", required: true, usual: "key" },
    action_source: {
      says: "website, app, email, phone_call, chat, physical_store, system_generated or other",
      constant: "system_generated",
    },
    event_source_url: { says: "the page, where action_source is website" },
    value: { says: "what it is worth" },
    currency: { says: "three letters such as EUR" },
    order_id: { says: "names the order" },
    ...Object.fromEntries(Object.values(hashed).map(({ cell, says }) => [cell, { says }])),
    fbc: { says: "the click, of the cookie _fbc" },
    fbp: { says: "the browser, of the cookie _fbp" },
    client_ip_address: { says: "an address" },
    client_user_agent: { says: "the browser's" },
    lead_id: { says: "of a lead ad" },
  },
  oneOf: [...Object.values(hashed).map(({ cell }) => cell), ...plain],
  time: "event_time",
  prepared: hashesOf,
  columns: (cells) => [
    [
      { name: "event_name", sql: cells["event_name"]!, isRequired: true },
      { name: "event_time", sql: "UNIX_SECONDS(happened_at)" },
      { name: "event_id", sql: cells["event_id"]!, isRequired: true },
      { name: "action_source", sql: cells["action_source"]!, isRequired: true },
      ...when(cells["event_source_url"], "event_source_url"),
      { name: "user_data", sql: userData(cells) },
      ...customData(cells),
    ],
  ],
};

function hashesOf(cells: Cells): Record<string, string> {
  return Object.fromEntries(
    Object.entries(hashed).flatMap(([name, { cell, value }]) =>
      cells[cell] === undefined ? [] : [[name, value(cells[cell])]],
    ),
  );
}

const userData = (cells: Cells) =>
  struct([
    ...Object.keys(hashesOf(cells)).map((name) => [name, listOf(name)] as const),
    ...plain.flatMap((name) => (cells[name] === undefined ? [] : [[name, cells[name]] as const])),
  ]);

function customData({ value, currency, order_id }: Cells): ShapeColumn[] {
  const fields = [
    ...when(value, "value", float),
    ...when(currency, "currency", (cell) => `UPPER(TRIM(${cell}))`),
    ...when(order_id, "order_id"),
  ].map(({ name, sql }) => [name, sql] as const);
  return fields.length === 0 ? [] : [{ name: "custom_data", sql: struct(fields) }];
}
