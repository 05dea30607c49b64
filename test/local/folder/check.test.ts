import { afterEach, expect, test } from "@jest/globals";
import { cp, mkdtemp, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { flipIn } from "../../support/machine/flip.ts";
import { inFolder } from "../../support/folder.ts";
import { cli, endAll, exampleStream, startProduct } from "../../support/product.ts";
import { until } from "../../support/until.ts";

afterEach(endAll);

const check = (directory: string, url = "http://127.0.0.1:1") =>
  cli(url, ["check"], { AFTERCLICK_DATA_DIR: directory });

test(
  "check looks through a folder, while its server runs and after it, and leaves with 1 and a line for each finding",
  () =>
    inFolder(async (folder) => {
      const directory = join(folder, "data");
      const product = await startProduct(directory);
      for (let n = 0; n < 20; n++)
        await fetch(`${product.collectUrl}/ds/${exampleStream}`, {
          method: "POST",
          body: `n=${n}&${"x".repeat(2_000)}`,
        });
      const sql = "select 1 from example.orders group by all having count(*) >= 20";
      await until("they are rows", async () =>
        product.admin<{ rows: unknown[] }>("POST", "/v1/query", { sql }).then(
          ({ rows }) => rows.length > 0,
          () => false,
        ),
      );
      const well = { code: 0, stdout: "", stderr: "Everything is in order.\n" };
      expect(await check(directory, product.adminUrl)).toEqual(well);
      await product.end("SIGTERM");
      const before = await readdir(directory);
      expect(await check(directory)).toEqual(well);
      expect((await readdir(directory)).sort()).toEqual(before.sort());

      const harmed = async (harm: (copy: string) => Promise<unknown>): Promise<string> => {
        const copy = await mkdtemp(join(folder, "copy-"));
        await cp(directory, copy, { recursive: true });
        await harm(copy);
        const { code, stdout } = await check(copy);
        expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/^[^\n]+\n/) });
        return stdout;
      };
      expect(await harmed((copy) => rm(join(copy, "queue.sqlite")))).toMatch(
        /^queue\.sqlite is missing, with every hit/,
      );
      expect(await harmed((copy) => flipIn(join(copy, "registry.sqlite"), "example.orders", 3))).toBe(
        "registry.sqlite: 1 document of a stream is not as written; write it anew\n",
      );
      const garbage = await harmed(async (copy) => {
        const file = await open(join(copy, "warehouse.duckdb"), "r+");
        const { size } = await file.stat();
        // Every block but the heads of the file.
        for (let at = 12_288 + 4_000; at < size; at += 16_384)
          await file.write(Buffer.alloc(64, 0xa5), 0, 64, at);
        await file.close();
      });
      expect(garbage).toMatch(/^warehouse\.duckdb: /);
      expect(await harmed((copy) => flipIn(join(copy, "queue.sqlite"), '"states"', 1))).toMatch(
        /queue\.sqlite/,
      );
    }),
  600_000,
);

test("check of no folder, without a server, says that the server cannot be reached, and makes no folder", () =>
  inFolder(async (folder) => {
    const { code } = await check(join(folder, "none"));
    expect(code).toBe(3);
    expect(await readdir(folder)).toEqual([]);
  }));
