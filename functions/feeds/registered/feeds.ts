import { Ajv } from "ajv";
import type { Stored } from "../../documents.ts";
import { isProblem } from "../../problem.ts";
import { datasetMissing, documentsConflict, feedRefused, feedThere, feedUnknown } from "../../problems.ts";
import { differing, entryOf, type AuditPorts } from "../../people/audit.ts";
import type { Who } from "../../people/who.ts";
import { wrongIn } from "../../schema-error.ts";
import type { Secrets } from "../../secrets.ts";
import { addFormats } from "../../streams/formats.ts";
import { parseTable, tableName, type TableRef } from "../../table.ts";
import type { Warehouse } from "../../warehouse.ts";
import { readState } from "../fetches/state.ts";
import { feedNamePattern, feedSchemas, secretSchema, usualFeed, type FeedFields } from "./fields.ts";

/** JSON feeds: each a document under its name, which people also write by hand. Afterclick changes none by
 *  itself; what became of the fetches lies elsewhere (fetches/state.ts). */

export interface Feed extends FeedFields {
  readonly name: string;
  readonly to: TableRef;
}

export interface Datasets {
  readonly defaultDataset: string;
  readonly productDataset: string;
}

export type FeedPorts = AuditPorts &
  Datasets & {
    readonly warehouse: Pick<Warehouse, "describe" | "createDataset">;
    /** Left out where there is no store of secrets: then feeds have no passwords there. */
    readonly secrets?: Pick<Secrets, "put" | "retire">;
  };

/** Fields as somebody gives them: null takes one away. */
export type GivenFeed = {
  readonly [Field in keyof Omit<FeedFields, "secret">]?: FeedFields[Field] | null;
} & {
  readonly password?: string;
};

/** @throws feed_there, feed_refused, dataset_missing, warehouse_down, documents_down, secrets_down */
export async function addFeed(
  ports: FeedPorts,
  who: Who,
  { name, password, ...given }: GivenFeed & { name: string; url: string; table: string; zone: string },
): Promise<Feed> {
  const fields = set(usualFeed, given, password === undefined ? undefined : secretOf(name));
  const feed = demandFeed(ports, name, fields);
  // Before anything of it is written over.
  if ((await ports.documents.read("feeds", name)) !== undefined) throw feedThere({ name });
  const state = await readState(ports, name);
  await demandFreeTable(ports, feed, state.table);
  await keepPassword(ports, name, password);
  await ports.warehouse.createDataset(feed.to);
  try {
    await ports.documents.commit([
      { kind: "feeds", id: name, document: fields, ifVersion: null },
      entryOf(ports, who, { what: "feed_added", about: name, after: fields }),
    ]);
  } catch (error) {
    if (isProblem(error, documentsConflict)) throw feedThere({ name });
    throw error;
  }
  return feed;
}

/** The next fetch goes by it.
 *  @throws feed_unknown, feed_refused, documents_conflict, and as `addFeed` */
export async function changeFeed(
  ports: FeedPorts,
  who: Who,
  name: string,
  { password, ...given }: GivenFeed,
): Promise<Feed> {
  const stored = await ports.documents.read("feeds", name);
  if (stored === undefined) throw feedUnknown({ name });
  const before = Object(stored.document) as FeedFields;
  const fields = set(before, given, password === undefined ? undefined : secretOf(name));
  const feed = demandFeed(ports, name, fields);
  const changes = { url: before.url, table: before.table, partitioned: before.partitioned ?? false };
  if (fields.partitioned !== changes.partitioned)
    throw feedRefused({
      problems: [
        "partitioned stays as it is, since the table holds either days or one answer; add another feed",
      ],
    });
  if (fields.secret !== undefined && password === undefined && siteOf(fields.url) !== siteOf(changes.url))
    throw feedRefused({
      problems: [
        "url leads to another server, and the password is that of the first; give the password too, or take the user away",
      ],
    });
  if (fields.table !== changes.table) {
    await demandFreeTable(ports, feed, undefined);
    await ports.warehouse.createDataset(feed.to);
  }
  await keepPassword(ports, name, password);
  await ports.documents.commit([
    { kind: "feeds", id: name, document: { ...fields }, ifVersion: stored.version },
    entryOf(ports, who, { what: "feed_changed", about: name, ...differing(before, fields) }),
  ]);
  if (before.secret !== undefined && fields.secret === undefined) await ports.secrets?.retire(before.secret);
  return feed;
}

/** It is fetched no more. Its table stays as it is, and a feed that is added under the name goes on with it.
 *  @throws feed_unknown, documents_conflict, documents_down */
export async function removeFeed(ports: FeedPorts, who: Who, name: string): Promise<void> {
  const stored = await ports.documents.read("feeds", name);
  if (stored === undefined) throw feedUnknown({ name });
  await ports.documents.commit([
    { kind: "feeds", id: name, document: null, ifVersion: stored.version },
    entryOf(ports, who, { what: "feed_removed", about: name, before: Object(stored.document) as object }),
  ]);
  const { secret } = Object(stored.document) as Partial<FeedFields>;
  if (secret === secretOf(name)) await ports.secrets?.retire(secret);
}

/** As it was found: a name, and the feed or what is wrong with its document. */
export type FoundFeed = { readonly name: string } & (
  { readonly feed: Feed } | { readonly problems: readonly string[] }
);

