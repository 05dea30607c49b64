import type { SenderParts } from "../sender.ts";

/** A sender in one word. Presets are data: a small file each, all checked by one schema (a test does). */
export interface Preset extends SenderParts {
  /** The word. */
  readonly name: string;
  /** What people call it. */
  readonly label: string;
  /** Which secrets are to be put, by their slots, and where they are found. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** What it sends names records and does not hold them. */
  readonly thin?: true;
  /** What to know before it is used. */
  readonly notes?: readonly string[];
  /** What nobody has seen in the sender's own words or in what it really sends. */
  readonly unverified?: readonly string[];
}
