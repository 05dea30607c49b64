import {
  isKnown,
  isNotYet,
  type Block,
  type Bonds,
  type Attribute,
  type Value,
  type Values,
} from "./schema.ts";
import { refusal, shown } from "./refusal.ts";

/** The checks that a provider makes on a configuration beyond its schema. */

interface Step {
  readonly attribute_name?: string;
  readonly element_key_int?: number;
}

export interface Diagnostic {
  readonly severity: number;
  readonly summary: string;
  readonly detail: string;
  readonly attribute?: { readonly steps: readonly Step[] };
}

/** Where it is, from the resource; the elements of a set have no index. */
type Path = readonly (string | number | typeof inSet)[];

export const severities = { error: 1, warning: 2 };
const inSet = "*";

/** @returns what is wrong with one resource, data source or ephemeral resource */
export function check(block: Block, config: Values): Diagnostic[] {
  const found: Diagnostic[] = [];
  const report: Report = (path, summary, detail, severity = severities.error) => {
    const end = path.indexOf(inSet);
    const steps = (end === -1 ? path : path.slice(0, end)).map((step) =>
      typeof step === "number" ? { element_key_int: step } : { attribute_name: step },
    );
    found.push({ severity, summary, detail, attribute: { steps } });
  };
  if (block.deprecated) report([], "Deprecated", "This type is deprecated.", severities.warning);
  checkBlock({ block, config, report }, block, config, []);
  return found;
}

type Report = (path: Path, summary: string, detail: string, severity?: number) => void;

/** The whole resource, to which rules look back. */
interface Whole {
  readonly block: Block;
  readonly config: Values;
  readonly report: Report;
}

function checkBlock(whole: Whole, block: Block, values: Values, path: Path): void {
  for (const [name, attribute] of Object.entries(block.attributes)) {
    const value = values[name];
    const here = [...path, name];
    if (isBroken(whole, attribute, value, here) || value === null || value === undefined) continue;
    checkAttribute(whole.report, attribute, value, here);
  }
  for (const [name, nested] of Object.entries(block.blocks ?? {})) {
    const value = values[name];
    const here = [...path, name];
    if (isBroken(whole, nested, value, here) || !isKnown(value)) continue;
    if (!Array.isArray(value)) checkBlock(whole, nested, value as Values, here);
    else
      for (const [index, element] of value.entries()) {
        if (!isKnown(element)) continue;
        checkBlock(whole, nested, element as Values, [...here, nested.nesting === "set" ? inSet : index]);
      }
  }
}

function checkAttribute(report: Report, attribute: Attribute, value: Value, path: Path): void {
  const name = path.join(".");
  if (attribute.computed && !attribute.optional && !attribute.required)
    report(
      path,
      "Value for unconfigurable attribute",
      `"${name}" is decided by the provider and cannot be set.`,
    );
  if (attribute.deprecated)
    report(path, "Argument is deprecated", `"${name}" is deprecated.`, severities.warning);
  if (isNotYet(value)) return;
  const { max_items: most, min_items: least } = attribute;
  const items = Array.isArray(value) ? value.length : 0;
  if (most !== undefined && items > most)
    report(path, "Too many list items", `"${name}" takes at most ${most}.`);
  if (least !== undefined && items < least)
    report(path, "Not enough list items", `"${name}" needs at least ${least}.`);
  const why = refusal(attribute, value);
  if (why !== undefined) report(path, `Invalid value for ${name}`, `${path.at(-1)!} ${why}.`);
}

/** @returns whether a rule that binds it to others is broken, which is reported then */
function isBroken(whole: Whole, rule: Bonds, value: Value, path: Path): boolean {
  const name = path.join(".");
  const at = (other: string): Value => valueAt(whole.config, other);
  const given = (names: readonly string[]) =>
    names.filter((other) => !isNotYet(at(other)) && isGiven(whole.block, other, at(other)));
  const broken = (summary: string, detail: string): true => {
    whole.report(path, summary, `"${name}": ${detail}`);
    return true;
  };

  const choice = [rule.exactly_one_of, rule.at_least_one_of].find(
    (names) =>
      names !== undefined && given(names).length === 0 && names.every((other) => !isNotYet(at(other))),
  );
  if (choice !== undefined)
    return broken("Missing required argument", `one of ${shown(choice)} must be specified.`);
  const chosen = given(rule.exactly_one_of ?? []);
  if (chosen.length > 1)
    return broken("Invalid combination of arguments", `only one of ${shown(chosen)} can be specified.`);
  if (!isGiven(whole.block, name, value)) return false;
  const others = (names: readonly string[] = []) => names.filter((other) => other !== name);
  const missing = others(rule.required_with).filter(
    (other) => !isNotYet(at(other)) && !isGiven(whole.block, other, at(other)),
  );
  if (missing.length > 0)
    return broken("Missing required argument", `${shown(missing)} must be specified too.`);
  if (isNotYet(value)) return false;
  const clash = given(others(rule.conflicts_with));
  return clash.length > 0 && broken("Conflicting configuration arguments", `conflicts with ${shown(clash)}.`);
}

/** An argument counts as given when it is not null, a block when there is one. */
function isGiven(block: Block, path: string, value: Value): boolean {
  if (value === null || value === undefined) return false;
  return !(Array.isArray(value) && value.length === 0 && isBlock(block, path));
}

function isBlock(block: Block, path: string): boolean {
  let within: Block | undefined = block;
  for (const name of path.split(".")) if (!/^\d+$/.test(name)) within = within?.blocks?.[name];
  return within !== undefined;
}

function valueAt(config: Values, path: string): Value {
  let value: Value = config;
  for (const name of path.split(".")) {
    if (!isKnown(value)) return value;
    value = (value as Values)[name];
  }
  return value;
}
