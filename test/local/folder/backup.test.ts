import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backup, type Manifest, type Snapshotting } from "../../../infra/local/folder/backup.ts";
import { lockFolder } from "../../../infra/local/folder/lock.ts";
import { refuseHalfRestored, restore } from "../../../infra/local/folder/restore.ts";
import { afterclick } from "../../support/cli.ts";

let folder: string;
let to: string;
let data: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "afterclick-backup-"));
  to = join(folder, "backup");
  data = join(folder, "data");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Stores that copy themselves as texts, and tell in which order. */
function stores(failing?: string) {
  const order: string[] = [];
  const store = (name: string): Snapshotting => ({
    async snapshot(file) {
      order.push(name);
      if (name === failing) throw new Error("no space left on device");
      await writeFile(file, `the ${name}\0`, { flag: "wx" });
    },
  });
  return {
    order,
    queue: store("queue"),
    warehouse: store("warehouse"),
    registry: store("registry"),
  };
}

async function manifest(): Promise<Manifest> {
  return JSON.parse(await readFile(join(to, "backup.json"), "utf8")) as Manifest;
}

async function rewrite(change: (made: Record<string, unknown>) => void): Promise<void> {
  const made = { ...(await manifest()) };
  change(made);
  await writeFile(join(to, "backup.json"), JSON.stringify(made));
}

const dataFiles = ["queue.sqlite", "registry.sqlite", "warehouse.duckdb"];
/** With the word that the next start makes them one set. */
const restoredFiles = ["house.pending", ...dataFiles];
const inData = async () => (await readdir(data)).filter((name) => !name.startsWith("lock.")).sort();

