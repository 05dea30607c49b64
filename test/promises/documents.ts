import { expect } from "@jest/globals";
import type { Documents } from "../../functions/documents.ts";
import { promiseSuite } from "./suite.ts";

/** What every store of documents promises, whatever ground it runs on. */

export interface OpenedDocuments {
  documents: Documents;
  /** The same documents in a store that was closed and opened again. */
  reopen?(): Promise<OpenedDocuments>;
  close(): Promise<void>;
}

const id = "maria@example.com";
const document = { name: "Maria", role: "editor" };
const conflict = { code: "documents_conflict" };
const down = { code: "documents_down" };

/** @param open a store without documents
 *  @param cannot promises that the driver declines, by name, each with its reason */
export function documentsPromises(
  driver: string,
  open: () => Promise<OpenedDocuments>,
  cannot: Record<string, string> = {},
): void {
  const { promise, end } = promiseSuite<OpenedDocuments>(
    driver,
    async () => {
      const opened = await open();
      return { setup: opened, close: () => opened.close() };
    },
    cannot,
  );

  promise("what was never written is not there", async ({ documents }) => {
    expect(await documents.read("people", id)).toBeUndefined();
    expect(await documents.list("people", { limit: 10 })).toEqual([]);
    await documents.commit([{ kind: "people", id, document: null }]);
    await documents.commit([]);
    expect(await documents.list("people", { limit: 10 })).toEqual([]);
  });

  promise("a document comes back as it was written, and is of its kind alone", async ({ documents }) => {
    const whole = {
      ...document,
      about: 'Zoë "Ü" 注文 \u{1f600}',
      nested: { a: [1, 2.5, true, null, { b: "" }], empty: {}, none: [] },
      at: 1_603_131_452_000,
      text: "2026-01-02T03:04:05.678Z",
    };
    await documents.commit([{ kind: "people", id, document: whole, ifVersion: null }]);
    const read = await documents.read("people", id);
    expect(read).toMatchObject({ id, document: whole });
    expect(await documents.list("people", { limit: 10 })).toEqual([read]);
    expect(await documents.read("tokens", id)).toBeUndefined();
    expect(await documents.list("tokens", { limit: 10 })).toEqual([]);
  });

  promise("a write replaces the whole document, and its version changes", async ({ documents }) => {
    const versions = new Set<string>();
    for (const name of ["a", "b", "a"]) {
      await documents.commit([{ kind: "people", id, document: { name } }]);
      const read = (await documents.read("people", id))!;
      expect(read.document).toEqual({ name });
      versions.add(read.version);
    }
    expect(versions.size).toBe(3);
  });

  promise("a write onto another version is refused and changes nothing", async ({ documents }) => {
    await documents.commit([{ kind: "people", id, document, ifVersion: null }]);
    const { version } = (await documents.read("people", id))!;
    await documents.commit([{ kind: "people", id, document: { name: "newer" }, ifVersion: version }]);
    for (const ifVersion of [version, null, "no version of anybody"])
      for (const other of [document, null])
        await expect(
          documents.commit([{ kind: "people", id, document: other, ifVersion }]),
        ).rejects.toMatchObject(conflict);
    const absent = { kind: "people", id: "nobody", document, ifVersion: version } as const;
    await expect(documents.commit([absent])).rejects.toMatchObject(conflict);
    expect((await documents.list("people", { limit: 10 })).map((one) => one.document)).toEqual([
      { name: "newer" },
    ]);
  });

  promise("a removed document is gone, and may be written anew", async ({ documents }) => {
    await documents.commit([{ kind: "people", id, document }]);
    const { version } = (await documents.read("people", id))!;
    await documents.commit([{ kind: "people", id, document: null, ifVersion: version }]);
    expect(await documents.read("people", id)).toBeUndefined();
    await documents.commit([{ kind: "people", id, document, ifVersion: null }]);
    expect((await documents.read("people", id))?.version).not.toBe(version);
  });

  promise("of several writes all are done or none is", async ({ documents }) => {
    await documents.commit([
      { kind: "people", id, document, ifVersion: null },
      { kind: "audit", id: "1", document: { what: "added" }, ifVersion: null },
    ]);
    const { version } = (await documents.read("people", id))!;
    await expect(
      documents.commit([
        { kind: "audit", id: "2", document: { what: "renamed" }, ifVersion: null },
        { kind: "people", id, document: { name: "other" }, ifVersion: version },
        { kind: "audit", id: "1", document: { what: "forged" }, ifVersion: null },
      ]),
    ).rejects.toMatchObject(conflict);
    expect((await documents.read("people", id))?.document).toEqual(document);
    expect((await documents.list("audit", { limit: 10 })).map((one) => one.document)).toEqual([
      { what: "added" },
    ]);
  });

  promise("of writes at once onto one version, one wins", async ({ documents }) => {
    await documents.commit([{ kind: "jobs", id: "1", document: { cursor: 0 } }]);
    const { version } = (await documents.read("jobs", "1"))!;
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4].map((cursor) =>
        documents.commit([{ kind: "jobs", id: "1", document: { cursor }, ifVersion: version }]),
      ),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  promise("documents are listed page by page, in the order of their ids' bytes", async ({ documents }) => {
    const ids = ["!a", "10", "9", "Zoë", "a b", "a:1", "a:2", "é", "注", "\u{ff5e}", "\u{1f600}"];
    await documents.commit(ids.toReversed().map((each) => ({ kind: "audit", id: each, document })));
    const paged: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await documents.list("audit", { limit: 4, ...(after !== undefined && { after }) });
      paged.push(...page.map((one) => one.id));
      after = page.at(-1)?.id;
      if (page.length < 4) break;
    }
    expect(paged).toEqual(ids);
    const between = await documents.list("audit", { after: "a:", limit: 2 });
    expect(between.map((one) => one.id)).toEqual(["a:1", "a:2"]);
    expect(await documents.list("audit", { after: "\u{1f600}", limit: 2 })).toEqual([]);
    // What somebody typed, and no document can be called.
    const all = await documents.list("audit", { limit: 99 });
    expect(await documents.list("audit", { after: "", limit: 99 })).toEqual(all);
    const behindSlash = all.filter(({ id: one }) => Buffer.compare(Buffer.from(one), Buffer.from("a/b")) > 0);
    expect(await documents.list("audit", { after: "a/b", limit: 99 })).toEqual(behindSlash);
  });

  promise("an id that no store can hold is no document, and is not written", async ({ documents }) => {
    for (const strange of ["", ".", "..", "a/b", "__x__", "x".repeat(1_501)]) {
      expect(await documents.read("people", strange)).toBeUndefined();
      const written = documents.commit([{ kind: "people", id: strange, document }]);
      await expect(written).rejects.toThrow("id");
    }
    expect(await documents.list("people", { limit: 10 })).toEqual([]);
  });

  promise("documents survive that the store is closed and opened", async (opened) => {
    await opened.documents.commit([{ kind: "people", id, document }]);
    const before = await opened.documents.read("people", id);
    const again = await opened.reopen!();
    try {
      expect(await again.documents.read("people", id)).toEqual(before);
    } finally {
      await again.close();
    }
  });

  promise("after close, everything is refused as documents_down", async ({ documents }) => {
    await documents.close();
    await expect(documents.read("people", id)).rejects.toMatchObject(down);
    await expect(documents.list("people", { limit: 1 })).rejects.toMatchObject(down);
    await expect(documents.commit([{ kind: "people", id, document }])).rejects.toMatchObject(down);
    await documents.close();
  });

  end();
}
