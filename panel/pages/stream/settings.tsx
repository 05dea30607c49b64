import type { ComponentChildren } from "preact";
import { isProblem, Problem } from "../../../functions/problem.ts";
import { registryConflict } from "../../../functions/problems.ts";
import type { Reply } from "../../../functions/request.ts";
import { removeStream, updateStream } from "../../../functions/streams/change.ts";
import { seeOther } from "../../document.tsx";
import { Callout, Line, Summary } from "../../parts/notes.tsx";
import { documentOf, fieldsOf, type StreamForm } from "../../stream-form.ts";
import type { ShownStream } from "../../streams.ts";
import { formOf, type Visit } from "../../visit.ts";
import { type Fault, StreamFields } from "./fields.tsx";
import { faultsOf } from "./new.tsx";
import { shownStream, streamPage } from "./page.tsx";

/** Everything of a stream but its address can be changed here. */
export async function settingsPage(visit: Visit): Promise<Reply> {
  return draw(visit, await shownStream(visit));
}

/** Only what was changed is written: what somebody else changed meanwhile stays. */
export async function saveSettings(visit: Visit): Promise<Reply> {
  const sent = await formOf(visit);
  const shown = await shownStream(visit);
  const before = formOfDocument(shown);
  // A list of keys has no input.
  const form = { ...fieldsOf(sent), ...(!sent.has("key") && { key: before.key }) };
  const [was, is] = [documentOf(before), documentOf(form)];
  const changes = Object.fromEntries(
    ["name", "table", "offset", "key"].flatMap((field) =>
      was[field] === is[field] ? [] : [[field, is[field] ?? null]],
    ),
  );
  const at = `/streams/${shown.reading.id}/settings`;
  if (Object.keys(changes).length === 0) return seeOther(`${at}?saved=none`);
  try {
    await updateStream(visit.ports, visit.person, shown.reading.id, changes);
    return seeOther(`${at}?saved=1`);
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500 || isProblem(error, registryConflict)) throw error;
    return draw(visit, shown, { form, faults: faultsOf(error) });
  }
}

/** Pauses and resumes. */
export async function changeState(visit: Visit): Promise<Reply> {
  const state = (await formOf(visit)).get("state") === "paused" ? "paused" : "active";
  const { reading } = await shownStream(visit);
  await updateStream(visit.ports, visit.person, reading.id, { state });
  return seeOther(`/streams/${reading.id}/settings?saved=${state}`);
}

/** Closes it for ever, by whoever types its name. */
export async function removeForGood(visit: Visit): Promise<Reply> {
  const typed = (await formOf(visit)).get("confirm") ?? "";
  const shown = await shownStream(visit);
  if (typed.trim() !== shown.name)
    return draw(visit, shown, {
      form: formOfDocument(shown),
      faults: [
        {
          field: "confirm",
          text: `Removed nothing: type ${JSON.stringify(shown.name)} as it stands at the top.`,
        },
      ],
    });
  await removeStream(visit.ports, visit.person, shown.reading.id);
  return seeOther("/streams");
}

function formOfDocument({ reading }: ShownStream): StreamForm {
  const { key, ...others } = reading.document;
  return fieldsOf(
    new Map<string, unknown>([...Object.entries(others), ["key", typeof key === "string" ? key : ""]]),
  );
}

const saved: Record<string, string> = {
  "1": "It holds for new hits; rows that are there keep their date and their table.",
  none: "Nothing was changed.",
  paused: "Senders get 503 within a minute; those that retry lose nothing.",
  active: "Hits are taken again within a minute.",
};

/** What was sent and not done, and why. */
interface Refused {
  readonly form: StreamForm;
  readonly faults: readonly Fault[];
}

function draw(visit: Visit, shown: ShownStream, refused?: Refused): Reply {
  const said = saved[visit.query.get("saved") ?? ""];
  return streamPage(visit, shown, {
    here: "Settings",
    status: refused === undefined ? 200 : 422,
    children: (
      <>
        {refused !== undefined && (
          <Summary
            isShownFirst
            title={`Nothing was saved: ${refused.faults.length === 1 ? "1 field needs" : `${refused.faults.length} fields need`} a change.`}
            faults={refused.faults}
          />
        )}
        {said !== undefined && refused === undefined && (
          <Line tone="ok" isStatus>
            <strong>{visit.query.get("saved") === "none" ? "Not saved." : "Saved."}</strong> {said}
          </Line>
        )}
        {lockOf(shown) ?? <Open visit={visit} shown={shown} refused={refused} />}
      </>
    ),
  });
}

/** Why nothing can be changed here; undefined where it can. */
function lockOf({ reading, stream }: ShownStream): ComponentChildren {
  const { managed_by: manager } = reading.document;
  if (manager !== undefined && manager !== null && manager !== "api")
    return (
      <Callout tone="quiet" symbol="locked">
        <p>
          Managed by {String(manager).slice(0, 80)}: it is read-only here. Change it where it is kept, and
          apply.
        </p>
      </Callout>
    );
  if (stream?.state === "closed")
    return (
      <Callout tone="quiet" symbol="closed">
        <p>Closed for good: the address answers 410, and nothing of it can be changed.</p>
      </Callout>
    );
  return undefined;
}

function Open({ visit, shown, refused }: { visit: Visit; shown: ShownStream; refused: Refused | undefined }) {
  const { id, document } = shown.reading;
  const { form, faults } = refused ?? { form: formOfDocument(shown), faults: [] };
  return (
    <div class="split">
      <div class="stack">
        {Array.isArray(document["key"]) && (
          <Callout tone="info">
            <p>
              Its key is a list: <code>{document["key"].map(String).join(", ")}</code>. It stays while the
              field below is empty; <code>npx afterclick streams update</code> changes it.
            </p>
          </Callout>
        )}
        <StreamFields id={id} form={form} faults={faults} now={visit.now} />
      </div>
      <Ends shown={shown} />
    </div>
  );
}

function Ends({ shown }: { shown: ShownStream }) {
  const href = `/streams/${shown.reading.id}`;
  const isPaused = shown.stream?.state === "paused";
  return (
    <div class="stack wide">
      <section class="card" aria-labelledby="pause-h">
        <header>
          <h2 id="pause-h">{isPaused ? "Paused" : "Pause"}</h2>
        </header>
        <form class="stack" method="post" action={`${href}/state`}>
          <p>
            The address stays, and answers 503 while the stream is paused: senders that retry lose nothing.
          </p>
          <input type="hidden" name="state" value={isPaused ? "active" : "paused"} />
          <div class="row">
            <button class="btn" type="submit">
              {isPaused ? "Resume" : "Pause"}
            </button>
          </div>
        </form>
      </section>
      <section class="card" aria-labelledby="remove-h">
        <header>
          <h2 id="remove-h">Remove</h2>
        </header>
        <form class="stack" method="post" action={`${href}/remove`}>
          <p>The address answers 410 for ever and is never used again. The table and its rows stay.</p>
          <div class="field">
            <label for="confirm">Type the name “{shown.name}”</label>
            <input type="text" id="confirm" name="confirm" required autocomplete="off" />
          </div>
          <div class="row">
            <button class="btn danger" type="submit">
              Remove for good
            </button>
          </div>
        </form>
      </section>
    </div>
  );
}
