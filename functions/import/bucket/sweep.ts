import { inPrefix, receiveObject, type BucketPorts } from "./receive.ts";
import { listImports } from "../registered/imports.ts";

/** Files whose notice was lost: all that lie in the bucket are looked at, but for those that have been there
 *  for long. */

const lookedMs = 31 * 86_400_000;
const importsAtOnce = 100;

/** @returns how many were new
 *  @throws files_down, documents_down; documents_conflict where somebody else takes one just now */
export async function sweepBucket(ports: BucketPorts & { readonly now: () => number }): Promise<number> {
  const { bucket, now } = ports;
  let found = 0;
  for (let after: string | undefined; ;) {
    const { imports, next } = await listImports(ports, { after, limit: importsAtOnce });
    for (const { name } of imports) found += await sweepImport(name);
    if (next === undefined) return found;
    after = next;
  }

  async function sweepImport(name: string): Promise<number> {
    let count = 0;
    for (let after: string | undefined; ;) {
      const { objects, next } = await bucket.list(inPrefix(name), after === undefined ? {} : { after });
      for (const object of objects)
        if (object.at >= now() - lookedMs && (await receiveObject(ports, object))) count += 1;
      if (next === undefined) return count;
      after = next;
    }
  }
}
