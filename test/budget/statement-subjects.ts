import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isProblem } from "../../functions/problem.ts";
import { queryRefused } from "../../functions/problems.ts";
import { openWarehouse, type LocalWarehouse } from "../../infra/local/warehouse/warehouse.ts";
import { repeated, type Subject } from "./subject.ts";

/** What a person's statement costs the server's own process, whatever becomes of it. What it costs the
 *  warehouse's process has its own bounds: a deadline, memory, and one statement at a time. */

let opened: { warehouse: Promise<LocalWarehouse>; directory: string } | undefined;

function warehouse(): Promise<LocalWarehouse> {
  if (opened === undefined) {
    const directory = mkdtempSync(join(tmpdir(), "afterclick-budget-"));
    // Short: what does not end is ended with its process, and that is measured too.
    const opening = openWarehouse({ directory, log: () => undefined, statementGraceMs: 300 });
    opened = { warehouse: opening, directory };
  }
  return opened.warehouse;
}

async function end(): Promise<void> {
  if (opened === undefined) return;
  const { warehouse: ending, directory } = opened;
  opened = undefined;
  await (await ending).close();
  rmSync(directory, { recursive: true });
}

const tokens = [
  "a",
  ".a",
  "1",
  "9",
  "*",
  ",",
  ",*",
  "+1",
  "(",
  ")",
  "[",
  "{'a':",
  "'",
  '"',
  "`",
  "$",
  "$a$",
  "--",
  "/*",
  "*/",
  ";",
  "\n",
  "::int",
  "(select 1)",
  " union select 1",
  ",x->",
  "case when 1 then ",
  "not ",
  "safe_cast(",
  " as numeric)",
  "\xc3\xa9",
];

function statement(name: string, before: string, after: string): Subject {
  return {
    name: `statement, ${name}`,
    tokens,
    bytesMax: 100_000,
    make: (unit, max) => repeated(before, unit, after, max),
    async run(body) {
      try {
        await (await warehouse()).query(body.toString(), { rowsMax: 10, deadlineMs: 2_000 });
        return "accepted";
      } catch (error) {
        if (!isProblem(error, queryRefused)) throw error;
        return "refused";
      }
    },
    end,
  };
}

export const statementSubjects: readonly Subject[] = [
  statement("after select", "select 1", ""),
  statement("of tables", "select 1 from (select 1)", ""),
  statement("of names by with", "with a as (select 1)", " select 1"),
];
