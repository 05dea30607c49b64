import { compareSchema } from "../destination.ts";
import { rowColumns } from "../hits/row.ts";
import { asProblem, asRead, isProblem, type Problem } from "../problem.ts";
import { datasetMissing, streamRefused } from "../problems.ts";
import type { Registry } from "../registry.ts";
import { datasetName, tableName, type TableRef } from "../table.ts";
import type { TableDescription, Warehouse } from "../warehouse.ts";
import { within } from "../within.ts";
import { readAll, type Reading, writing } from "./reading.ts";
import { differentUsers } from "./tables/sharing.ts";
import type { Datasets, Stream } from "./stream.ts";
import { refuseUnusable, refuseViewNames } from "./tables/table.ts";

/** What is so about a table that a stream is to write to, before anybody saves it. */
export interface Finding {
  /** `refused`: it cannot be saved. `problem`: hits would wait until somebody fixes it. */
  readonly kind: "refused" | "problem" | "warning" | "fine";
  readonly text: string;
}

interface CheckPorts extends Datasets {
  registry: Registry;
  warehouse: Pick<Warehouse, "describe">;
}

const lookDeadlineMs = 5_000;

/** @param id of the stream itself where it is there already
 *  @param fields what its document would hold
 *  @throws registry_down */
export async function checkTable(
  ports: CheckPorts,
  id: string,
  fields: Readonly<Record<string, unknown>>,
): Promise<Finding[]> {
  const [{ lookup }] = readAll([{ id, document: fields, version: "" }], ports) as [Reading];
  if (lookup.kind === "invalid")
    return lookup.problems.map((text) => ({ kind: "refused", text: `${text}.` }));
  const { stream } = lookup;
  const all = readAll(await ports.registry.list(), ports).filter((reading) => reading.id !== id);
  const refused = await refusal(ports, stream, all);
  if (refused !== undefined) return [{ kind: "refused", text: refused }];
  return [...(await lookAt(ports.warehouse, stream.table)), ...sharing(stream, all)];
}

/** What would keep it from being saved. */
async function refusal(
  { warehouse }: CheckPorts,
  stream: Stream,
  all: readonly Reading[],
): Promise<string | undefined> {
  const [other] = differentUsers(stream, all);
  if (other !== undefined)
    return `${other.other} writes to ${tableName(stream.table)} too, with ${other.differs}. Give both the same, or choose another table.`;
  try {
    refuseViewNames(stream, all);
    await refuseUnusable(warehouse, stream);
    return undefined;
  } catch (error) {
    const problem: Problem<unknown> = asProblem(error);
    return isProblem(problem, streamRefused) ? `${problem.facts.problems.join("; ")}.` : problem.message;
  }
}

async function lookAt(warehouse: Pick<Warehouse, "describe">, table: TableRef): Promise<Finding[]> {
  const late = (): Finding[] => [
    {
      kind: "warning",
      text: "The warehouse did not answer in time; whether the table takes rows is not known.",
    },
  ];
  const looking = warehouse.describe(table).then(
    (found) => told(table, found),
    (error: unknown): Finding[] =>
      isProblem(error, datasetMissing)
        ? [
            {
              kind: "warning",
              text: `The dataset ${datasetName(table)} does not exist. It is made when the stream is saved, where Afterclick may make datasets; otherwise hits wait until somebody makes it.`,
            },
          ]
        : [{ kind: "problem", text: asProblem(asRead(error)).message }],
  );
  return within(lookDeadlineMs, looking, late);
}

function told(table: TableRef, found: TableDescription | undefined): Finding[] {
  if (found === undefined) return [{ kind: "fine", text: "It will be made by the first hit." }];
  const { differences, missing, usable } = compareSchema(found, rowColumns);
  if (differences.length > 0)
    return [
      {
        kind: "problem",
        text: `${tableName(table)} exists and cannot take rows: ${differences.join("; ")}. Hits would wait; choose another table, or change this one.`,
      },
    ];
  if (missing.length > 0 && !found.ours)
    return [
      {
        kind: "warning",
        text: `It exists, made by somebody else, with ${usable.length} of ${rowColumns.length} columns. ${missing.map(({ name }) => name).join(", ")} will not be written.`,
      },
    ];
  return [{ kind: "fine", text: "It exists, with the columns that rows have." }];
}

function sharing(stream: Stream, all: readonly Reading[]): Finding[] {
  const names = all.flatMap((reading) => {
    const other = writing(reading);
    return other !== undefined && tableName(other.table) === tableName(stream.table)
      ? [`“${other.name ?? "A stream without a name"}”`]
      : [];
  });
  if (names.length === 0) return [];
  const verb = names.length === 1 ? "writes" : "write";
  return [
    {
      kind: "warning",
      text: `${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""} ${verb} to this table too. Rows are told apart by stream_ref.`,
    },
  ];
}
