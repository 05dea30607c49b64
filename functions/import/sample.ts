import type { StoredFile } from "../files.ts";
import { checkFile, type CheckTools } from "./check.ts";
import { fieldNamed, readHeader } from "./columns.ts";
import { fields, type Field } from "./rejects.ts";
import type { ImportedEvent, ImportReport, Reject } from "./report.ts";
import type { ImportSettings } from "./settings.ts";

/** What a person looks at before an import is switched on: the report, and enough of the rows to see whether
 *  they mean what was meant. Nothing is written. */
export interface Sample {
  readonly report: ImportReport;
  readonly columns: readonly SampleColumn[];
  /** The first of them, as they would be imported. */
  readonly rows: readonly ImportedEvent[];
  readonly rejects: readonly Reject[];
}

/** One of the five fields, and what the file has for it. */
export interface SampleColumn {
  readonly field: Field;
  /** As the header has it; undefined where there is none. */
  readonly found: string | undefined;
  readonly isRequired: boolean;
  readonly examples: readonly string[];
  /** Rows in which something is wrong with it. */
  readonly bad: number;
}

const rowsShown = 20;
const examplesMax = 3;

export async function checkSample(
  file: StoredFile,
  settings: ImportSettings,
  tools: Pick<CheckTools, "parquet" | "scratch" | "now">,
): Promise<Sample> {
  const rows: ImportedEvent[] = [];
  const rejects: Reject[] = [];
  const bad: Record<string, number> = {};
  const sink = {
    events(some: readonly ImportedEvent[]) {
      // Their texts are parts of the file's.
      for (const event of some.slice(0, rowsShown - rows.length)) rows.push(structuredClone(event));
    },
    rejects(some: readonly Reject[]) {
      rejects.push(...some.slice(0, rowsShown - rejects.length));
      for (const { faults } of some)
        for (const field of new Set(faults.flatMap((fault) => fault.field ?? [])))
          bad[field] = (bad[field] ?? 0) + 1;
    },
  };
  const report = await checkFile(file, settings, { ...tools, importId: "", sink });
  const places = placesOf(report, settings);
  const columns = fields.map((field): SampleColumn => ({
    field,
    found: places(field),
    isRequired: field !== "value",
    examples: examplesOf(field, rows, rejects),
    bad: bad[field] ?? 0,
  }));
  return { report, columns, rows, rejects };
}

/** Which column is which field, also where not all of them are there. */
function placesOf({ columns, rows }: ImportReport, { header }: ImportSettings) {
  if (header === "none")
    return (field: Field) => (rows > 0 ? `column ${fields.indexOf(field) + 1}` : undefined);
  const known = readHeader(columns);
  return (field: Field) => {
    if (known.kind !== "columns") return columns.find((name) => fieldNamed(name) === field);
    const place = known.places[field];
    return place === undefined ? undefined : columns[place];
  };
}

function examplesOf(
  field: Field,
  rows: readonly ImportedEvent[],
  rejects: readonly Reject[],
): readonly string[] {
  const good = rows.map((row) => (field === "reference_ev" ? row.reference_ev.join(",") : row[field]));
  const wrong = rejects.flatMap(({ faults }) =>
    faults.flatMap((fault) => (fault.field === field ? (fault.value ?? []) : [])),
  );
  const all = [...good, ...wrong].filter((value): value is string => value !== null && value !== "");
  return [...new Set(all)].slice(0, examplesMax);
}
