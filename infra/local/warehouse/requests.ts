import type { DuckDBConnection, DuckDBPreparedStatement } from "@duckdb/node-api";
import { randomUUID } from "node:crypto";
import { rmSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  answerTooLarge,
  askLess,
  holdLess,
  queryRefused,
  statementRefused,
  warehouseDown,
} from "../../../functions/problems.ts";
import { besideFiles } from "../folder/page.ts";
import { freeBytes } from "../thread/disk.ts";
import { type Database, type DatabaseSettings } from "./file/duckdb.ts";
import { catalog, literal, messageOf, oneLine, quoted, warehouseFileName } from "./sql.ts";
import type { Catalogue } from "./tables.ts";
import type { Reach } from "./statements/reach.ts";
import { oneByOne } from "../thread/in-turn.ts";
import { csvParts, parquetSql } from "./statements/exported.ts";
import { isOutOfMemory, isRefused } from "./statements/hopeless.ts";
import { jsonCells } from "./values.ts";
import { memoryShort, prepareSelect, refused } from "./query.ts";
import { takeRows } from "./reading/select.ts";
import { digestSql, readOnly, type Streamed } from "./streamed.ts";
import type { Statement, WarehouseApi } from "./warehouse.ts";

/** Copies that may wait. */
const waitingMax = 16;

/** By 16 MB, not by 122,880 rows, which of large hits are more than any memory. */
const parquet = "format parquet, compression zstd, row_group_size_bytes '16MB'";

const abandoned = "Nobody waits for the query any more.";

/** What people ask for: queries, exports, copies. One statement (statements.ts sees to that) and one copy at
 *  a time, each with a deadline; hits go on arriving beside them. */
