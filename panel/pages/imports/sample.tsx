import { randomBytes } from "node:crypto";
import type { ComponentChildren } from "preact";
import type { GivenFields } from "../../../functions/import/registered/imports.ts";
import { checkSample, type Sample } from "../../../functions/import/sample.ts";
import { usualSettings, type ImportSettings } from "../../../functions/import/settings.ts";
import { notHere } from "../../../functions/problems.ts";
import { Line } from "../../parts/notes.tsx";
import { SampleReport } from "../../parts/imports/sample.tsx";
import type { Uploads } from "../../ports.ts";
import { formWithFile } from "../../imports/upload-form.ts";
import { formOf, type Visit } from "../../visit.ts";

/** A file that is read as an import would read it, and becomes nothing. It is kept where files are that
 *  arrived, so that it can be read again with other settings; what nobody asks for again goes with the old
 *  ones. Whoever knows its id has sent it. */

export interface SentSample {
  readonly id: string;
  /** As the person's machine calls it. */
  readonly name: string;
}

/** What came of the check; a sentence where there was nothing to check. */
export type CheckedSample = Sample | string;

const sampleId = /^[0-9a-f]{32}$/;

/** The fields of a form with a sample, and the sample: the one that was sent now, or the one before. */
export async function formOfSample(
  visit: Visit,
): Promise<{ sent: URLSearchParams; sample: SentSample | undefined }> {
  const isPlain = /^application\/x-www-form-urlencoded/i.test(visit.request.headers["content-type"] ?? "");
  let chosen: SentSample | undefined;
  const sent = isPlain
    ? await formOf(visit)
    : await formWithFile(visit, async ({ name, bytes }) => {
        const id = randomBytes(16).toString("hex");
        await uploadsOf(visit).keptFiles.keep(id, bytes);
        chosen = { id, name };
      });
  const id = sent.get("sample") ?? "";
  const before = sampleId.test(id) ? { id, name: sent.get("sample_name") ?? "" } : undefined;
  if (chosen !== undefined) await forgetSample(visit, before);
  return { sent, sample: chosen ?? before };
}

export async function forgetSample({ ports }: Visit, sample: SentSample | undefined): Promise<void> {
  if (sample !== undefined) await ports.uploads?.keptFiles.remove(sample.id);
}

/** Reads it under these settings. */
export async function checkSent(
  visit: Visit,
  sample: SentSample | undefined,
  fields: GivenFields & { zone: string },
): Promise<CheckedSample> {
  if (sample === undefined) return "Choose a file first: there was none in the form.";
  const { keptFiles, parquet, scratch } = uploadsOf(visit);
  const file = await keptFiles.open(sample.id);
  if (file === undefined) return "Its bytes are not kept any more: choose the file again.";
  return checkSample(file, settingsIn(fields), { parquet, scratch, now: visit.ports.now });
}

/** @throws not_here */
export function uploadsOf({ ports }: Pick<Visit, "ports">): Uploads {
  if (ports.uploads === undefined)
    throw notHere({
      what: "To send files of backend events from the panel, and to decide about them there,",
      instead: "put them into the bucket of imports, or use afterclick imports",
    });
  return ports.uploads;
}

function settingsIn({ mode: _mode, due: _due, expected: _expected, ...fields }: GivenFields): ImportSettings {
  const set = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return { ...usualSettings, ...Object.fromEntries(set) } as ImportSettings;
}

/** Where a sample is chosen, and what came of it. It stands in the form whose settings it is read with. */
export function SampleCard(props: {
  isOffered: boolean;
  /** Where the form is sent to be checked. */
  action: string;
  sample: SentSample | undefined;
  checked: CheckedSample | undefined;
  children?: ComponentChildren;
}) {
  const { isOffered, action, sample, checked } = props;
  if (!isOffered)
    return (
      <Line>
        Files cannot be sent here: check a sample with <code>npx afterclick imports check FILE</code>.
      </Line>
    );
  return (
    <div class="stack wide">
      <section class="card" aria-labelledby="sample-h">
        <header>
          <h2 id="sample-h">Check a sample</h2>
          <span class="hint">Nothing is written.</span>
        </header>
        <div class="stack">
          {sample !== undefined && (
            <>
              <input type="hidden" name="sample" value={sample.id} />
              <input type="hidden" name="sample_name" value={sample.name} />
            </>
          )}
          <div class="field">
            <label for="file">
              A file of the sender <small>CSV or Parquet, as it is or in gzip or zip</small>
            </label>
            <input type="file" id="file" name="file" />
            {sample !== undefined && (
              <p class="hint">
                Without another one, <code>{sample.name}</code> is read again.
              </p>
            )}
          </div>
          <div class="row">
            <button type="submit" class="btn" formaction={action}>
              {sample === undefined ? "Check the sample" : "Check again with these settings"}
            </button>
          </div>
        </div>
      </section>
      {typeof checked === "string" && <Line tone="warn">{checked}</Line>}
      {typeof checked === "object" && <SampleReport sample={checked} action={action} />}
    </div>
  );
}
