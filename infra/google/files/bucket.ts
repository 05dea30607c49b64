import { createHash } from "node:crypto";
import type { Bucket, BucketObject, KeptFiles } from "../../../functions/files.ts";
import { filesDown } from "../../../functions/problems.ts";
import { openStorage, type Resource, type StorageConfig } from "./storage.ts";

/** Files of imports in one bucket: what senders put there lies under the names of imports, what is kept of it
 *  under a prefix that no import has, where nobody writes but we.
 *
 *  Needs `roles/storage.objectUser` on the bucket. */
export interface BucketFiles {
  readonly bucket: Bucket;
  readonly keptFiles: KeptFiles;
}

const keptPrefix = "_kept/";
const pathOf = (name: string) => `/o/${encodeURIComponent(name)}`;

export function openBucketFiles(config: StorageConfig): BucketFiles {
  const storage = openStorage(config);

  async function listAll(prefix: string, after: string | undefined) {
    const query = {
      prefix,
      fields: "nextPageToken,items(name,generation,size,timeCreated)",
      // That name is still in the page, and left out below.
      ...(after !== undefined && { startOffset: after }),
    };
    const answer = await storage.call<{ items?: Resource[]; nextPageToken?: string }>("GET", "/o", { query });
    if (answer === undefined) throw filesDown({ why: `there is no bucket ${config.bucket}` });
    const objects = (answer.items ?? []).filter(({ name }) => name !== after).map(objectOf);
    const last = objects.at(-1)?.name;
    return { objects, ...(answer.nextPageToken !== undefined && last !== undefined && { next: last }) };
  }

  const remove = async (name: string, query: Record<string, string> = {}): Promise<void> =>
    void (await storage.call("DELETE", pathOf(name), { query }));

  async function put(name: string, contentType: string, bytes: AsyncIterable<Uint8Array>) {
    const hash = createHash("sha256");
    let count = 0;
    const upload = storage.upload(name, contentType);
    for await (const chunk of bytes) {
      hash.update(chunk);
      count += chunk.length;
      await upload.add(chunk);
    }
    await upload.end();
    return { bytes: count, sha256: hash.digest("hex") };
  }

  return {
    bucket: {
      list: (prefix, { after }) => listAll(prefix, after),
      async find(name, generation) {
        const found = await storage.call<Resource>("GET", pathOf(name), { query: { generation } });
        return found && objectOf(found);
      },
      async keep({ name, generation }, id) {
        const query = { sourceGeneration: generation, ifSourceGenerationMatch: generation };
        const path = `${pathOf(name)}/rewriteTo/b/${encodeURIComponent(config.bucket)}${pathOf(keptPrefix + id)}`;
        // Of its own: a Content-Encoding of the sender's would have the bytes unpacked on their way to us.
        const body = { contentType };
        let rewriteToken: string | undefined;
        do {
          const answer = await storage.call<{ done?: boolean; rewriteToken?: string }>("POST", path, {
            query: { ...query, ...(rewriteToken !== undefined && { rewriteToken }) },
            body,
          });
          if (answer === undefined) return false;
          if (answer.done === true) return true;
          rewriteToken = answer.rewriteToken;
        } while (rewriteToken !== undefined);
        throw filesDown({ why: "Cloud Storage does not end a copy" });
      },
      put: async (name, contentType, bytes) => void (await put(name, contentType, bytes)),
    },
    keptFiles: {
      keep: (id, bytes) => put(keptPrefix + id, contentType, bytes),
      async open(id) {
        const found = await storage.call<Resource>("GET", pathOf(keptPrefix + id));
        if (found === undefined) return undefined;
        const { name, generation, bytes } = objectOf(found);
        return {
          name,
          bytes,
          read: (range = { from: 0, to: bytes }) => storage.read({ name, generation }, range),
        };
      },
      remove: (id) => remove(keptPrefix + id),
      async removeOld(before) {
        let after: string | undefined;
        do {
          const { objects, next } = await listAll(keptPrefix, after);
          for (const { name, generation, at } of objects)
            if (at < before) await remove(name, { ifGenerationMatch: generation });
          after = next;
        } while (after !== undefined);
      },
    },
  };
}

const contentType = "application/octet-stream";

function objectOf({ name, generation, size, timeCreated }: Resource): BucketObject {
  return { name, generation, bytes: Number(size), at: Date.parse(timeCreated) };
}
