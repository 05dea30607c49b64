import { describe, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterclick, fakeAdmin } from "../../support/cli.ts";

describe("export", () => {
  async function inFolder(check: (folder: string) => Promise<void>): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), "afterclick-export-"));
    try {
      await check(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  test("writes the file byte for byte, by its ending, and replaces one only with --force", () =>
    inFolder(async (workingDir) => {
      const bytes = Buffer.from([0x50, 0x41, 0x52, 0x31, 0x00, 0xff]);
      await using admin = await fakeAdmin({
        "POST /v1/export": (_, response) => void response.end(bytes),
      });
      const options = { url: admin.url, workingDir };
      expect((await afterclick(["export", "a.b", "--output", "x.parquet"], options)).code).toBe(0);
      expect(await readFile(join(workingDir, "x.parquet"))).toEqual(bytes);
      expect(admin.asked[0]?.body).toEqual({ table: "a.b", format: "parquet" });
      expect((await stat(join(workingDir, "x.parquet"))).mode & 0o777).toBe(0o600);
      await writeFile(join(workingDir, "y"), "mine");
      const again = ["export", "--sql", "select 1", "--output", "y", "--format", "csv"];
      expect(await afterclick(again, options)).toMatchObject({
        code: 1,
        err: expect.stringContaining("--force"),
      });
      expect(admin.asked.length).toBe(1);
      expect((await afterclick([...again, "--force"], options)).code).toBe(0);
      expect(await readFile(join(workingDir, "y"))).toEqual(bytes);
      expect(admin.asked[1]?.body).toEqual({ sql: "select 1", format: "csv" });
    }));

  test("for a spreadsheet is CSV alone, and asked for as such", () =>
    inFolder(async (workingDir) => {
      await using admin = await fakeAdmin({ "POST /v1/export": (_, response) => void response.end("a") });
      const options = { url: admin.url, workingDir };
      const ask = (file: string) => afterclick(["export", "a.b", "--output", file, "--excel"], options);
      expect((await ask("x.csv")).code).toBe(0);
      expect(admin.asked[0]?.body).toEqual({ table: "a.b", format: "excel" });
      expect(await ask("x.parquet")).toMatchObject({
        code: 2,
        err: expect.stringContaining("--excel makes CSV"),
      });
    }));

  test("that breaks off leaves no file, and the old one as it was", () =>
    inFolder(async (workingDir) => {
      await using admin = await fakeAdmin({
        "POST /v1/export": (_, response) => void response.write("half", () => response.destroy()),
      });
      await writeFile(join(workingDir, "x.csv"), "old");
      const { code, err } = await afterclick(["export", "a.b", "--output", "x.csv", "--force"], {
        url: admin.url,
        workingDir,
      });
      expect(code).toBe(1);
      expect(err).toContain("x.csv was not written");
      expect(await readdir(workingDir)).toEqual(["x.csv"]);
      expect(await readFile(join(workingDir, "x.csv"), "utf8")).toBe("old");
    }));

  test("writes the file that a link points to, there or not yet, and leaves the link", () =>
    inFolder(async (workingDir) => {
      await using admin = await fakeAdmin({
        "POST /v1/export": (_, response) => void response.end("new"),
      });
      await mkdir(join(workingDir, "real"));
      await writeFile(join(workingDir, "real", "old.csv"), "old");
      await symlink("real/old.csv", join(workingDir, "x.csv"));
      await symlink("real/fresh.csv", join(workingDir, "y.csv"));
      const write = (...argv: string[]) =>
        afterclick(["export", "a.b", "--output", ...argv], {
          url: admin.url,
          workingDir,
        });
      expect((await write("x.csv")).err).toContain("--force");
      for (const [link, file] of [
        ["x.csv", "old.csv"],
        ["y.csv", "fresh.csv"],
      ] as const) {
        expect((await write(link, "--force")).code).toBe(0);
        const real = join(workingDir, "real", file);
        expect(await readFile(real, "utf8")).toBe("new");
        expect(await readlink(join(workingDir, link))).toBe(`real/${file}`);
      }
    }));

  test.each([
    ["x.csv", "a named pipe"],
    ["link.csv", "a named pipe"],
    ["folder.csv", "a folder"],
    ["circle.csv", undefined],
  ])("never replaces what is no regular file: %s", (name, kind) =>
    inFolder(async (workingDir) => {
      const inside = (file: string) => join(workingDir, file);
      execFileSync("mkfifo", [inside("x.csv")]);
      await symlink("x.csv", inside("link.csv"));
      await symlink("circle.csv", inside("circle.csv"));
      await mkdir(inside("folder.csv"));
      const before = await readdir(workingDir);
      const { code, err } = await afterclick(["export", "a.b", "--output", name, "--force"], { workingDir });
      expect(code).toBe(1);
      expect(err).toContain(
        kind === undefined
          ? "circle.csv cannot be written"
          : `${name} is ${kind}; --output takes a regular file`,
      );
      expect(await readdir(workingDir)).toEqual(before);
      expect((await stat(inside("x.csv"))).isFIFO()).toBe(true);
    }),
  );

  test("into a folder that is not there says so", () =>
    inFolder(async (workingDir) => {
      await using admin = await fakeAdmin({
        "POST /v1/export": (_, response) => void response.end("x"),
      });
      const { code, err } = await afterclick(["export", "a.b", "--output", "no/x.csv"], {
        url: admin.url,
        workingDir,
      });
      expect({ code, err }).toEqual({
        code: 1,
        err: expect.stringContaining("ENOENT"),
      });
    }));
});
