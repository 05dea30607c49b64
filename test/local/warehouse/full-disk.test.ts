import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../../functions/problem.ts";
import { freeBytes } from "../../../infra/local/thread/disk.ts";
import { openDatabase } from "../../../infra/local/warehouse/file/duckdb.ts";
import { columns, problemOf, row } from "../../promises/warehouse/setup.ts";
import { needing } from "../../support/needs.ts";
import { noSmallDisk } from "../../support/machine/small-disk.ts";
import { until } from "../../support/until.ts";
import { add, deadlineMs, freshFolder, hitsIn, orders, withWarehouse } from "./setup.ts";

needing(noSmallDisk(), () => {
  describe("on a small disk", () => {
    let disk: Awaited<ReturnType<typeof freshFolder>>;
    beforeAll(async () => {
      disk = await freshFolder();
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=32m", "afterclick-test", disk.directory]);
    });
    afterAll(async () => {
      execFileSync("umount", [disk.directory]);
      await disk.remove();
    });

    async function fill(file: string): Promise<void> {
      const block = Buffer.alloc(1024 * 1024);
      const blocks: Buffer[] = Array.from({ length: 40 }, () => block);
      await writeFile(file, blocks).catch(() => undefined);
      await writeFile(`${file}.rest`, Buffer.alloc(1024 * 1024)).catch(() => undefined);
    }
    async function free(file: string): Promise<void> {
      await rm(file, { force: true });
      await rm(`${file}.rest`, { force: true });
    }

    test("a full disk refuses appends for a while; nothing is lost or doubled, and no restart is needed", async () => {
      const directory = join(disk.directory, "data");
      const filler = join(disk.directory, "filler");
      const acked: string[] = [];
      await mkdir(directory);
      await withWarehouse(
        async (warehouse) => {
          const payload = "x".repeat(50_000);

          const put = async (hit_id: string) => {
            await warehouse.append(orders, columns, [row({ hit_id, payload })], { deadlineMs });
            acked.push(hit_id);
          };
          for (let index = 0; index < 20; index += 1) await put(`a${index}`);
          await fill(filler);
          let refused: Problem | undefined;
          for (let index = 0; index < 100 && refused === undefined; index += 1)
            await put(`b${index}`).catch((error: unknown) => (refused = error as Problem));
          expect(refused?.code).toBe("warehouse_down");
          for (let index = 0; index < 5; index += 1)
            expect((await problemOf(put(`c${index}`))).code).toBe("warehouse_down");
          // What is there can still be read.
          expect(await hitsIn(warehouse)).toEqual(acked.toSorted());
          await free(filler);
          for (let index = 0; index < 20; index += 1) await put(`d${index}`);
          expect(await hitsIn(warehouse)).toEqual(acked.toSorted());
        },
        { directory, walBytesMax: 500_000, roomBytesMin: 0 },
      );
      await withWarehouse(async (warehouse) => expect(await hitsIn(warehouse)).toEqual(acked.toSorted()), {
        directory,
      });
      await rm(directory, { recursive: true });
    });

    test("a log that is due to be folded into the file leaves the room for that; with more room it goes on", async () => {
      const directory = join(disk.directory, "log");
      const filler = join(disk.directory, "filler");
      const acked: string[] = [];
      await mkdir(directory);
      await withWarehouse(
        async (warehouse) => {
          const put = async (hit_id: string) => {
            const rows = [row({ hit_id, payload: "x".repeat(50_000) })];
            await warehouse.append(orders, columns, rows, { deadlineMs });
            acked.push(hit_id);
          };
          await put("a");
          const logMax = 500_000;
          await writeFile(filler, Buffer.alloc(freeBytes(directory) - 2 * logMax));
          let refused: Problem | undefined;
          for (let index = 0; index < 100 && refused === undefined; index += 1)
            await put(`b${index}`).catch((error: unknown) => (refused = error as Problem));
          expect(refused?.code).toBe("warehouse_down");
          expect(refused?.message).toMatch(/the disk has 0 MB left; make it more than 1 MB/);
          expect(freeBytes(directory)).toBeGreaterThan(logMax / 2);
          await free(filler);
          await until("rows are taken again", () =>
            put("c").then(
              () => true,
              () => false,
            ),
          );
          expect(await hitsIn(warehouse)).toEqual(acked.toSorted());
        },
        { directory, walBytesMax: 500_000 },
      );
      await rm(directory, { recursive: true });
    });

    test("an export and a copy leave room on the disk for the hits", async () => {
      const directory = join(disk.directory, "room");
      await mkdir(directory);
      const nothingLeft = async () => expect(await readdir(join(directory, "io"))).toEqual([]);
      await withWarehouse(
        async (warehouse) => {
          await add(warehouse, "a");
          const problem = await problemOf(warehouse.export("select uuid() from range(100000000)", "csv"));
          expect(problem.message).toMatch(/bytes left/);
          await nothingLeft();
        },
        { directory, roomBytesMin: 24 * 1024 * 1024 },
      );
      await withWarehouse(
        async (warehouse) => {
          const problem = await problemOf(warehouse.snapshot(join(disk.directory, "copy")));
          expect(problem.code).toBe("warehouse_down");
          expect(problem.message).toMatch(/bytes left/);
          await nothingLeft();
        },
        { directory, roomBytesMin: 32 * 1024 * 1024 },
      );
      await rm(directory, { recursive: true });
    });

    test.each(["csv", "excel", "parquet"] as const)(
      "an export to %s that fills the disk before anybody looked says so, and leaves nothing",
      async (format) => {
        const directory = join(disk.directory, `late ${format}`);
        await mkdir(directory);
        await withWarehouse(
          async (warehouse) => {
            await add(warehouse, "a");
            const problem = await problemOf(warehouse.export("select uuid() from range(100000000)", format));
            expect(problem.message).toMatch(/bytes left/);
            expect(await readdir(join(directory, "io"))).toEqual([]);
          },
          { directory, roomBytesMin: 1 },
        );
        await rm(directory, { recursive: true });
      },
    );

    test("an instance that DuckDB has given up is opened again by the next work", async () => {
      const directory = join(disk.directory, "given up");
      const filler = join(disk.directory, "filler");
      await mkdir(directory);
      const settings = {
        directory,
        defaultDataset: "main",
        productDataset: "afterclick",
        memoryMegabytesMax: 64,
        tablesMegabytesMax: 32,
        walBytesMax: 1e9,
        foldGroupsMin: 32,
        roomBytesMin: 0,
      };
      const database = await openDatabase(settings);
      try {
        await database.use(({ writer }) =>
          writer.run("create table t as select uuid()::varchar as u from range(50000)"),
        );
        await fill(filler);
        const failed = database.use(({ writer }) => writer.run("checkpoint"));
        await expect(failed).rejects.toThrow(/FATAL|No space/);
        await free(filler);
        // Where the opening met the full disk as well, it is tried with each work.
        await until("it works again", () =>
          database
            .use(({ writer }) => writer.run("insert into t values ('after')"))
            .then(
              () => true,
              () => false,
            ),
        );
        const count = await database.use(({ reader }) => reader.runAndReadAll("select count(*)::int from t"));
        expect(count.getRows()).toEqual([[50_001]]);
        expect(database.openings()).toBeGreaterThan(1);
      } finally {
        await database.close();
      }
      await rm(directory, { recursive: true });
    });
  });
});
