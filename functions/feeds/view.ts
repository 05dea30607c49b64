import type { Documents } from "../documents.ts";
import { whole, readState, type Fetch, type FetchState } from "./fetches/state.ts";
import { findFeed, listFeeds, type Datasets, type FoundFeed } from "./registered/feeds.ts";
import type { FeedFields } from "./registered/fields.ts";
import type { FeedColumn } from "./write/columns.ts";

/** A feed as people see it: what is set on it, and what became of its fetches. */
export interface FeedView extends Partial<FeedFields> {
  readonly name: string;
  readonly problems: readonly string[];
  readonly columns?: readonly Pick<FeedColumn, "field" | "column" | "type">[];
  /** The newest first. */
  readonly fetches: readonly Fetch[];
  readonly asked: readonly string[];
  readonly waiting: readonly string[];
  /** Unix ms. */
  readonly next_at?: number;
}

type ViewPorts = Datasets & { readonly documents: Documents };

/** @throws feed_unknown, documents_down */
export async function viewFeed(ports: ViewPorts, name: string): Promise<FeedView> {
  return viewOf(await findFeed(ports, name), await readState(ports, name));
}

/** By name, each with its last fetch alone. @throws documents_down */
export async function viewFeeds(ports: ViewPorts): Promise<FeedView[]> {
  const views: FeedView[] = [];
  for (const found of await listFeeds(ports)) {
    const { columns: _columns, fetches, ...view } = viewOf(found, await readState(ports, found.name));
    views.push({ ...view, fetches: fetches.slice(0, 1) });
  }
  return views;
}

function viewOf(found: FoundFeed, { table, columns, parts, asked = [], fetches }: FetchState): FeedView {
  const all = Object.entries(parts);
  const said = {
    name: found.name,
    fetches,
    asked,
    waiting: all.flatMap(([part, { waits }]) => (waits === undefined ? [] : [part])).sort(),
  };
  if (!("feed" in found)) return { ...said, problems: found.problems };
  const { to: _to, ...fields } = found.feed;
  const tries = all.flatMap(([part, { next_at }]) =>
    next_at === undefined || (part === whole) === fields.partitioned ? [] : [next_at],
  );
  return {
    ...fields,
    ...said,
    problems: [],
    ...(table === fields.table &&
      columns !== undefined && {
        columns: columns.map(({ field, column, type }) => ({ field, column, type })),
      }),
    ...(tries.length > 0 && { next_at: Math.min(...tries) }),
  };
}
