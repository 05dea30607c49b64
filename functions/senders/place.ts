import { BoundedMap } from "../bounded.ts";
import { each, parsePath, type Path } from "../streams/records/path.ts";
import { itemsAt, valueAt } from "../streams/records/value.ts";
import type { Evidence } from "./evidence.ts";

/** Where something stands in a request: `header:NAME`, `query:NAME`, or a path into its body, as `key` has
 *  it, with `*` for each of a list. */

type Place =
  | { readonly in: "header"; readonly name: string }
  | { readonly in: "query"; readonly name: string }
  | { readonly in: "body"; readonly path: Path; readonly list?: string };

const named = /^(header|query):([A-Za-z0-9_.\-[\]]{1,64})$/;

function parsePlace(text: string): Place | undefined {
  const [, where, name] = named.exec(text) ?? [];
  if (where === "header") return { in: "header", name: name!.toLowerCase() };
  if (where === "query") return { in: "query", name: name! };
  if (/^(?:header|query):/.test(text)) return undefined;
  const path = parsePath(text);
  if (path?.from !== "body") return undefined;
  const last = path.steps.lastIndexOf(each);
  if (last === -1) return { in: "body", path };
  const after = path.steps.slice(last + 1);
  if (after.length === 0) return undefined;
  const list = text
    .split(".")
    .slice(0, last + 1)
    .join(".");
  return { in: "body", path: { from: "body", steps: after }, list };
}

export const isPlace = (text: string): boolean => parsePlace(text) !== undefined;

/** Documents are few, requests are many. */
const parsed = new BoundedMap<string, Place>(1_000);

function placeOf(text: string): Place {
  let place = parsed.get(text);
  if (place === undefined) {
    place = parsePlace(text);
    if (place === undefined) throw new Error("The schema let a place pass that cannot be read.");
    parsed.set(text, place);
  }
  return place;
}

/** The bytes of all values there: none where nothing is; an item of a list that lacks it has an empty one. */
export async function bytesAt(text: string, evidence: Evidence): Promise<Buffer[]> {
  const place = placeOf(text);
  if (place.in === "header") {
    const value = evidence.headers[place.name];
    // HTTP hands over bytes, a letter each.
    return value === undefined || value === "" ? [] : [Buffer.from(value, "latin1")];
  }
  if (place.in === "query") {
    const values = new URLSearchParams(evidence.query).getAll(place.name);
    return values.map((value) => Buffer.from(value));
  }
  const body = await evidence.fields();
  if (body === undefined) return [];
  const hit = { body, headers: null };
  const found =
    place.list === undefined
      ? [valueAt(place.path, hit) ?? ""].filter((value) => value !== "")
      : itemsAt(place.list, body).map((item) => valueAt(place.path, hit, item) ?? "");
  return found.map((value) => Buffer.from(value));
}

/** The one value there. */
export async function oneAt(text: string, evidence: Evidence): Promise<Buffer | undefined> {
  const found = await bytesAt(text, evidence);
  return found.length === 1 ? found[0] : undefined;
}

/** For a sentence. */
export function shownPlace(text: string): string {
  const place = placeOf(text);
  if (place.in === "body") return `the body's ${text}`;
  return place.in === "header" ? `the header ${place.name}` : `${place.name} of the query`;
}
