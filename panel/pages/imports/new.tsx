import { isProblem } from "../../../functions/problem.ts";
import { importThere } from "../../../functions/problems.ts";
import { usualFields } from "../../../functions/import/registered/fields.ts";
import { type FieldFault, faultsIn } from "../../../functions/import/registered/given.ts";
import { addImport, listImports } from "../../../functions/import/registered/imports.ts";
import type { Reply } from "../../../functions/request.ts";
import { page, seeOther } from "../../document.tsx";
import { givenBy, type ImportForm, importFormOf } from "../../imports/form.ts";
import { App, Crumbs, Head } from "../../parts/frame.tsx";
import { Summary } from "../../parts/notes.tsx";
import type { Visit } from "../../visit.ts";
import { Field, ReadingFields, TableField, WhenFields } from "./fields.tsx";
import { addressOf } from "./page.tsx";
import {
  type CheckedSample,
  checkSent,
  forgetSample,
  formOfSample,
  SampleCard,
  type SentSample,
} from "./sample.tsx";

/** The page on which an import is added. A sample can be checked before anything is saved. */
export async function newImportPage(visit: Visit): Promise<Reply> {
  const { imports } = await listImports(visit.ports, { limit: 1 });
  const form = importFormOf(visit.query, { ...usualFields, zone: imports[0]?.zone ?? "UTC" });
  return draw(visit, { form });
}

/** Switches it on: from then on files may be sent. */
export async function saveNewImport(visit: Visit): Promise<Reply> {
  const { sent, sample } = await formOfSample(visit);
  const form = importFormOf(sent);
  const faults = faultsIn({ name: form.name, ...form.fields });
  if (faults.length > 0) return draw(visit, { form, faults, sample }, 422);
  try {
    await addImport(visit.ports, visit.person, { name: form.name, ...givenBy(form) });
  } catch (error) {
    if (!isProblem(error, importThere)) throw error;
    return draw(visit, { form, faults: [{ field: "name", text: error.message }], sample }, 409);
  }
  await forgetSample(visit, sample);
  if (typeof form.fields.table !== "string") return seeOther(addressOf(form.name, "?saved=new"));
  // Its table is looked at soon; what has to be granted stands there.
  await visit.ports.uploads?.arrived();
  return seeOther(addressOf(form.name, "/connection"));
}

/** Reads a sample as the import would, and writes nothing. */
export async function checkNewImport(visit: Visit): Promise<Reply> {
  const { sent, sample } = await formOfSample(visit);
  const form = importFormOf(sent);
  const faults = faultsIn({ name: "sample", ...form.fields });
  if (faults.length > 0) return draw(visit, { form, faults, sample }, 422);
  return draw(visit, { form, sample, checked: await checkSent(visit, sample, givenBy(form)) });
}

interface Drawn {
  readonly form: ImportForm;
  readonly faults?: readonly FieldFault[];
  /** What is kept of a sample that was sent before. */
  readonly sample?: SentSample | undefined;
  readonly checked?: CheckedSample | undefined;
}

function draw(visit: Visit, { form, faults = [], sample, checked }: Drawn, status = 200): Reply {
  const title = "Add import";
  return page(
    faults.length > 0 ? `${title}: not saved` : title,
    <App person={visit.person} waits={visit.waits} section="imports">
      <Crumbs way={[{ href: "/imports", title: "Imports" }]} here={title} />
      <Head
        title={title}
        sentence="Only a name and a zone are needed. Everything but the name can be changed later."
      />
      <form class="stack wide" method="post" action="/imports/new" enctype="multipart/form-data">
        {faults.length > 0 && (
          <Summary
            isShownFirst
            title={`The import was not saved: ${faults.length === 1 ? "1 field needs" : `${faults.length} fields need`} a change.`}
            faults={faults}
          />
        )}
        <div class="split form-first">
          <div class="form">
            <Field
              name="name"
              label="Name"
              faults={faults}
              hint="1 to 40 small letters, digits, - and _. It is part of the id of each event, so it stays."
            >
              {(marks) => (
                <input
                  type="text"
                  id="name"
                  name="name"
                  class="mono"
                  value={form.name}
                  spellcheck={false}
                  autocomplete="off"
                  autocapitalize="none"
                  maxLength={40}
                  {...marks}
                />
              )}
            </Field>
            <TableField form={form} faults={faults} />
            <WhenFields form={form} faults={faults} now={visit.now} />
            <ReadingFields form={form} faults={faults} isOpen={checked !== undefined} />
            <div class="actions row">
              <button type="submit" class="btn primary">
                Switch on
              </button>
              <a class="btn plain" href="/imports">
                Cancel
              </a>
            </div>
          </div>
          <SampleCard
            isOffered={visit.ports.uploads !== undefined}
            action="/imports/new/check"
            sample={sample}
            checked={checked}
          />
        </div>
      </form>
    </App>,
    status,
  );
}
