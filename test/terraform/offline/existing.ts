import type { Block, Value, Values } from "./schema.ts";

/** What is there already in the account that nobody has: by type, then by the id under which it is imported,
 *  the arguments that Google would tell. */
export type Existing = Readonly<Record<string, Readonly<Record<string, Values>>>>;

/** The whole state of a resource of which some is known. */
export function whole(block: Block, known: Values): Values {
  const state: Values = {};
  for (const name of Object.keys(block.attributes)) state[name] = known[name] ?? null;
  for (const [name, nested] of Object.entries(block.blocks ?? {})) {
    const isOne = nested.nesting === "single" || nested.nesting === "group";
    const given = known[name] as Value;
    if (given === undefined || given === null)
      state[name] = isOne ? null : nested.nesting === "map" ? {} : [];
    else
      state[name] = isOne
        ? whole(nested, given as Values)
        : (given as Values[]).map((one) => whole(nested, one));
  }
  return state;
}
