import { afterEach, expect, test } from "@jest/globals";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { dataFiles, storeNames } from "../../infra/local/folder/page.ts";
import { inFolder } from "../support/folder.ts";
import { endAll, startProduct } from "../support/product.ts";

afterEach(endAll);

/** What a start that fails prints, from its first line to its last. */
async function refusal(directory: string): Promise<string> {
  const error = await startProduct(directory).then(
    () => new Error("It started."),
    (failure: Error) => failure,
  );
  return error.message.replace(/^The product did not start \(exit code 1\):\n/, "");
}

const nothingChanged = "Nothing in it was changed; fix the cause or restore a backup, then start again.";

/** One line, one sentence after the other, and none that speaks of hits or of being opened again. */
function expectOneLine(printed: string): void {
  expect(printed).toMatch(/^afterclick: [^\n]+\n$/);
  expect(printed).not.toMatch(/opened again|do(es)? not take rows|arrive later|The worker|\.\./);
}

test(
  "a start that fails says so in one line that names the file and the reason once",
  () =>
    inFolder(async (directory) => {
      const product = await startProduct(directory);
      await product.end("SIGTERM");
      for (const name of storeNames) {
        const file = join(directory, dataFiles[name]);
        await rm(file);
        await mkdir(file);
        const printed = await refusal(directory);
        expectOneLine(printed);
        expect(printed).toContain(`The file ${file} cannot be used: it is a folder`);
        await rm(file, { recursive: true });
        await writeFile(file, "x".repeat(20_000));
        const garbage = await refusal(directory);
        expectOneLine(garbage);
        expect(garbage).toContain(`The file ${file} cannot be used: `);
        expect(garbage).toContain(nothingChanged);
        await rm(file);
        // The others are in order: one kind at a time.
        await rm(directory, { recursive: true });
        await mkdir(directory);
        await (await startProduct(directory)).end("SIGTERM");
      }
      for (const name of ["queue", "registry"] as const) {
        const file = join(directory, dataFiles[name]);
        const db = new DatabaseSync(file);
        const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
        db.exec("PRAGMA user_version = -5");
        const printed = await refusal(directory);
        expectOneLine(printed);
        expect(printed).toContain(
          "its format is -5: it is no file of Afterclick, or its head is damaged. Nothing",
        );
        db.exec(`PRAGMA user_version = ${version}`);
        db.close();
      }
    }),
  600_000,
);
