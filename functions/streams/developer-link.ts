import type { Documents, Stored } from "../documents.ts";
import { isUuid } from "../hit.ts";
import { entryOf } from "../people/audit.ts";
import type { Who } from "../people/who.ts";
import { developerLinkOver, notHere, requestRefused, streamClosedForGood } from "../problems.ts";
import type { Registry } from "../registry.ts";
import { isSigned, keyIn, newKey, sign, storedKey } from "../signature.ts";
import { streamRef } from "../stream-ref.ts";
import { aboutStream, findReading } from "./change.ts";
import { type Reading, readAll } from "./reading.ts";
import type { Datasets } from "./stream.ts";

/** A link for a developer who has no account: for 7 days it shows how to send to one stream, and what arrived
 *  of it. It names the stream by its stream_ref, so that no log of a proxy holds the id, which is the key to
 *  write. Each stream has a key of its own, which signs; without the key all of its links are over. */

export interface DeveloperLinkPorts extends Datasets {
  documents: Documents;
  registry: Pick<Registry, "list">;
  /** Unix ms. */
  now: () => number;
  /** Not where something else asks everybody who they are before we are asked: a link would lead nowhere. */
  offersLinks?: boolean;
}

export interface DeveloperLink {
  /** Below the address of the panel. */
  readonly path: string;
  /** Unix ms: the last moment at which it opens. */
  readonly until: number;
}

export const developerPath = "/developer/";
export const developerLinkMs = 7 * 86_400_000;

/** Links that were made before stay good until their own time.
 *  @throws not_here, stream_unknown, stream_closed_for_good, request_refused, registry_down, documents_down,
 *  documents_conflict */
export async function makeDeveloperLink(
  ports: DeveloperLinkPorts,
  who: Who,
  named: string,
): Promise<DeveloperLink> {
  const { id } = await openReading(ports, named);
  const ref = streamRef(id);
  const stored = await read(ports, ref);
  const key = keyIn(stored) ?? newKey();
  const until = ports.now() + developerLinkMs;
  const document = { key: storedKey(key), until };
  const entry = entryOf(ports, who, {
    what: "developer_link_made",
    about: aboutStream(id),
    after: { until: new Date(until).toISOString() },
  });
  await ports.documents.commit([{ ...placeOf(ref), document, ifVersion: stored?.version ?? null }, entry]);
  return { path: pathOf(key, ref, until), until };
}

/** All links of the stream are over at once. @returns whether there was one that was not
 *  @throws not_here, stream_unknown, registry_down, documents_down, documents_conflict */
export async function withdrawDeveloperLinks(
  ports: DeveloperLinkPorts,
  who: Who,
  named: string,
): Promise<boolean> {
  demandOffer(ports);
  const { id } = findReading(readAll(await ports.registry.list(), ports), named);
  const stored = await read(ports, streamRef(id));
  if (stored === undefined) return false;
  const wasOpen = untilIn(stored) >= ports.now();
  const entry = entryOf(ports, who, { what: "developer_links_withdrawn", about: aboutStream(id) });
  await ports.documents.commit([
    { ...placeOf(streamRef(id)), document: null, ifVersion: stored.version },
    entry,
  ]);
  return wasOpen;
}

/** The last link that was made of the stream; undefined where none opens any more. @throws documents_down */
export async function lastDeveloperLink(
  ports: Pick<DeveloperLinkPorts, "documents" | "now">,
  id: string,
): Promise<DeveloperLink | undefined> {
  const ref = streamRef(id);
  const stored = await read(ports, ref);
  const [key, until] = [keyIn(stored), untilIn(stored)];
  return key === undefined || until < ports.now() ? undefined : { path: pathOf(key, ref, until), until };
}

/** What a link opens. Whatever is wrong with it, its holder learns the same; what has not the form of one is
 *  not even looked up.
 *  @param text what stands behind `developerPath`
 *  @throws developer_link_over, registry_down, documents_down */
export async function openDeveloperLink(
  ports: DeveloperLinkPorts,
  text: string,
): Promise<{ reading: Reading; all: readonly Reading[]; until: number }> {
  const [, ref, until, signature] = /^([0-9a-f]{12})\.(\d{1,15})\.([\w-]{43})$/.exec(text) ?? [];
  if (ref === undefined || until === undefined || signature === undefined) throw developerLinkOver();
  const key = keyIn(await read(ports, ref));
  const isOurs = key !== undefined && isSigned(signature, key, ref, until);
  if (!isOurs || Number(until) < ports.now()) throw developerLinkOver();
  const all = readAll(await ports.registry.list(), ports);
  const reading = all.find(({ id, removed }) => !removed && streamRef(id) === ref);
  if (reading === undefined) throw developerLinkOver();
  return { reading, all, until: Number(until) };
}

/** A stream that somebody may still send to. */
async function openReading(ports: DeveloperLinkPorts, named: string): Promise<Reading> {
  demandOffer(ports);
  const reading = findReading(readAll(await ports.registry.list(), ports), named);
  if (reading.removed || reading.document["state"] === "closed") throw streamClosedForGood();
  if (!isUuid(reading.id))
    throw requestRefused({
      what: "No address leads to this stream, since its id is no UUID in lower case; GET /v1/streams/{id} suggests one",
    });
  return reading;
}

function demandOffer({ offersLinks }: DeveloperLinkPorts): void {
  if (offersLinks !== true)
    throw notHere({
      what: "A link for a developer",
      instead: "whoever has no account gets no page: send the file, afterclick snippet STREAM --type html",
    });
}

const pathOf = (key: Buffer, ref: string, until: number): string =>
  `${developerPath}${ref}.${until}.${sign(key, ref, String(until))}`;

const placeOf = (ref: string) => ({ kind: "settings", id: `developer-link-${ref}` }) as const;

const read = ({ documents }: Pick<DeveloperLinkPorts, "documents">, ref: string) =>
  documents.read("settings", placeOf(ref).id);

/** 0 where the document holds none. */
function untilIn(stored: Stored | undefined): number {
  const { until } = Object(stored?.document) as { until?: unknown };
  return typeof until === "number" ? until : 0;
}
