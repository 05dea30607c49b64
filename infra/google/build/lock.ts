import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A package-lock.json of version 3, as far as it matters here. */
export interface Lock {
  readonly lockfileVersion: number;
  /** By folder: `node_modules/a`, `node_modules/a/node_modules/b`. */
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { optional?: boolean }>>;
  readonly [field: string]: unknown;
}

export function readLock(root: string): Lock {
  return JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lock;
}

/** What `npm ci` needs for one package of ours, at the versions that we run and test: folder by
 *  folder as in our lock. */
export function closureOf(lock: Lock, name: string): Record<string, LockedPackage> {
  const found = new Map<string, LockedPackage>();
  const visit = (folder: string): void => {
    if (found.has(folder)) return;
    const entry = lock.packages[folder]!;
    found.set(folder, forProduction(entry));
    for (const needed of Object.keys(needs(entry))) {
      const at = resolve(lock, folder, needed);
      if (at !== undefined) visit(at);
      else if (entry.optionalDependencies?.[needed] === undefined)
        throw new Error(`${folder} needs ${needed}, which the lock lacks.`);
    }
  };
  visit(`node_modules/${name}`);
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Peers that may be missing are left out, as npm does. */
function needs({
  dependencies,
  optionalDependencies,
  peerDependencies,
  peerDependenciesMeta,
}: LockedPackage): Record<string, string> {
  const peers = Object.entries(peerDependencies ?? {}).filter(
    ([name]) => peerDependenciesMeta?.[name]?.optional !== true,
  );
  return {
    ...dependencies,
    ...optionalDependencies,
    ...Object.fromEntries(peers),
  };
}

/** Node's own way: beside the package, then one folder up after the other. */
function resolve(lock: Lock, from: string, name: string): string | undefined {
  for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf("/node_modules/")))) {
    const at = base === "" ? `node_modules/${name}` : `${base}/node_modules/${name}`;
    if (lock.packages[at] !== undefined) return at;
    if (base === "") return undefined;
  }
}

/** Whether a package was for development is another question here. */
function forProduction({
  dev: _dev,
  devOptional: _devOptional,
  peer: _peer,
  ...entry
}: LockedPackage): LockedPackage {
  return entry;
}
