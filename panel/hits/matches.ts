import { fieldWanted, wantedOf } from "../../functions/hits/filter.ts";
import type { TailedHit } from "../../functions/hits/tail.ts";

/** A hit, and what its `holds` tells of. */
export type Followed = TailedHit & { readonly sought?: string };

/** Whether the server, which had the whole of it, looked there for what is typed. */
export function isSought({ holds, sought }: Followed, typed: string): boolean {
  return holds !== undefined && sought === typed;
}

/** As the server found, else by what is here. */
export function shows(hit: Followed, typed: string): boolean {
  return isSought(hit, typed) ? hit.holds === true : matches(hit, typed);
}

/** Whether a hit that is followed holds a text, capital and small letters alike: in its hit_id, its first
 *  bytes, its query or its headers; or, of `field=value`, whether one of its fields there is just that. No
 * more of it is here. */
export function matches(hit: TailedHit, typed: string): boolean {
  const wanted = wantedOf(typed);
  const { hit_id, preview = "", query = "", headers = {} } = hit;
  const texts = [
    hit_id,
    preview,
    query,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  if (texts.join("\n").toLowerCase().includes(wanted)) return true;
  const field = fieldWanted(wanted);
  return (
    field !== undefined &&
    fieldsOf(preview, query, headers).some(([name, is]) => name === field.name && is === field.value)
  );
}

function fieldsOf(
  preview: string,
  query: string,
  headers: Readonly<Record<string, string>>,
): (readonly [string, string])[] {
  return [
    ...Object.entries(headers),
    ...new URLSearchParams(query),
    ...new URLSearchParams(preview),
    ...inJson(preview),
  ].map(([name, value]) => [name.toLowerCase(), value.toLowerCase()] as const);
}

/** Names and plain values, on every level. The first bytes end anywhere: nothing can be parsed. */
const pair = /("(?:[^"\\]|\\.)*")\s*:\s*("(?:[^"\\]|\\.)*"|[-\w.+]+)/g;

function inJson(text: string): [string, string][] {
  return [...text.matchAll(pair)].map(([, name, value]) => [plain(name!), plain(value!)]);
}

function plain(json: string): string {
  try {
    return String(JSON.parse(json));
  } catch {
    return json;
  }
}
