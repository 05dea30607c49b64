import { expect, test } from "@jest/globals";
import { DuckDBInstance } from "@duckdb/node-api";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inFolder } from "../support/folder.ts";
import { wholeBytes } from "./campaign/writing.ts";

/** What the kills in an append and in a checkpoint go by. */

test("a log of DuckDB that was cut off is whole only where a transaction ends", () =>
  inFolder(async (directory) => {
    const file = join(directory, "a.duckdb");
    const instance = await DuckDBInstance.create(file, { checkpoint_threshold: "1TB" });
    const connection = await instance.connect();
    await connection.run("pragma disable_checkpoint_on_shutdown");
    const ends: number[] = [];
    for (const sql of [
      "create table t(a varchar)",
      "begin; insert into t values ('b'), ('c'); insert into t values (repeat('d', 50)); commit",
      "delete from t where a = 'b'",
    ]) {
      await connection.run(sql);
      ends.push((await readFile(`${file}.wal`)).length);
    }
    connection.closeSync();
    instance.closeSync();
    const log = await readFile(`${file}.wal`);
    const cut = join(directory, "cut.wal");
    const whole: number[] = [];
    for (let length = log.length; length > 8; length--) {
      await writeFile(cut, log.subarray(0, length));
      if (wholeBytes(cut) === length) whole.unshift(length);
    }
    expect(whole).toEqual(ends);
    await writeFile(cut, Buffer.concat([Buffer.from("x"), log]));
    expect(() => wholeBytes(cut)).toThrow("DuckDB's log begins with");
  }));
