import type { Stored } from "../../documents.ts";
import { isProblem } from "../../problem.ts";
import { documentsConflict, importThere, importUnknown } from "../../problems.ts";
import { differing, entryOf, type AuditPorts } from "../../people/audit.ts";
import type { Who } from "../../people/who.ts";
import { askOf } from "../links/automatic/runs.ts";
import { demandFit, webEventsOf, type MappingPorts } from "../links/mapping.ts";
import { quotingNothing } from "../quotes.ts";
import { usualSettings, type ImportSettings } from "../settings.ts";
import { fieldSchemas, usualFields, type ImportFields } from "./fields.ts";
import { faultsIn } from "./given.ts";

/** Imports: where files of backend events go, each a document under its name. The name is part of every
 *  event's id, so it stays as it is. */

export interface ImportView extends ImportFields {
  readonly name: string;
  /** Unix ms. */
  readonly added_at: number;
  readonly added_by: string;
}

/** Fields as somebody gives them: null takes a setting away. */
export type GivenFields = { readonly [Field in keyof ImportFields]?: ImportFields[Field] | null };

/** @throws import_there, documents_down */
export async function addImport(
  ports: AuditPorts,
  who: Who,
  { name, zone, ...given }: Omit<GivenFields, "web_events"> & { name: string; zone: string },
): Promise<ImportView> {
  const fields = withFields({ ...usualFields, zone }, given);
  const document = { ...fields, added_at: ports.now(), added_by: who.id };
  try {
    await ports.documents.commit([
      { kind: "imports", id: name, document, ifVersion: null },
      entryOf(ports, who, { what: "import_added", about: name, after: fields }),
    ]);
  } catch (error) {
    if (isProblem(error, documentsConflict)) throw importThere({ name });
    throw error;
  }
  return { name, ...document };
}

/** What arrived before stays as it was read; the next file is read so. Events that are there are linked to
 *  the web events that are named.
 *  @throws import_unknown, documents_conflict, documents_down; query_refused and table_missing where the web
 *  events do not fit their table */
export async function changeImport(
  ports: AuditPorts & MappingPorts,
  who: Who,
  name: string,
  given: GivenFields,
): Promise<ImportView> {
  const stored = await ports.documents.read("imports", name);
  const before = stored && read(stored);
  if (stored === undefined || before === undefined) throw importUnknown({ name });
  const { web_events } = given;
  if (web_events) await quotingNothing(who, demandFit(ports, webEventsOf(ports, web_events)));
  const { name: _name, ...document } = withFields(before, given);
  await ports.documents.commit([
    { kind: "imports", id: name, document, ifVersion: stored.version },
    ...(web_events ? [askOf(name, ports.now())] : []),
    entryOf(ports, who, { what: "import_changed", about: name, ...differing(before, { name, ...document }) }),
  ]);
  return { name, ...document };
}

/** @throws import_unknown, documents_down */
export async function findImport(
  { documents }: Pick<AuditPorts, "documents">,
  name: string,
): Promise<ImportView> {
  const stored = await documents.read("imports", name);
  const found = stored && read(stored);
  if (found === undefined) throw importUnknown({ name });
  return found;
}

/** A page, by name. @returns `next`: what to go on after, where there is more */
export async function listImports(
  { documents }: Pick<AuditPorts, "documents">,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<{ imports: ImportView[]; next?: string }> {
  const stored = await documents.list("imports", {
    ...(after !== undefined && { after }),
    limit: limit + 1,
  });
  const page = stored.slice(0, limit);
  const imports = page.flatMap((one) => read(one) ?? []);
  return { imports, ...(stored.length > limit && { next: page.at(-1)!.id }) };
}

function withFields<Fields extends ImportFields>(fields: Fields, given: GivenFields): Fields {
  const all = Object.entries({ ...fields, ...given });
  return Object.fromEntries(all.filter(([, value]) => value !== null && value !== undefined)) as Fields;
}

/** Undefined where somebody made by hand what cannot be used. A setting that is missing is the usual one. */
function read({ id, document }: Stored): ImportView | undefined {
  const { added_at, added_by } = Object(document) as ImportView;
  const known = Object.entries(Object(document) as object).filter(
    ([field, value]) => field in fieldSchemas && value !== null && value !== undefined,
  );
  const set = Object.fromEntries(known) as unknown as ImportFields;
  if (faultsIn(set).length > 0) return undefined;
  return {
    ...usualFields,
    ...set,
    name: id,
    added_at: Number(added_at ?? 0),
    added_by: String(added_by ?? "unknown"),
  };
}

/** How its files are read. */
export function settingsOf({
  mode: _mode,
  due: _due,
  expected: _expected,
  holidays: _holidays,
  rows_min: _rows,
  table: _table,
  web_events: _web,
  ...settings
}: ImportFields): ImportSettings {
  return { ...settings, limits: usualSettings.limits };
}
