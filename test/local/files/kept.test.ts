import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { badRequest } from "../../../functions/problems.ts";
import { openKeptFiles } from "../../../infra/local/files/kept.ts";
import { inFolder } from "../../support/folder.ts";

async function* bytes(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

test("a file is kept with its size and its hash, read in parts, and removed", () =>
  inFolder(async (directory) => {
    const kept = openKeptFiles(join(directory, "imports"));
    expect(await kept.open("a")).toBeUndefined();
    await kept.removeOld(Date.now());
    expect(await kept.keep("a", bytes("hel", "lo"))).toEqual({
      bytes: 5,
      sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    });
    const file = (await kept.open("a"))!;
    const read: Uint8Array[] = [];
    for await (const chunk of file.read({ from: 1, to: 4 })) read.push(chunk);
    expect([file.bytes, Buffer.concat(read).toString()]).toEqual([5, "ell"]);
    expect(await kept.keep("empty", bytes())).toMatchObject({ bytes: 0 });
    await kept.remove("a");
    await kept.remove("a");
    expect(await kept.open("a")).toBeUndefined();
  }));

test("of a file that breaks off on its way nothing is kept; what the disk says is said", () =>
  inFolder(async (directory) => {
    const folder = join(directory, "imports");
    const kept = openKeptFiles(folder);
    const failing = (error: Error) =>
      (async function* () {
        yield Buffer.from("x");
        throw error;
      })();
    const gone = badRequest({ what: "The connection was closed." });
    await expect(kept.keep("a", failing(gone))).rejects.toBe(gone);
    const full = Object.assign(new Error("full"), { code: "ENOSPC" });
    await expect(kept.keep("a", failing(full))).rejects.toMatchObject({ code: "files_down", status: 503 });
    expect(readdirSync(folder)).toEqual([]);
  }));

test("old files are removed, with what a crash left half written, and no others", () =>
  inFolder(async (directory) => {
    const kept = openKeptFiles(directory);
    for (const name of ["old", "half.partial", "new"]) writeFileSync(join(directory, name), "x");
    for (const name of ["old", "half.partial"]) utimesSync(join(directory, name), 1, 1);
    await kept.removeOld(2_000);
    expect(readdirSync(directory)).toEqual(["new"]);
  }));

test("while somebody copies them no file goes; what was to go goes afterwards, also where the copy failed", () =>
  inFolder(async (directory) => {
    const kept = openKeptFiles(directory);
    for (const name of ["a", "b", "old"]) writeFileSync(join(directory, name), "x");
    utimesSync(join(directory, "old"), 1, 1);
    const copying = kept.holding(async () => {
      await kept.holding(async () => kept.remove("a"));
      await kept.removeOld(2_000);
      expect(readdirSync(directory).sort()).toEqual(["a", "b", "old"]);
      throw new Error("no room");
    });
    await expect(copying).rejects.toThrow("no room");
    expect(readdirSync(directory).sort()).toEqual(["b", "old"]);
    await kept.remove("b");
    await kept.removeOld(2_000);
    expect(readdirSync(directory)).toEqual([]);
  }));
