import { expect, test } from "@jest/globals";
import { existsSync } from "node:fs";
import { filesIn, startAttacked, tryPasswords, writeAll } from "../../../bench/sftp/attack.ts";
import { inFolder } from "../../support/folder.ts";
import { needing } from "../../support/needs.ts";
import { connect, openSftp } from "../../support/sftp/client.ts";

/** The small form of `npm run bench:sftp`. */

const noProc = existsSync("/proc/self/clear_refs")
  ? undefined
  : "Peaks of memory are read from Linux's /proc.";
const mebibyte = 1024 * 1024;

needing(noProc, () => {
  test("what many sessions write at once is on its way to the disk, not in memory; wrong passwords leave nothing", () =>
    inFolder(async (directory) => {
      const attacked = await startAttacked(directory, 2);
      try {
        const [, login] = attacked.logins;
        const sender = await connect(attacked.port, { ...login! });
        const before = attacked.peak();
        const written = await writeAll(attacked, { sessions: 8, bytes: 192 * mebibyte });
        const grown = attacked.peak() - before;
        expect(await filesIn(directory)).toBe(8);
        expect(grown).toBeLessThan((written * 3) / 4);
        expect(await tryPasswords(attacked, 60, 2)).toBe(60);
        await (await openSftp(sender)).put("/day.csv", "x");
        sender.end();
      } finally {
        await attacked.end();
      }
    }));
});
