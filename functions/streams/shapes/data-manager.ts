import { googleEmail, googleName, googlePhone } from "./people.ts";
import { type Cells, type Shape, type ShapeColumn, when } from "./shape.ts";
import { float, rfc3339, struct } from "./words.ts";

const clicks = ["gclid", "gbraid", "wbraid"] as const;
const sources = "WEB, APP, IN_STORE, PHONE, MESSAGE or OTHER";

export const dataManager: Shape = {
  name: "data_manager",
  about:
    "Events of Google's Data Manager API (events.ingest), hashed, encoding HEX; as JSON each row is an Event",
  source: "https://developers.google.com/data-manager/api/reference/rest/v1/events/ingest",
  cells: {
    transaction_id: { says: "names the conversion", required: true, usual: "key" },
    event_time: { says: "when it happened; when the hit came where left out", usual: "updated" },
    event_source: { says: `where: ${sources}`, constant: "WEB" },
    value: { says: "what it is worth" },
    currency: { says: "three letters such as EUR" },
    gclid: { says: "the click" },
    gbraid: { says: "the click, of an app on iOS" },
    wbraid: { says: "the click, of a page on iOS" },
    email: { says: "hashed" },
    phone: { says: "with + and its country's code, hashed" },
    given_name: { says: "hashed; an address takes all four" },
    family_name: { says: "hashed" },
    region_code: { says: "two letters" },
    postal_code: { says: "as it is" },
    client_id: { says: "of Google Analytics" },
    user_id: { says: "of Google Analytics" },
  },
  oneOf: [...clicks, "email", "phone", "client_id"],
  time: "event_time",
  prepared: identifiersOf,
  columns: (cells) => [
    [
      { name: "transactionId", sql: cells["transaction_id"]!, isRequired: true },
      { name: "eventTimestamp", sql: rfc3339 },
      { name: "eventSource", sql: cells["event_source"]! },
      ...adIdentifiers(cells),
      ...userData(cells),
      ...when(cells["currency"], "currency", (cell) => `UPPER(TRIM(${cell}))`),
      ...when(cells["value"], "conversionValue", float),
      ...when(cells["client_id"], "clientId"),
      ...when(cells["user_id"], "userId"),
    ],
  ],
};

function adIdentifiers(cells: Cells): ShapeColumn[] {
  const there = clicks.flatMap((name) => (cells[name] === undefined ? [] : [[name, cells[name]] as const]));
  return there.length === 0 ? [] : [{ name: "adIdentifiers", sql: struct(there) }];
}

/** What tells the person, by the name that it has there. */
function identifiersOf(cells: Cells): Record<string, string> {
  const { email, phone, given_name, family_name, region_code, postal_code } = cells;
  const found: Record<string, string> = {};
  if (email !== undefined) found["emailAddress"] = googleEmail(email);
  if (phone !== undefined) found["phoneNumber"] = googlePhone(phone);
  const parts = [given_name, family_name, region_code, postal_code];
  if (parts.includes(undefined)) return found;
  const address = struct([
    ["givenName", googleName(given_name!)],
    ["familyName", googleName(family_name!)],
    ["regionCode", `UPPER(TRIM(${region_code}))`],
    ["postalCode", `TRIM(${postal_code})`],
  ]);
  const whole = parts.map((part) => `NULLIF(TRIM(${part}), '') IS NOT NULL`).join(" AND ");
  found["address"] = `CASE WHEN ${whole} THEN ${address} END`;
  return found;
}

/** Each identifier is an element of its own, in which the others are NULL; what a row lacks is no element. */
function userData(cells: Cells): ShapeColumn[] {
  const names = Object.keys(identifiersOf(cells));
  if (names.length === 0) return [];
  const element = (name: string) =>
    struct(names.map((other) => [other, other === name ? other : `CASE WHEN FALSE THEN ${other} END`]));
  const cases = subsets(names).map(
    (there) =>
      `WHEN ${there.map((name) => `${name} IS NOT NULL`).join(" AND ")} THEN [${there.map(element).join(", ")}]`,
  );
  return [{ name: "userData", sql: struct([["userIdentifiers", `CASE ${cases.join(" ")} END`]]) }];
}

/** But for the empty one; those with more come first. */
function subsets(names: readonly string[]): string[][] {
  const all = names.reduce<string[][]>((sets, name) => [...sets, ...sets.map((set) => [...set, name])], [[]]);
  return all.filter((set) => set.length > 0).toSorted((a, b) => b.length - a.length);
}
