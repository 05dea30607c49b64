import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { badRequest } from "../../../functions/problems.ts";
import { openKeptFiles } from "../../../infra/local/files/kept.ts";
import { keptFilesPromises } from "../../promises/kept-files.ts";
import { inFolder } from "../../support/folder.ts";

keptFilesPromises("a folder", async () => {
  const directory = await mkdtemp(join(tmpdir(), "afterclick-test-"));
  return {
    kept: openKeptFiles(join(directory, "imports")),
    close: () => rm(directory, { recursive: true, force: true }),
  };
});

test("of a file that breaks off on its way nothing is left in the folder; what the disk says is said", () =>
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
