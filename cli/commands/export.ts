import type { Stats } from "node:fs";
import { lstat, readlink, realpath, stat } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { why } from "../api/api.ts";
import type { Command } from "../command.ts";
import { download } from "../api/download.ts";
import { failed, wrongUsage } from "../failure.ts";
import { shown, type Typed } from "../typed.ts";
import { visible } from "../terminal/visible.ts";

const formats = ["parquet", "csv"] as const;
type Format = (typeof formats)[number];

export const exportCommand: Command = {
  name: "export",
  summary: "write a table or the result of a SELECT to a Parquet or CSV file",
  args: [
    {
      name: "TABLE",
      says: "table or view; left out with --sql",
      optional: true,
    },
  ],
  options: {
    sql: { value: "SQL", says: "one SELECT instead of a table" },
    output: {
      value: "FILE",
      says: "where to; its ending .parquet or .csv says the format",
    },
    format: {
      value: "FORMAT",
      says: "parquet or csv, whatever the file is called",
    },
    excel: { says: "CSV for a spreadsheet, with a byte order mark and no cell that runs" },
    force: { says: "replace a file that is there" },
  },
  notes: [
    "The file appears under its name once it is whole, and only you may read it (0600).",
    "",
    "Example: afterclick export example.orders_current --output orders.parquet",
  ],
  async run(typed, tools) {
    const what = whatOf(typed);
    const output = typed.text("output");
    if (output === undefined) {
      throw wrongUsage("export needs --output FILE: where to write, e.g. orders.parquet or orders.csv.");
    }
    const named = resolve(tools.settings.workingDir, output);
    const format = typed.oneOf("format", formats) ?? formatOf(named);
    const file = await behindLinks(named);
    if (!typed.flag("force")) await refuseExisting(named);
    const excel = typed.flag("excel");
    if (excel && format !== "csv") throw wrongUsage("--excel makes CSV; name a file that ends in .csv.");
    const bytes = await download({ ...what, format: excel ? "excel" : format }, file, tools);
    tools.terminal.say(visible(`${file}: ${bytes} bytes of ${format}`));
  },
};

function whatOf(typed: Typed): { table: string } | { sql: string } {
  const [table] = typed.args;
  const sql = typed.text("sql");
  if (table !== undefined && sql !== undefined)
    throw wrongUsage("TABLE and --sql contradict each other; give one of them.");
  if (table !== undefined && /\s/.test(table))
    throw wrongUsage(`TABLE is ${shown(table)}; a table's name has no blanks. A SELECT goes behind --sql.`);
  if (table !== undefined) return { table };
  if (sql !== undefined) return { sql };
  throw wrongUsage(
    "export needs a TABLE, or --sql with one SELECT. afterclick export --help shows an example.",
  );
}

function formatOf(file: string): Format {
  const ending = extname(file).slice(1).toLowerCase();
  const format = formats.find((each) => each === ending);
  if (format === undefined) {
    throw wrongUsage(
      `--output ends in ${shown(extname(file))}; allowed are .parquet and .csv, or say it with --format.`,
    );
  }
  return format;
}

/** The file that is meant, there or not yet: the rename at the end would replace a link instead of what it
 *  points to, and a named pipe or a device as well. @throws Failure for what is no regular file */
async function behindLinks(file: string): Promise<string> {
  let there: Stats;
  try {
    there = await stat(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT")
      throw failed(visible(`${file} cannot be written: ${why(error)}.`), error);
    // What is no link is a free name.
    const link = await readlink(file).catch(() => undefined);
    return link === undefined ? file : behindLinks(resolve(await realpath(dirname(file)), link));
  }
  if (there.isFile()) return realpath(file);
  const kind = there.isDirectory() ? "a folder" : there.isFIFO() ? "a named pipe" : "no regular file";
  throw failed(
    visible(
      `${file} is ${kind}; --output takes a regular file, or a name that is free. ` +
        "To pass rows on, redirect the standard output of afterclick query --csv.",
    ),
  );
}

async function refuseExisting(file: string): Promise<void> {
  // What cannot be seen is not there; the write says what else is wrong.
  const there = await lstat(file).catch(() => undefined);
  if (there !== undefined) {
    throw failed(visible(`${file} exists already; choose another name, or replace it with --force.`));
  }
}
