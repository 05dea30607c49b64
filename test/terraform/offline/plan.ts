import {
  isNotYet,
  notYet,
  type Attribute,
  type Block,
  type Type,
  type Value,
  type Values,
} from "./schema.ts";

/** What a plan and a data source hold when nothing can be asked. */

/** The planned state of a new resource: arguments as written, defaults, and the rest known after apply.
 *  @param settings the provider block */
export function plan(block: Block, proposed: Values, settings: Values, legacy: boolean): Values {
  const planned = fill(block, proposed, settings, legacy);
  if (block.attributes["terraform_labels"] !== undefined)
    planned["terraform_labels"] = planned["effective_labels"] = labels(planned["labels"], settings);
  for (const [name, template] of Object.entries(block.derived ?? {})) {
    const parts = [...template.matchAll(/\{(\w+)\}/g)].map(([, part]) => part!);
    if (parts.every((part) => typeof planned[part] === "string"))
      planned[name] = template.replace(/\{(\w+)\}/g, (_, part: string) => String(planned[part]));
  }
  return planned;
}

/** A data source's state: arguments as written, the rest placeholders. */
export function read(block: Block, config: Values, settings: Values): Values {
  const state = { ...config };
  for (const [name, attribute] of Object.entries(block.attributes)) {
    if (state[name] !== null || !attribute.computed) continue;
    const own = ["project", "region", "zone"].includes(name) ? settings[name] : undefined;
    state[name] = own || placeholder(name, attribute.type);
  }
  for (const [name, nested] of Object.entries(block.blocks ?? {}))
    state[name] = within(state[name], (values) => read(nested, values, settings));
  return state;
}

/** @returns what neither the resource nor the provider block names: project, region or zone */
export function lacking(block: Block, config: Values, settings: Values): string | undefined {
  return Object.entries(block.attributes).find(
    ([name, { inherit, default: usual }]) => inherit && !usual && !config[name] && !settings[name],
  )?.[0];
}

function fill(block: Block, proposed: Values, settings: Values, legacy: boolean): Values {
  const filled = { ...proposed };
  for (const [name, attribute] of Object.entries(block.attributes)) {
    let value = filled[name];
    if (attribute.write_only) value = null;
    else if (legacy) value = settled(attribute, value);
    if (typeof value === "string" && attribute.upper) value = value.toUpperCase();
    if (value === null && attribute.optional)
      value = (attribute.inherit && settings[name]) || (attribute.default ?? null);
    if (value === null && attribute.computed) value = notYet;
    filled[name] = value;
  }
  for (const [name, nested] of Object.entries(block.blocks ?? {})) {
    const value = filled[name];
    filled[name] =
      nested.computed && Array.isArray(value) && value.length === 0
        ? notYet
        : within(value, (values) => fill(nested, values, settings, legacy));
  }
  return filled;
}

/** Legacy providers forget empty maps and sets, and know a collection only when they know all of it. */
function settled({ type, optional, computed }: Attribute, value: Value): Value {
  if (value === "" && optional && computed) return null;
  if (value === null || typeof value !== "object" || isNotYet(value)) return value;
  const elements = Object.values(value);
  if (elements.some(isNotYet)) return notYet;
  return elements.length === 0 && type[0] !== "list" ? null : value;
}

function labels(own: Value, settings: Values): Value {
  const given = { ...(settings["default_labels"] as Values | null), ...(own as Values | null) };
  if (isNotYet(own) || Object.values(given).some(isNotYet)) return notYet;
  if (settings["add_terraform_attribution_label"] === false) return given;
  return { ...given, "goog-terraform-provisioned": "true" };
}

function within(value: Value, change: (values: Values) => Values): Value {
  const one = (element: Value) =>
    element === null || isNotYet(element) ? element : change(element as Values);
  return Array.isArray(value) ? value.map(one) : one(value);
}

const email = "offline@offline.iam.gserviceaccount.com";

function placeholder(name: string, type: Type): Value {
  if (type === "number") return 0;
  if (type === "bool") return false;
  if (type === "string") {
    if (name === "number") return "123456789012";
    if (name === "member") return `serviceAccount:${email}`;
    return name.includes("email") ? email : `offline-${name}`;
  }
  if (type[0] === "map") return {};
  if (type[0] !== "object") return [];
  return Object.fromEntries(
    Object.entries(type[1] as Record<string, Type>).map(([inner, of]) => [inner, placeholder(inner, of)]),
  );
}