describe("backup", () => {
  test("copies the queue before the warehouse, so that no hit is in neither, and says what it wrote", async () => {
    const all = stores();
    const made = await backup(all, to, data);
    expect(all.order).toEqual(["queue", "warehouse", "registry"]);
    expect(made.files).toContainEqual({ name: "queue.sqlite", bytes: 10 });
    expect((await readdir(to)).sort()).toEqual(["backup.json", ...dataFiles]);
    expect(await manifest()).toMatchObject({
      format: 1,
      files: expect.arrayContaining([expect.objectContaining(made.files[0]!)]),
    });
  });

  test("takes a folder that is there and empty", async () => {
    await mkdir(to);
    await expect(backup(stores(), to, data)).resolves.toBeDefined();
  });

  test.each([
    ["relative/path", "relative"],
    ["", "relative"],
  ])("refuses %j", async (directory, why) => {
    await expect(backup(stores(), directory, data)).rejects.toMatchObject({
      code: "backup_refused",
      message: expect.stringContaining(why),
    });
  });

  test("refuses a folder that holds something, a file, and a folder below nothing", async () => {
    await mkdir(to);
    await writeFile(join(to, "mine"), "");
    for (const directory of [to, join(to, "mine"), join(folder, "no", "where")]) {
      const all = stores();
      await expect(backup(all, directory, data)).rejects.toMatchObject({
        code: "backup_refused",
        status: 400,
      });
      expect(all.order).toEqual([]);
    }
    expect(await readdir(to)).toEqual(["mine"]);
  });

  test.each(["queue", "warehouse", "registry"])(
    "that fails at the %s takes away what it wrote",
    async (failing) => {
      await expect(backup(stores(failing), to, data)).rejects.toMatchObject({
        code: "backup_refused",
        message: expect.stringContaining("no space left"),
      });
      expect(await readdir(folder)).toEqual([]);
      await mkdir(to);
      await expect(backup(stores(failing), to, data)).rejects.toMatchObject({
        code: "backup_refused",
      });
      expect(await readdir(to)).toEqual([]);
    },
  );

  test.each([true, false])(
    "of two into one folder (there before: %s) one is whole, and the other says why not",
    async (isThere) => {
      if (isThere) await mkdir(to);
      const slow = (): Parameters<typeof backup>[0] => {
        const all = stores();
        const { snapshot } = all.queue;
        return {
          ...all,
          queue: { snapshot: (file) => new Promise((done) => setImmediate(() => done(snapshot(file)))) },
        };
      };
      const ends = await Promise.allSettled([
        backup(slow(), to, data),
        backup(slow(), to, data),
        backup(stores(), to, data),
      ]);
      const refused = ends.filter((end) => end.status === "rejected").map(({ reason }) => reason as Error);
      expect(refused.map(({ message }) => message)).toEqual([
        expect.stringMatching(/Another backup goes there|holds something already/),
        expect.stringMatching(/Another backup goes there|holds something already/),
      ]);
      await expect(restore(to, data)).resolves.toHaveLength(3);
    },
  );

  test.each(["", "io", "tmp", "new", join("io", "deep", "new")])(
    "into the data folder itself is refused, also into its part %j and through a link",
    async (part) => {
      await mkdir(join(data, "io"), { recursive: true });
      await mkdir(join(data, "tmp"));
      await symlink(data, join(folder, "link"));
      for (const directory of [join(data, part), join(folder, "link", part)]) {
        const all = stores();
        await expect(backup(all, directory, data)).rejects.toMatchObject({
          code: "backup_refused",
          message: expect.stringContaining("lies in the data folder"),
        });
        expect(all.order).toEqual([]);
      }
      expect((await readdir(data)).sort()).toEqual(["io", "tmp"]);
    },
  );

  test("beside the data folder is taken, also where its name begins alike", async () => {
    await mkdir(data);
    await backup(stores(), `${data}-backup`, data);
  });

  test("a second one into the same folder harms the first in nothing", async () => {
    const ends = await Promise.allSettled([backup(stores(), to, data), backup(stores(), to, data)]);
    expect(ends.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    await expect(restore(to, data)).resolves.toHaveLength(3);
  });
});

/** Files of imports that wait: two that are whole, and one that is still coming in. */
async function putArrived(): Promise<string[]> {
  await mkdir(join(data, "imports"), { recursive: true });
  const whole = ["00000000000000aa", "00000000000000bb"];
  for (const name of [...whole, "00000000000000cc.partial"])
    await writeFile(join(data, "imports", name), `the ${name}`);
  return whole;
}

describe("files of imports that wait", () => {
  test("go into a backup as they are, and come back with the data", async () => {
    const whole = await putArrived();
    const made = await backup(stores(), to, data);
    expect(
      made.files
        .map(({ name }) => name)
        .filter((name) => name.startsWith("imports/"))
        .sort(),
    ).toEqual(whole.map((name) => `imports/${name}`));
    const restored = join(folder, "restored");
    await restore(to, restored);
    expect((await readdir(join(restored, "imports"))).sort()).toEqual(whole);
    expect(await readFile(join(restored, "imports", whole[0]!), "utf8")).toBe(`the ${whole[0]}`);
  });

  test("of a backup that is damaged or cannot be written nothing stays", async () => {
    const [name] = await putArrived();
    await expect(backup(stores("registry"), to, data)).rejects.toThrow("no space left");
    expect(await readdir(folder)).toEqual(["data"]);
    await backup(stores(), to, data);
    await writeFile(join(to, "imports", name!), "THE 00000000000000aa");
    const restored = join(folder, "restored");
    await expect(restore(to, restored)).rejects.toMatchObject({ code: "restore_refused" });
    expect((await readdir(folder)).sort()).toEqual(["backup", "data"]);
    await rewrite(
      (backedUp) =>
        (backedUp.files = [
          ...(backedUp.files as object[]),
          { name: "imports/../x", bytes: 1, sha256: "0".repeat(64) },
        ]),
    );
    await expect(restore(to, restored)).rejects.toThrow("is not what this Afterclick writes");
  });
});

describe("restore", () => {
  beforeEach(() => backup(stores(), to, data));

  test("brings the files back byte for byte, and lets go of the folder", async () => {
    const { code, out } = await afterclick(["restore", to, "--data-dir", data]);
    expect(code).toBe(0);
    expect(out).toContain("queue.sqlite     |    10");
    expect(await inData()).toEqual(restoredFiles);
    expect(await readFile(join(data, "warehouse.duckdb"), "utf8")).toBe("the warehouse\0");
    await (await lockFolder(data)).release();
  });

  test("refuses a folder that a running server owns", async () => {
    const lock = await lockFolder(data);
    try {
      const { code, err } = await afterclick(["restore", to], {
        dataDir: data,
      });
      expect({ code, err }).toEqual({
        code: 1,
        err: expect.stringContaining("(folder_in_use)"),
      });
      expect(await inData()).toEqual([]);
    } finally {
      await lock.release();
    }
  });

  test.each(["queue.sqlite", "queue.sqlite-wal", "warehouse.duckdb.wal"])(
    "refuses a folder that holds %s, and says to move it away",
    async (name) => {
      await mkdir(data);
      await writeFile(join(data, name), "mine");
      await expect(restore(to, data)).rejects.toMatchObject({
        code: "restore_refused",
        message: expect.stringMatching(new RegExp(`${name}.*Move these files away`)),
      });
      expect(await inData()).toEqual([name]);
    },
  );

  test("that is refused leaves nothing of its own behind, neither a lock nor a folder", async () => {
    await writeFile(join(to, "registry.sqlite"), "THE registry\0");
    await expect(restore(to, join(data, "new"))).rejects.toMatchObject({ code: "restore_refused" });
    expect(await readdir(folder)).toEqual(["backup"]);
    await mkdir(data);
    await writeFile(join(data, "queue.sqlite"), "mine");
    await expect(restore(to, data)).rejects.toMatchObject({ code: "restore_refused" });
    expect(await readdir(data)).toEqual(["queue.sqlite"]);
    await (await lockFolder(data)).release();
    await expect(restore(to, data)).rejects.toMatchObject({ code: "restore_refused" });
    expect((await readdir(data)).sort()).toEqual(["lock.sqlite", "queue.sqlite"]);
  });

  test.each<[string, () => Promise<void>, string]>([
    ["is not there", () => rm(to, { recursive: true }), "is no backup"],
    ["was not finished", () => rm(join(to, "backup.json")), "is no backup"],
    ["lacks a file", () => rm(join(to, "queue.sqlite")), "queue.sqlite in the backup is missing"],
    ["has a file of another size", () => writeFile(join(to, "queue.sqlite"), "short"), "has 5 bytes"],
    [
      "has a changed file",
      () => writeFile(join(to, "registry.sqlite"), "THE registry\0"),
      "was changed or is damaged",
    ],
    ["has a broken manifest", () => writeFile(join(to, "backup.json"), "{"), "cannot be read"],
    ["has a huge manifest", () => truncate(join(to, "backup.json"), 65 * 1024 * 1024), "has 68157440 bytes"],
    [
      "is of another format",
      () => rewrite((made) => (made.format = 2)),
      "Restore it with the Afterclick that made it",
    ],
    [
      "names a file outside",
      () =>
        rewrite(
          (made) =>
            (made.files = [
              ...(made.files as object[]).slice(1),
              { name: "../x", bytes: 1, sha256: "0".repeat(64) },
            ]),
        ),
      "is not what this Afterclick writes",
    ],
    [
      "names a file twice",
      () => rewrite((made) => ((made.files as object[])[0] = (made.files as object[])[1]!)),
      "is not what",
    ],
  ])("a backup that %s is refused, and nothing is written", async (_, harm, why) => {
    await harm();
    await expect(restore(to, data)).rejects.toMatchObject({
      code: "restore_refused",
      message: expect.stringContaining(why),
    });
    expect(await inData().catch(() => [])).toEqual([]);
  });

  test("goes over what an interrupted one left; a server does not start on it", async () => {
    await mkdir(data);
    await writeFile(join(data, "queue.sqlite.restoring"), "half");
    await expect(refuseHalfRestored(data)).rejects.toMatchObject({
      code: "restore_refused",
      message: expect.stringContaining("queue.sqlite.restoring is left of it"),
    });
    await restore(to, data);
    expect(await inData()).toEqual(restoredFiles);
    await expect(refuseHalfRestored(data)).resolves.toBeUndefined();
  });
});
