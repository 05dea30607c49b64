import { type Api, search, type Shape } from "./api.ts";

/** Everything of a list that comes in pages.
 *  @param field of the answer, in which the list stands
 *  @returns `first`: what else the first answer says */
export async function everyPage<Item, More extends object = object>(
  api: Pick<Api, "ask">,
  path: string,
  field: string,
): Promise<{ items: Item[]; first: More }> {
  type Page = Record<string, unknown> & More & { next?: string };
  const shape = { [field]: "array" } as Shape<Page>;
  const ask = (after?: string) => api.ask<Page>({ path: path + search({ after }) }, shape);
  const first = await ask();
  const items = [...(first[field] as Item[])];
  for (let { next } = first as { next?: string }; next !== undefined;) {
    const page = await ask(next);
    items.push(...(page[field] as Item[]));
    next = page.next;
  }
  return { items, first };
}
