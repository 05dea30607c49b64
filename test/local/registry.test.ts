import { expect, jest, test } from "@jest/globals";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { runInThisContext } from "node:vm";
import type { Worker } from "node:worker_threads";
import { openRegistry, registryFileName } from "../../infra/local/registry/registry.ts";
import { allowancePromises } from "../promises/allowance.ts";
import { registryPromises, type OpenedRegistry } from "../promises/registry.ts";
import { flipIn } from "../support/machine/flip.ts";
import { until } from "../support/until.ts";
import { inFolder } from "../support/folder.ts";

const realProcess = runInThisContext("process") as NodeJS.Process; // jest's own copy hears of no threads
const log = () => undefined;
const deadlineMs = 20_000;
const id = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
const document = { table: "example.orders", offset: "+00:00" };

/** As a person with sqlite3 writes it. */
function writeByHand(directory: string, key: string, text: unknown): void {
  const db = new DatabaseSync(join(directory, registryFileName), {
    timeout: 5_000,
  });
  try {
    db.prepare(
      "INSERT INTO streams(id, document) VALUES (?, ?) ON CONFLICT DO UPDATE SET document = excluded.document",
    ).run(key, text as string);
  } finally {
    db.close();
  }
}

async function openIn(directory: string): Promise<OpenedRegistry> {
  const registry = await openRegistry({ directory, log });
  let moved = false;
  return {
    registry,
    byHand: async (key, value) => writeByHand(directory, key, JSON.stringify(value)),
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

registryPromises("SQLite", async () => openIn(await mkdtemp(join(tmpdir(), "afterclick-test-"))));
allowancePromises("SQLite", async () => openIn(await mkdtemp(join(tmpdir(), "afterclick-test-"))));

test("SQLite: a hand-written row that is no JSON comes back as what it holds", () =>
  inFolder(async (directory) => {
    const registry = await openRegistry({ directory, log });
    try {
      const cases: [unknown, unknown][] = [
        ["{table: orders", "{table: orders"],
        ["", ""],
        ["[1]", [1]],
        ["7", 7],
        [null, null],
        [new Uint8Array(Buffer.from('{"table":"t"}')), { table: "t" }],
        [new Uint8Array([0xff]), "\ufffd"],
      ];
      for (const [written, expected] of cases) {
        writeByHand(directory, id, written);
        expect((await registry.read(id, { deadlineMs }))?.document).toEqual(expected);
        expect((await registry.list())[0]?.document).toEqual(expected);
      }
      const { version } = (await registry.read(id, { deadlineMs }))!;
      await registry.write(id, document, version);
      expect((await registry.read(id, { deadlineMs }))?.document).toEqual(document);
    } finally {
      await registry.close();
    }
  }));

test("SQLite: a document whose bytes changed on the disk is none, until somebody writes it anew", () =>
  inFolder(async (directory) => {
    const other = id.replace("522", "622");
    let registry = await openRegistry({ directory, log });
    await registry.write(id, document, null);
    await registry.write(other, document, null);
    await registry.close();
    await flipIn(join(directory, registryFileName), "example.orders", 8);
    registry = await openRegistry({ directory, log });
    try {
      const documents = (await registry.list()).map((row) => row.document);
      expect(documents).toContainEqual(document);
      const [damaged] = (await registry.list()).filter((row) => typeof row.document === "string");
      expect(damaged!.document).toContain("Bytes were altered on the disk");
      expect((await registry.read(damaged!.id, { deadlineMs }))?.document).toEqual(damaged!.document);
      await registry.write(damaged!.id, document, damaged!.version);
      expect((await registry.read(damaged!.id, { deadlineMs }))?.document).toEqual(document);
      expect(await registry.read(id.replace("5", "7"), { deadlineMs })).toBeUndefined();
    } finally {
      await registry.close();
    }
  }));

test("SQLite: where an id's bytes changed on the disk, no stream is said to be missing", () =>
  inFolder(async (directory) => {
    let registry = await openRegistry({ directory, log });
    await registry.write(id, document, null);
    await registry.close();
    const file = join(directory, registryFileName);
    await flipIn(file, `${id}{`, 35); // in the row
    await flipIn(file, id, 35); // in the index
    registry = await openRegistry({ directory, log });
    try {
      await expect(registry.read(id, { deadlineMs })).rejects.toMatchObject({ code: "registry_down" });
    } finally {
      await registry.close();
    }
  }));

test("SQLite: a document is in the file itself, not in its log alone; an edit by hand is taken", () =>
  inFolder(async (directory) => {
    const registry = await openRegistry({ directory, log });
    try {
      await registry.write(id, document, null);
      const file = join(directory, registryFileName);
      await until("it is", async () => (await readFile(file)).includes("example.orders"));
      writeByHand(directory, id, '{"table":"by.hand"}');
      expect((await registry.read(id, { deadlineMs }))?.document).toEqual({ table: "by.hand" });
      const db = new DatabaseSync(join(directory, registryFileName));
      db.exec(`UPDATE streams SET document = '{"table":"by.update"}'`);
      db.close();
      expect((await registry.read(id, { deadlineMs }))?.document).toEqual({ table: "by.update" });
    } finally {
      await registry.close();
    }
  }));

test("SQLite: a registry that does not answer in time is registry_down, and answers again later", () =>
  inFolder(async (directory) => {
    const registry = await openRegistry({ directory, log });
    try {
      await registry.write(id, document, null);
      const db = new DatabaseSync(join(directory, registryFileName));
      try {
        db.exec("BEGIN IMMEDIATE");
        const { version } = (await registry.read(id, { deadlineMs }))!;
        const writing = registry.write(id, { ...document, name: "x" }, version);
        await expect(registry.read(id, { deadlineMs: 20 })).rejects.toMatchObject({ code: "registry_down" });
        await expect(writing).rejects.toMatchObject({ code: "registry_down" });
      } finally {
        db.close();
      }
      expect((await registry.read(id, { deadlineMs }))?.document).toEqual(document);
    } finally {
      await registry.close();
    }
  }));

test("SQLite: the registry goes on after its thread died", () =>
  inFolder(async (directory) => {
    let thread: Worker | undefined;
    realProcess.once("worker", (worker) => (thread = worker));
    const registry = await openRegistry({ directory, log });
    try {
      await registry.write(id, document, null);
      await thread!.terminate();
      expect((await registry.read(id, { deadlineMs }))?.document).toEqual(document);
    } finally {
      await registry.close();
    }
  }));

test("SQLite: a snapshot of the registry opens as a registry", () =>
  inFolder(async (directory) => {
    const registry = await openRegistry({ directory, log });
    try {
      await registry.write(id, document, null);
      const copy = await mkdtemp(join(directory, "copy-"));
      await registry.snapshot(join(copy, registryFileName));
      const other = await openRegistry({ directory: copy, log });
      try {
        expect(await other.list()).toEqual(await registry.list());
      } finally {
        await other.close();
      }
    } finally {
      await registry.close();
    }
  }));

test("SQLite: a registry file that is no database stops the start in one line", () =>
  inFolder(async (directory) => {
    await writeFile(join(directory, registryFileName), "x".repeat(5_000));
    await expect(openRegistry({ directory, log })).rejects.toMatchObject({
      code: "file_unusable",
    });
  }));

test("SQLite: all ids are in memory: one that does not exist costs no read, and one written by hand counts within 5 s", () =>
  inFolder(async (directory) => {
    // Before it opens: from then on the ids that it holds grow old. Whole, so that no sum is rounded.
    const start = Math.floor(performance.now());
    const ages = jest.spyOn(performance, "now").mockImplementation(() => start);
    const registry = await openRegistry({ directory, log });
    try {
      expect(registry.mayHold!(id)).toBe(false);
      await registry.write(id, document, null);
      expect(registry.mayHold!(id)).toBe(true);
      const another = "6a1f0a52-5d0c-4a8e-9a57-0f6a8f3e2f11";
      writeByHand(directory, another, JSON.stringify(document));
      ages.mockImplementation(() => start + 4_999);
      expect(registry.mayHold!(another)).toBe(false);
      ages.mockImplementation(() => start + 5_000);
      const [first, second] = [registry.mayHold!(another), registry.mayHold!("nowhere")];
      expect([await first, await second]).toEqual([true, false]);
      // All who asked meanwhile shared one look; until it is old again, nobody asks.
      expect([registry.mayHold!(id), registry.mayHold!(another), registry.mayHold!("nowhere")]).toEqual([
        true,
        true,
        false,
      ]);
    } finally {
      ages.mockRestore();
      await registry.close();
    }
  }));
