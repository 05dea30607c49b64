import type { BigIntStats } from "node:fs";
import { Refusal, statuses } from "./refusal.ts";

/** What clients ask and set of files and folders; modes and owners are not theirs. */
export interface Attributes {
  readonly isFolder: boolean;
  readonly size: number;
  /** Unix s. */
  readonly atime: number;
  readonly mtime: number;
}

export interface SetAttributes {
  readonly size?: number | undefined;
  readonly atime?: number | undefined;
  readonly mtime?: number | undefined;
}

export function attributesOf(found: BigIntStats): Attributes {
  if (!found.isFile() && !found.isDirectory())
    throw new Refusal(statuses.noSuchFile, "There is no such file or folder.");
  const seconds = (ms: bigint) => Math.max(0, Math.floor(Number(ms) / 1_000));
  return {
    isFolder: found.isDirectory(),
    size: Number(found.size),
    atime: seconds(found.atimeMs),
    mtime: seconds(found.mtimeMs),
  };
}
