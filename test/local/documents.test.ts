import { expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { verifySqlite } from "../../infra/local/folder/check.sqlite.ts";
import { openRegistry, registryFileName } from "../../infra/local/registry/registry.ts";
import { documentsPromises, type OpenedDocuments } from "../promises/documents.ts";
import { flipIn } from "../support/machine/flip.ts";
import { inFolder } from "../support/folder.ts";

const log = () => undefined;

async function openIn(directory: string): Promise<OpenedDocuments> {
  const registry = await openRegistry({ directory, log });
  let moved = false;
  return {
    documents: registry.documents,
    async reopen() {
      await registry.close();
      moved = true;
      return openIn(directory);
    },
    async close() {
      await registry.close();
      if (!moved) await rm(directory, { recursive: true });
    },
  };
}

documentsPromises("SQLite", async () => openIn(await mkdtemp(join(tmpdir(), "afterclick-test-"))));

test("a document whose bytes changed on the disk is none, and the check of the folder names it", () =>
  inFolder(async (directory) => {
    const file = join(directory, registryFileName);
    let registry = await openRegistry({ directory, log });
    await registry.documents.commit([
      { kind: "people", id: "maria", document: { role: "viewer" } },
      { kind: "people", id: "otto", document: { role: "editor" } },
    ]);
    await registry.close();
    expect(verifySqlite("registry", file)).toEqual([]);
    await flipIn(file, '{"role":"viewer"}', 12);
    expect(verifySqlite("registry", file)).toEqual([
      "registry.sqlite: 1 document of people is not as written, and counts as unreadable",
    ]);
    registry = await openRegistry({ directory, log });
    try {
      const [maria, otto] = await registry.documents.list("people", { limit: 10 });
      expect(maria!.document).toContain("Bytes were altered on the disk");
      expect(await registry.documents.read("people", "maria")).toEqual(maria);
      expect(otto!.document).toEqual({ role: "editor" });
      await registry.documents.commit([
        { kind: "people", id: "maria", document: { role: "viewer" }, ifVersion: maria!.version },
      ]);
      expect(verifySqlite("registry", file)).toEqual([]);
    } finally {
      await registry.close();
    }
  }));

test("a document that was edited with sqlite3 counts, with a version of its own", () =>
  inFolder(async (directory) => {
    const registry = await openRegistry({ directory, log });
    try {
      await registry.documents.commit([{ kind: "people", id: "maria", document: { role: "viewer" } }]);
      const { version } = (await registry.documents.read("people", "maria"))!;
      const db = new DatabaseSync(join(directory, registryFileName), { timeout: 5_000 });
      db.exec(`UPDATE documents SET document = '{"role":"admin"}' WHERE id = 'maria'`);
      db.close();
      const read = (await registry.documents.read("people", "maria"))!;
      expect(read.document).toEqual({ role: "admin" });
      const late = registry.documents.commit([
        { kind: "people", id: "maria", document: { role: "viewer" }, ifVersion: version },
      ]);
      await expect(late).rejects.toMatchObject({ code: "documents_conflict" });
    } finally {
      await registry.close();
    }
  }));

test("a registry of before there were people is taken over, with its streams", () =>
  inFolder(async (directory) => {
    const file = join(directory, registryFileName);
    const old = new DatabaseSync(file);
    old.exec(`
      CREATE TABLE streams(id TEXT PRIMARY KEY NOT NULL, document TEXT, version TEXT NOT NULL DEFAULT '', sum INTEGER);
      INSERT INTO streams(id, document) VALUES ('a', '{"table":"t"}');
      PRAGMA user_version = 2;
    `);
    old.close();
    expect(verifySqlite("registry", file)).toEqual([]);
    const registry = await openRegistry({ directory, log });
    try {
      await registry.documents.commit([{ kind: "people", id: "maria", document: {} }]);
      expect((await registry.list()).map(({ document }) => document)).toEqual([{ table: "t" }]);
    } finally {
      await registry.close();
    }
  }));
