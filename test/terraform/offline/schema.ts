import { ExtData } from "@msgpack/msgpack";

/** What a file of schema/ says: the schema of one provider, and the checks and defaults
 *  that its code adds to it. */
export interface ProviderSchema {
  readonly provider: Block;
  readonly resources?: Readonly<Record<string, Block>>;
  readonly data_sources?: Readonly<Record<string, Block>>;
  readonly ephemeral_resources?: Readonly<Record<string, Block>>;
  readonly functions?: Readonly<Record<string, Signature>>;
  /** A provider that keeps empty maps and sets as null. */
  readonly legacy?: boolean;
}

export interface Block {
  readonly version?: number;
  readonly deprecated?: boolean;
  readonly legacy?: boolean;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly blocks?: Readonly<Record<string, NestedBlock>>;
  /** Attributes that are made of others, `{name}` for each. */
  readonly derived?: Readonly<Record<string, string>>;
}

/** Rules that bind an argument or a block to others; paths from the resource, `.0.` for a block. */
export interface Bonds {
  readonly conflicts_with?: readonly string[];
  readonly exactly_one_of?: readonly string[];
  readonly at_least_one_of?: readonly string[];
  readonly required_with?: readonly string[];
}

export interface NestedBlock extends Block, Bonds {
  readonly nesting: "single" | "list" | "set" | "map" | "group";
  readonly min?: number;
  readonly max?: number;
  readonly computed?: boolean;
}

/** As Terraform writes it: `"string"`, `["list", "string"]`, `["object", { … }]`. */
export type Type = string | readonly [string, (Type | Readonly<Record<string, Type>>)?];

type Span = readonly [number | null, number | null];

export interface Attribute extends Bonds {
  readonly type: Type;
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly computed?: boolean;
  readonly sensitive?: boolean;
  readonly write_only?: boolean;
  readonly deprecated?: boolean;
  readonly enum?: readonly string[];
  readonly ignore_case?: boolean;
  readonly integer?: boolean;
  readonly range?: Span;
  readonly length?: Span;
  readonly pattern?: string;
  readonly key_pattern?: string;
  readonly format?: string;
  /** The empty string passes. */
  readonly empty?: boolean;
  readonly min_items?: number;
  readonly max_items?: number;
  readonly default?: unknown;
  /** Taken from the provider block where it is left out. */
  readonly inherit?: boolean;
  /** Shown in upper case. */
  readonly upper?: boolean;
}

export interface Signature {
  readonly parameters: readonly { readonly name: string; readonly type: Type }[];
  readonly return: Type;
}

/** A value of a configuration: null, a text, a number, a list, an object, or one
 *  that is known after apply. */
export type Value = unknown;
export type Values = Record<string, Value>;

/** Known after apply. */
export const notYet = new ExtData(0, new Uint8Array([0]));
export const isNotYet = (value: Value): boolean => value instanceof ExtData;

/** Neither left out nor waiting for the apply. */
export const isKnown = (value: Value): boolean => value !== null && value !== undefined && !isNotYet(value);
