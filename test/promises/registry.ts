import { expect } from "@jest/globals";
import type { Registry } from "../../functions/registry.ts";
import { promiseSuite } from "./suite.ts";

/** What every registry promises, whatever ground it runs on. */

export interface OpenedRegistry {
  registry: Registry;
  /** Puts a document there as a person would: not through the registry. */
  byHand(id: string, document: unknown): Promise<void>;
  /** The same documents in a registry that was closed and opened again. */
  reopen?(): Promise<OpenedRegistry>;
  close(): Promise<void>;
}

/** A registry without documents. */
export type OpenRegistry = () => Promise<OpenedRegistry>;

const deadlineMs = 60_000;
const id = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
const document = { table: "example.orders", offset: "+00:00" };

/** @param cannot promises that the driver declines, by name, each with its reason */
export function registryPromises(
  driver: string,
  open: OpenRegistry,
  cannot: Record<string, string> = {},
): void {
  const { promise, end } = promiseSuite<OpenedRegistry>(
    driver,
    async () => {
      const opened = await open();
      return { setup: opened, close: () => opened.close() };
    },
    cannot,
  );

  promise("what was never written is undefined", async ({ registry }) => {
    expect(await registry.read(id, { deadlineMs })).toBeUndefined();
    expect(await registry.list()).toEqual([]);
  });

  promise("a document comes back as it was written", async ({ registry }) => {
    const whole = {
      ...document,
      name: 'Bestellungen "Ü" 注文 \u{1f600}',
      methods: ["POST", "GET"],
      nested: { a: [1, 2.5, true, null, { b: "" }] },
      created_at: "2026-01-02T03:04:05.678Z",
    };
    await registry.write(id, whole, null);
    expect((await registry.read(id, { deadlineMs }))?.document).toEqual(whole);
    const [listed] = await registry.list();
    expect(listed).toEqual(await registry.read(id, { deadlineMs }));
  });

  promise("a write replaces the whole document", async ({ registry }) => {
    await registry.write(id, { ...document, name: "Leads" }, null);
    const { version } = (await registry.read(id, { deadlineMs }))!;
    await registry.write(id, document, version);
    expect((await registry.read(id, { deadlineMs }))?.document).toEqual(document);
  });

  promise("the version changes with every write that changes the document", async ({ registry }) => {
    const versions = new Set<string>();
    let version: string | null = null;
    for (const name of ["a", "b", "a", "b"]) {
      await registry.write(id, { ...document, name }, version);
      version = (await registry.read(id, { deadlineMs }))!.version;
      versions.add(version);
    }
    expect(versions.size).toBe(4);
  });

  promise("a write onto another version is refused and changes nothing", async ({ registry }) => {
    await registry.write(id, document, null);
    const { version } = (await registry.read(id, { deadlineMs }))!;
    const newer = { ...document, name: "newer" };
    await registry.write(id, newer, version);
    const conflict = { code: "registry_conflict" };
    await expect(registry.write(id, document, version)).rejects.toMatchObject(conflict);
    await expect(registry.write(id, document, null)).rejects.toMatchObject(conflict);
    const absent = "722ed95e-9f07-45f6-a0b7-28bf2d0315e5";
    await expect(registry.write(absent, document, version)).rejects.toMatchObject(conflict);
    expect((await registry.read(id, { deadlineMs }))?.document).toEqual(newer);
    expect(await registry.list()).toHaveLength(1);
  });

  promise("of two writes at once, one wins", async ({ registry }) => {
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4].map((n) => registry.write(id, { ...document, name: String(n) }, null)),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  promise("a document written by hand counts, whatever is in it", async ({ registry, byHand }) => {
    await byHand(id, { table: 7, anything: [null] });
    expect((await registry.read(id, { deadlineMs }))?.document).toEqual({
      table: 7,
      anything: [null],
    });
    const { version } = (await registry.read(id, { deadlineMs }))!;
    await byHand(id, document);
    const read = await registry.read(id, { deadlineMs });
    expect(read?.document).toEqual(document);
    expect(read?.version).not.toBe(version);
    await expect(registry.write(id, { ...document, name: "late" }, version)).rejects.toMatchObject({
      code: "registry_conflict",
    });
  });

  promise("documents are listed by id, also those whose id is no UUID", async ({ registry, byHand }) => {
    await registry.write(id, document, null);
    await byHand("my stream", document);
    await byHand("Éa", document);
    expect((await registry.list()).map((found) => found.id)).toEqual([id, "my stream", "Éa"]);
    expect((await registry.read("my stream", { deadlineMs }))?.document).toEqual(document);
  });

  promise("a thousand documents are listed", async ({ registry }) => {
    const ids = Array.from(
      { length: 1000 },
      (_, n) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`,
    );
    // A few at a time: each write has its own deadline, and a busy machine does a thousand
    // at once too slowly for it.
    for (let at = 0; at < ids.length; at += 20)
      await Promise.all(ids.slice(at, at + 20).map((each) => registry.write(each, document, null)));
    expect((await registry.list()).map((found) => found.id)).toEqual(ids);
  });

  promise("documents survive that the registry is closed and opened", async (opened) => {
    await opened.registry.write(id, document, null);
    const before = await opened.registry.read(id, { deadlineMs });
    const again = await opened.reopen!();
    try {
      expect(await again.registry.read(id, { deadlineMs })).toEqual(before);
    } finally {
      await again.close();
    }
  });

  promise("after close, reading and writing are refused as registry_down", async ({ registry }) => {
    await registry.close();
    const down = { code: "registry_down" };
    await expect(registry.read(id, { deadlineMs })).rejects.toMatchObject(down);
    await expect(registry.list()).rejects.toMatchObject(down);
    await expect(registry.write(id, document, null)).rejects.toMatchObject(down);
    await registry.close();
  });

  end();
}