export function createRequests(
  database: Database,
  settings: DatabaseSettings,
  catalogue: () => Catalogue,
): Pick<WarehouseApi, "query" | "exportTo" | "abandon" | "copy" | "extract" | "stop"> {
  const { directory, roomBytesMin } = settings;
  const io = join(directory, besideFiles.io);
  const reach = (): Reach => ({ ...settings, catalogue: catalogue() });
  let stopping = false;
  const copies = oneByOne(waitingMax, () => warehouseDown({ why: `${waitingMax} other copies are waiting` }));

  /** The statement that runs, and whether somebody still waits for it. */
  let running: { readonly id: number; isAbandoned: boolean } | undefined;

  /** A read-only transaction, ended at its deadline, where the disk fills up, or
   *  where nobody waits for it. */
  function statement<T>(
    { id, deadlineMs }: Statement,
    work: (connection: DuckDBConnection) => Promise<T>,
  ): Promise<T> {
    const run = (running = { id, isAbandoned: false });
    return database.use(async ({ person }) => {
      const late = `The query took longer than ${deadlineMs / 1000} s.`;
      const watch = watched(person, deadlineMs, late, () => run.isAbandoned);
      try {
        // The end of the transaction is not to be interrupted as well.
        return await readOnly(person, () => work(person).finally(watch.stop));
      } catch (error) {
        const why = watch.ended() ?? (isDiskFull(error) ? noRoom : undefined);
        throw why === undefined ? refused(error) : queryRefused({ why, advice: askLess }, error);
      } finally {
        watch.stop();
      }
    });
  }

  /** Interrupts at a deadline, or where the disk has too little room left for the hits that go on arriving.
   *  Again and again: an interrupt between two statements is lost. */
  function watched(
    connection: DuckDBConnection,
    deadlineMs: number,
    late: string,
    isAbandoned = () => false,
  ) {
    const until = performance.now() + deadlineMs;
    let why: string | undefined;
    const timer = setInterval(
      () => {
        if (stopping) why ??= "The server is stopping.";
        else if (isAbandoned()) why ??= abandoned;
        else if (performance.now() >= until) why ??= late;
        else if (freeBytes(directory) < roomBytesMin) why ??= noRoom;
        if (why !== undefined) connection.interrupt();
      },
      Math.min(50, Math.max(1, deadlineMs)),
    );
    return { ended: () => why, stop: () => clearInterval(timer) };
  }

  const noRoom = `The disk has less than ${roomBytesMin} bytes left.`;

  return {
    query({ rowsMax, ...ask }) {
      return statement(ask, async (connection) => {
        const { statement: prepared, sql, names } = await prepareSelect(connection, ask.sql, reach());
        try {
          const streamed = await stream(connection, prepared, sql);
          const types = streamed.result.columnTypes();
          const taken = await takeRows(streamed, rowsMax, jsonCells);
          return {
            columns: names.map((name, index) => ({
              name,
              // JSON is a VARCHAR by another name, which its readers need.
              type: types[index]!.alias ?? String(types[index]),
            })),
            ...taken,
          };
        } finally {
          prepared.destroySync();
        }
      });
    },

    exportTo({ format, ...ask }) {
      const file = join(io, `${randomUUID()}.${format}`);
      return statement(ask, async (connection) => {
        const { statement: prepared, sql, names } = await prepareSelect(connection, ask.sql, reach());
        try {
          if (format === "parquet")
            await connection.run(
              `copy (${parquetSql(prepared, sql, names)}) to ${literal(file)} (${parquet})`,
            );
          else
            await writeFile(
              file,
              csvParts(await stream(connection, prepared, sql), names, format === "excel"),
              { mode: 0o600 },
            );
          return file;
        } catch (error) {
          rmSync(file, { force: true });
          throw format === "parquet" && isOutOfMemory(error)
            ? answerTooLarge({ why: memoryShort, advice: `${holdLess} An export to CSV holds less.` }, error)
            : error;
        } finally {
          prepared.destroySync();
        }
      });
    },

    abandon(id) {
      if (running?.id === id) running.isAbandoned = true;
      return Promise.resolve();
    },

    copy({ deadlineMs }) {
      const file = join(io, `${randomUUID()}.duckdb`);
      return copies(() =>
        database.use(async ({ copier }) => {
          const bytes = statSync(join(directory, warehouseFileName)).size;
          if (freeBytes(directory) < bytes + roomBytesMin) throw warehouseDown({ why: noRoom });
          const watch = watched(copier, deadlineMs, `the copy took longer than ${deadlineMs / 1000} s`);
          try {
            await copier.run(`attach ${literal(file)} as copied`);
            try {
              await copier.run(`copy from database ${quoted(catalog)} to copied`);
              await copier.run("checkpoint copied");
            } finally {
              watch.stop();
              await copier.run("detach copied");
            }
            return file;
          } catch (error) {
            for (const left of [file, `${file}.wal`]) rmSync(left, { force: true });
            throw warehouseDown({ why: watch.ended() ?? oneLine(error) }, error);
          }
        }),
      );
    },

    extract({ sql, deadlineMs }) {
      const file = join(io, `${randomUUID()}.csv`);
      return copies(() =>
        database.use(async ({ copier }) => {
          const watch = watched(copier, deadlineMs, `not done after ${deadlineMs / 1000} s`);
          try {
            const to = `copy (${sql}) to ${literal(file)} (format csv, header true)`;
            await readOnly(copier, () => copier.run(to).finally(watch.stop));
            return file;
          } catch (error) {
            rmSync(file, { force: true });
            throw extractFault(error, watch.ended());
          } finally {
            watch.stop();
          }
        }),
      );
    },

    stop() {
      stopping = true;
      return Promise.resolve();
    },
  };
}

/** @param ended why it was ended, where it was */
function extractFault(error: unknown, ended: string | undefined): Error {
  if (ended !== undefined) return warehouseDown({ why: ended }, error);
  return isRefused(error)
    ? statementRefused({ why: oneLine(error) }, error)
    : warehouseDown({ why: oneLine(error) }, error);
}

async function stream(
  connection: DuckDBConnection,
  prepared: DuckDBPreparedStatement,
  sql: string,
): Promise<Streamed> {
  const again = () => connection.run(digestSql(`query(${literal(sql)})`, prepared.columnCount));
  return { connection, result: await prepared.stream(), again };
}

/** Where an export fills the disk before anybody has looked. */
function isDiskFull(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "ENOSPC" || /^IO Error: .*No space left on device/s.test(messageOf(error));
}
