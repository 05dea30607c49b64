import { expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { lockFolder } from "../../../infra/local/folder/lock.ts";
import { inFolder } from "../../support/folder.ts";
import { needing } from "../../support/needs.ts";

const holder = `
  import { lockFolder } from ${JSON.stringify(new URL("../../../infra/local/folder/lock.ts", import.meta.url).href)};
  const lock = await lockFolder(process.argv[1]);
  console.log("locked");
  setInterval(() => lock, 1000);
`;

test("a second start in the same process is refused until the first lets go", () =>
  inFolder(async (directory) => {
    const lock = await lockFolder(directory);
    await expect(lockFolder(directory)).rejects.toMatchObject({
      code: "folder_in_use",
    });
    await lock.release();
    await lock.release();
    await (await lockFolder(directory)).release();
  }));

test("another process is refused in one line that names the folder and the process; a killed one frees the folder", () =>
  inFolder(async (directory) => {
    const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", holder, directory], {
      stdio: ["ignore", "pipe", "inherit"],
      env: {},
    });
    try {
      await Promise.race([
        once(child.stdout!, "data"),
        once(child, "exit").then(() => Promise.reject(new Error("no lock"))),
      ]);
      const refused = await lockFolder(directory).then(
        () => "not refused",
        (error: Error) => error.message,
      );
      expect(refused).toContain(directory);
      expect(refused).toContain(`process ${child.pid}`);
      expect(refused).not.toContain("\n");
    } finally {
      const gone = child.exitCode === null ? once(child, "exit") : undefined;
      child.kill("SIGKILL");
      await gone;
    }
    await (await lockFolder(directory)).release();
  }));

test("a folder that cannot be one says so", () =>
  inFolder(async (directory) => {
    const file = join(directory, "file");
    await writeFile(file, "");
    for (const folder of [file, join(file, "below")])
      await expect(lockFolder(folder)).rejects.toMatchObject({
        code: "folder_unusable",
        message:
          `The data folder ${folder} cannot be used: ${file} is no folder. ` +
          "It must be a folder that this user may write; make it one, or name another with AFTERCLICK_DATA_DIR.",
      });
  }));

test("a folder that does not exist is made, for this user alone", () =>
  inFolder(async (directory) => {
    const folder = join(directory, "a", "b");
    await (await lockFolder(folder)).release();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  }));

const noProc =
  process.platform === "linux"
    ? undefined
    : `a folder that nobody can make is one below /proc, which ${process.platform} has not.`;
needing(noProc, () => {
  test("where no folder can be made at all, that is said at once", async () => {
    await expect(lockFolder("/proc/afterclick/data")).rejects.toMatchObject({
      code: "folder_unusable",
    });
  });
});
