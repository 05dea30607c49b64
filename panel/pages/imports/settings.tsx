import { type FieldFault, faultsIn } from "../../../functions/import/registered/given.ts";
import {
  changeImport,
  type GivenFields,
  type ImportView,
} from "../../../functions/import/registered/imports.ts";
import type { Reply } from "../../../functions/request.ts";
import { seeOther } from "../../document.tsx";
import { givenBy, type ImportForm, importFormOf } from "../../imports/form.ts";
import { Line, Summary } from "../../parts/notes.tsx";
import type { Visit } from "../../visit.ts";
import { ReadingFields, TableField, WhenFields } from "./fields.tsx";
import { addressOf, importPage, shownImport } from "./page.tsx";
import {
  type CheckedSample,
  checkSent,
  forgetSample,
  formOfSample,
  SampleCard,
  type SentSample,
} from "./sample.tsx";

/** What is set on an import; a sample shows what a change would do before it is saved. */
export async function importSettings(visit: Visit): Promise<Reply> {
  const one = await shownImport(visit);
  return draw(visit, one, { form: formOf(one) });
}

/** Only what was changed is written. It holds for the files that come after it. */
export async function saveImportSettings(visit: Visit): Promise<Reply> {
  const one = await shownImport(visit);
  const { sent, sample } = await formOfSample(visit);
  const form = importFormOf(sent, one);
  const faults = faultsIn({ ...form.fields });
  if (faults.length > 0) return draw(visit, one, { form, faults, sample }, 422);
  const changes = changesOf(one, givenBy(form));
  const at = addressOf(one.name, "/settings");
  await forgetSample(visit, sample);
  if (Object.keys(changes).length === 0) return seeOther(`${at}?saved=none`);
  await changeImport(visit.ports, visit.person, one.name, changes);
  if (typeof changes.table === "string") await visit.ports.uploads?.arrived();
  return seeOther(`${at}?saved=1`);
}

/** Reads a sample with what stands in the form, and writes nothing. */
export async function checkImportSettings(visit: Visit): Promise<Reply> {
  const one = await shownImport(visit);
  const { sent, sample } = await formOfSample(visit);
  const form = importFormOf(sent, one);
  const faults = faultsIn({ ...form.fields });
  if (faults.length > 0) return draw(visit, one, { form, faults, sample }, 422);
  return draw(visit, one, { form, sample, checked: await checkSent(visit, sample, givenBy(form)) });
}

const formOf = (one: ImportView): ImportForm => importFormOf(new URLSearchParams(), one);

function changesOf(one: ImportView, given: GivenFields): GivenFields {
  const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
  const changed = Object.entries(given).filter(([field, value]) => !same(Reflect.get(one, field), value));
  return Object.fromEntries(changed) as GivenFields;
}

interface Drawn {
  readonly form: ImportForm;
  readonly faults?: readonly FieldFault[];
  readonly sample?: SentSample | undefined;
  readonly checked?: CheckedSample | undefined;
}

function draw(visit: Visit, one: ImportView, drawn: Drawn, status = 200): Reply {
  const { form, faults = [], sample, checked } = drawn;
  const { query, now, ports } = visit;
  const at = addressOf(one.name, "/settings");
  return importPage(visit, one, {
    tab: "Settings",
    sentence:
      "A change holds for the files that come after it. The name is part of the id of each event: it stays.",
    status,
    children: (
      <form class="stack wide" method="post" action={at} enctype="multipart/form-data">
        {faults.length > 0 && (
          <Summary
            isShownFirst
            title={`Nothing was saved: ${faults.length === 1 ? "1 field needs" : `${faults.length} fields need`} a change.`}
            faults={faults}
          />
        )}
        {query.has("saved") && faults.length === 0 && checked === undefined && (
          <Line tone="ok" isStatus>
            {query.get("saved") === "none" ? (
              <>
                <strong>Not saved.</strong> Nothing was changed.
              </>
            ) : (
              <>
                <strong>Saved.</strong> The next file is read so.
              </>
            )}
          </Line>
        )}
        <div class="split form-first">
          <div class="form">
            <TableField form={form} faults={faults} />
            <WhenFields form={form} faults={faults} now={now} />
            <ReadingFields form={form} faults={faults} isOpen />
            <div class="actions row">
              <button type="submit" class="btn primary">
                Save
              </button>
              <a class="btn plain" href={addressOf(one.name)}>
                Cancel
              </a>
            </div>
          </div>
          <SampleCard
            isOffered={ports.uploads !== undefined}
            action={`${at}/check`}
            sample={sample}
            checked={checked}
          />
        </div>
      </form>
    ),
  });
}