/** @throws feed_unknown, documents_down */
export async function findFeed(
  ports: Pick<AuditPorts, "documents"> & Datasets,
  name: string,
): Promise<FoundFeed> {
  const stored = await ports.documents.read("feeds", name);
  if (stored === undefined) throw feedUnknown({ name });
  return readFeed(ports, stored);
}

/** @throws feed_unknown, documents_down; feed_refused where its document cannot be used */
export async function demandUsable(
  ports: Pick<AuditPorts, "documents"> & Datasets,
  name: string,
): Promise<Feed> {
  const found = await findFeed(ports, name);
  if ("feed" in found) return found.feed;
  throw feedRefused({ problems: found.problems });
}

const pageMax = 500;

/** All of them, by name: people make a handful. @throws documents_down */
export async function listFeeds(ports: Pick<AuditPorts, "documents"> & Datasets): Promise<FoundFeed[]> {
  const found: FoundFeed[] = [];
  for (let after: string | undefined; ; after = found.at(-1)!.name) {
    const page = await ports.documents.list("feeds", {
      limit: pageMax,
      ...(after !== undefined && { after }),
    });
    found.push(...page.map((stored) => readFeed(ports, stored)));
    if (page.length < pageMax) return found;
  }
}

const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true });
addFormats(ajv);
const isFeed = ajv.compile<FeedFields>({
  type: "object",
  required: ["url", "table", "zone"],
  properties: { ...feedSchemas, secret: secretSchema },
});
const isName = new RegExp(feedNamePattern);

function readFeed(datasets: Datasets, { id: name, document }: Stored): FoundFeed {
  const given = Object(document) as FeedFields;
  if (!isName.test(name)) return { name, problems: ["its name is none that a feed may have"] };
  if (!isFeed(given))
    return {
      name,
      problems: (isFeed.errors ?? []).map((error) => {
        const { path, given: shown, allowed, isMissing } = wrongIn(error, {});
        const field = path.length === 0 ? "the document" : path[0]!;
        return isMissing ? `${field} is missing` : `${field} is ${shown}; ${allowed}`;
      }),
    };
  // null stands for what is left out.
  const fields = set(usualFeed, given, given.secret);
  const to = parseTable(fields.table, datasets.defaultDataset)!;
  const problems = [
    ...(to.dataset.toLowerCase() === datasets.productDataset.toLowerCase()
      ? [`table is ${JSON.stringify(fields.table)}, and that dataset holds Afterclick's own tables`]
      : []),
    ...(fields.secret !== undefined && fields.user === undefined ? ["secret is set, and user is not"] : []),
    ...(fields.updated !== undefined && fields.key === undefined ? ["updated is set, and key is not"] : []),
  ];
  return problems.length > 0 ? { name, problems } : { name, feed: { ...fields, name, to } };
}

/** @throws feed_refused */
function demandFeed(datasets: Datasets, name: string, document: object): Feed {
  const found = readFeed(datasets, { id: name, document, version: "" });
  if ("feed" in found) return found.feed;
  throw feedRefused({ problems: found.problems });
}

function set(
  before: Partial<FeedFields>,
  given: Omit<GivenFeed, "password">,
  secret: string | undefined,
): FeedFields & Record<string, unknown> {
  const all = Object.entries({ ...before, ...given, ...(secret !== undefined && { secret }) });
  const { ...fields } = Object.fromEntries(all.filter(([, value]) => value !== null && value !== undefined));
  // Nobody's password is of no use.
  if (given.user === null) delete fields["secret"];
  return fields as unknown as FeedFields & Record<string, unknown>;
}

const secretOf = (name: string): string => `feed-${name}`;

async function keepPassword(ports: FeedPorts, name: string, password: string | undefined): Promise<void> {
  if (password === undefined) return;
  if (ports.secrets === undefined)
    throw feedRefused({
      problems: [
        "there is no store of secrets here that takes a password; put it into the store of the platform under a name that begins with feed-, and name that in the document's field secret",
      ],
    });
  await ports.secrets.put(secretOf(name), password);
}

/** @param own the table that the fetches of this name have made */
async function demandFreeTable(
  ports: FeedPorts,
  { name, to, table }: Feed,
  own: string | undefined,
): Promise<void> {
  // One that is not made yet is in no warehouse.
  const isSame = (other: TableRef) => tableName(other).toLowerCase() === tableName(to).toLowerCase();
  const rival = (await listFeeds(ports)).find(
    (one) => "feed" in one && one.name !== name && isSame(one.feed.to),
  );
  if (rival !== undefined)
    throw feedRefused({
      problems: [
        `table is ${JSON.stringify(table)}, and that of the feed ${rival.name}; a feed makes its own`,
      ],
    });
  const there = await ports.warehouse.describe(to).catch((error: unknown) => {
    if (isProblem(error, datasetMissing)) return undefined;
    throw error;
  });
  // A stream may have made one meanwhile where that of the feed was.
  const isOwn = own === table && !there?.columns.some(({ required }) => required);
  if (there !== undefined && !isOwn)
    throw feedRefused({
      problems: [
        `table is ${JSON.stringify(table)}, and there is one of that name already; a feed makes its own`,
      ],
    });
}

function siteOf(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
