import { randomBytes } from "node:crypto";
import type { Documents, Kept, Write } from "../documents.ts";
import type { PeoplePorts } from "./person.ts";
import type { Who } from "./who.ts";

/** What people did: who, when, what, before and after. Entries are added, and never changed or removed. */

export type Deed =
  | "stream_added"
  | "stream_changed"
  | "stream_removed"
  | "replayed"
  | "discarded"
  | "exported"
  | "backup_made"
  | "person_added"
  | "person_changed"
  | "person_removed"
  | "link_made"
  | "password_set"
  | "signed_in"
  | "sign_in_failed"
  | "signed_out_everywhere"
  | "token_added"
  | "token_removed"
  | "iap_set";

/** What is said of a deed. */
export interface Said {
  readonly what: Deed;
  /** Whom or what it is about: a person, a token, a stream by its stream_ref. */
  readonly about?: string;
  /** The fields that differ. Never a secret. */
  readonly before?: object;
  readonly after?: object;
}

export interface Entry {
  readonly id: string;
  /** Unix ms. */
  readonly at: number;
  readonly who: string;
  readonly how: string;
  readonly what: string;
  readonly about?: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export type AuditPorts = Pick<PeoplePorts, "documents" | "now">;

/** An entry to be written together with what it tells of: the one is not there without the other.
 *  @param who undefined: nobody was known, as where a sign-in fails */
export function entryOf({ now }: Pick<AuditPorts, "now">, who: Who | undefined, said: Said): Write {
  const at = now();
  const { what, about, before, after } = said;
  const document = {
    at,
    who: who?.id ?? "nobody",
    how: who?.how ?? "nobody",
    what,
    ...(about !== undefined && { about }),
    ...(before !== undefined && { before: textOf(before) }),
    ...(after !== undefined && { after: textOf(after) }),
  };
  // The newest first in the order of ids.
  const place = String(newestAt - at).padStart(14, "0");
  return { kind: "audit", id: `${place}-${randomBytes(6).toString("hex")}`, document, ifVersion: null };
}

/** For what lies elsewhere: once it is done. @throws documents_down: then it is done, and nobody can read that it is */
export async function record(ports: AuditPorts, who: Who, said: Said): Promise<void> {
  await ports.documents.commit([entryOf(ports, who, said)]);
}

/** The newest first. @param options.after the id of the last entry of the page before */
export async function listAudit(
  { documents }: { documents: Documents },
  options: { after?: string; limit: number },
): Promise<Entry[]> {
  return (await documents.list("audit", options)).map(read);
}

/** What differs between two documents, on both sides. */
export function differing(before: object, after: object): { before: object; after: object } {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(Reflect.get(before, name)) !== JSON.stringify(Reflect.get(after, name)),
  );
  const of = (document: object) =>
    Object.fromEntries(
      names.filter((name) => name in document).map((name) => [name, Reflect.get(document, name)]),
    );
  return { before: of(before), after: of(after) };
}

/** 2286: ids keep their length until then. */
const newestAt = 99_999_999_999_999;
const textBytesMax = 100_000;

/** As text: a document of a stream may hold what no store takes as it is. */
function textOf(value: object): string {
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  return bytes <= textBytesMax ? text : JSON.stringify({ too_large_to_show: `${bytes} bytes` });
}

function read({ id, document }: Kept): Entry {
  const isEntry = typeof document === "object" && document !== null;
  const { at, who, how, what, about, before, after } = (isEntry ? document : {}) as Record<string, unknown>;
  return {
    id,
    at: Number(at ?? newestAt - Number(id.slice(0, 14))),
    who: String(who ?? "unreadable"),
    how: String(how ?? "unreadable"),
    what: String(what ?? "unreadable"),
    ...(about !== undefined && { about: String(about) }),
    ...(before !== undefined && { before: parsed(before) }),
    ...(after !== undefined && { after: parsed(after) }),
  };
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return String(text);
  }
}
