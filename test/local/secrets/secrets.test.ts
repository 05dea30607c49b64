import { expect, test } from "@jest/globals";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backup } from "../../../infra/local/folder/backup.ts";
import { restore } from "../../../infra/local/folder/restore.ts";
import { openSecrets } from "../../../infra/local/secrets/secrets.ts";
import { secretsPromises } from "../../promises/secrets.ts";
import { inFolder } from "../../support/folder.ts";

const now = () => 1;
const key = "0123456789abcdef".repeat(4);
const value = "-----BEGIN OPENSSH PRIVATE KEY-----";

for (const [driver, given] of [
  ["a sealed file with its key beside it", undefined],
  ["a sealed file with a key that is given", key],
] as const)
  secretsPromises(driver, async () => {
    const directory = await mkdtemp(join(tmpdir(), "afterclick-test-"));
    let at = 1_000;
    const how = { key: given, now: () => at };
    return {
      secrets: openSecrets(directory, how),
      wait: (ms) => void (at += ms),
      reopen: async () => openSecrets(directory, how),
      close: () => rm(directory, { recursive: true }),
    };
  });

test("the files are for their owner alone, and the value stands in none of them", () =>
  inFolder(async (directory) => {
    // One that a crash left, open to everybody.
    await writeFile(join(directory, "secrets.json.partial"), "", { mode: 0o666 });
    await chmod(join(directory, "secrets.json.partial"), 0o666);
    await openSecrets(directory, { now }).put("a", value);
    expect((await readdir(directory)).sort()).toEqual(["secrets.json", "secrets.key"]);
    for (const name of ["secrets.json", "secrets.key"]) {
      const file = join(directory, name);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(await readFile(file, "utf8")).not.toContain(value);
    }
  }));

test("with a key that is given none lies beside the file", () =>
  inFolder(async (directory) => {
    await openSecrets(directory, { key, now }).put("a", value);
    expect(await readdir(directory)).toEqual(["secrets.json"]);
  }));

test("another key, a key that is gone, or a bit that changed is told, and nothing is sealed over it", () =>
  inFolder(async (directory) => {
    const secrets = openSecrets(directory, { now });
    await secrets.put("a", value);
    const sealed = { code: "secrets_sealed", message: expect.stringContaining("AFTERCLICK_SECRET_KEY") };
    const other = openSecrets(directory, { key, now });
    await expect(other.read("a")).rejects.toMatchObject(sealed);
    await expect(other.put("b", "x")).rejects.toMatchObject(sealed);
    const file = join(directory, "secrets.json");
    const whole = await readFile(file, "utf8");
    for (const name of ["b", "a"]) {
      const found = JSON.parse(whole) as { secrets: Record<string, { sealed: string }> };
      const bytes = Buffer.from(found.secrets["a"]!.sealed, "base64");
      // Under another name as it is, under its own with a bit changed.
      if (name === "a") bytes[bytes.length - 1]! ^= 1;
      const moved = { put_at: 1, sealed: bytes.toString("base64") };
      await writeFile(file, JSON.stringify({ format: 1, secrets: { [name]: moved } }));
      await expect(secrets.read(name)).rejects.toMatchObject(sealed);
    }
    await writeFile(file, whole);
    await rm(join(directory, "secrets.key"));
    await expect(secrets.read("a")).rejects.toMatchObject(sealed);
    await expect(secrets.put("b", "x")).rejects.toMatchObject(sealed);
    expect(await readdir(directory)).toEqual(["secrets.json"]);
    expect((await secrets.list()).map(({ name }) => name)).toEqual(["a"]);
  }));

test("a file or a key that is not ours is told, never written over", () =>
  inFolder(async (directory) => {
    const secrets = openSecrets(directory, { now });
    await writeFile(join(directory, "secrets.key"), "mine");
    await expect(secrets.put("a", "x")).rejects.toMatchObject({ code: "secrets_down" });
    for (const content of ["", "{", '{"format":2}', '{"format":1,"secrets":{"a":"x"}}', "null"]) {
      await writeFile(join(directory, "secrets.json"), content);
      for (const work of [secrets.read("a"), secrets.put("a", "x"), secrets.list(), secrets.retire("a")])
        await expect(work).rejects.toMatchObject({ code: "secrets_down", status: 503 });
      expect(await readFile(join(directory, "secrets.json"), "utf8")).toBe(content);
    }
  }));

test("a backup has the sealed secrets without their key, and a restored folder opens them with it", () =>
  inFolder(async (folder) => {
    const [data, copy, restored] = ["data", "copy", "restored"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const store = { snapshot: (file: string) => writeFile(file, "rows") };
    const stores = { queue: store, warehouse: store, registry: store };
    await mkdir(data);
    await openSecrets(data, { now }).put("a", value);
    await backup(stores, copy, data);
    expect(await readdir(copy)).toContain("secrets.json");
    expect(await readdir(copy)).not.toContain("secrets.key");
    await restore(copy, restored);
    const secrets = openSecrets(restored, { now });
    await expect(secrets.read("a")).rejects.toMatchObject({ code: "secrets_sealed" });
    await writeFile(join(restored, "secrets.key"), await readFile(join(data, "secrets.key")));
    expect(await secrets.read("a")).toBe(value);
    // Sealed secrets of somebody else are not written over.
    await expect(restore(copy, data)).rejects.toMatchObject({
      code: "restore_refused",
      message: expect.stringContaining("secrets.json"),
    });
  }));
