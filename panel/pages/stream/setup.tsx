import type { Sent } from "../../../functions/hits/send-test.ts";
import type { Reply } from "../../../functions/request.ts";
import { exampleHit } from "../../../functions/streams/example.ts";
import { tableName } from "../../../functions/table.ts";
import { Island } from "../../islands/islands.tsx";
import { Contract } from "../../parts/guide.tsx";
import { Checklist } from "../../parts/spine.tsx";
import { CopyLine, Facts } from "../../parts/code.tsx";
import { Block } from "../../parts/frame.tsx";
import { Callout, Line } from "../../parts/notes.tsx";
import { Time } from "../../parts/text.tsx";
import { handed, knownType } from "../../snippet.ts";
import { fieldsOf, type StreamForm } from "../../stream-form.ts";
import { type ShownStream, zoneName } from "../../streams.ts";
import { mayEdit } from "../../ports.ts";
import type { Visit } from "../../visit.ts";
import { clockOf, shownStream, streamPage } from "./page.tsx";
import { sentOf, whereabouts } from "../whereabouts.ts";
import { ForDeveloper, openLink } from "./developer.tsx";
import { Types } from "./fields.tsx";

/** What a person hands to whoever sends. */
export async function setupPage(visit: Visit, failed?: Sent): Promise<Reply> {
  const shown = await shownStream(visit);
  const sent = failed ?? sentOf(visit);
  const found =
    sent?.hitId === undefined ? undefined : await whereabouts(visit, shown.reading.id, sent.hitId);
  const { reading, view } = shown;
  const link = await openLink(visit, shown);
  const asked = fieldsOf(visit.query);
  const form = { ...asked, type: knownType(asked.type) };
  return streamPage(visit, shown, {
    here: "Setup",
    actions: (
      <a class="btn" href="#developer">
        Send to a developer
      </a>
    ),
    children: (
      <div class="split">
        <div class="stack wide">
          {visit.query.has("saved") && (
            <Line tone="ok" isStatus>
              <strong>Saved.</strong> The address answers within 5 seconds.
            </Line>
          )}
          {view.endpoint === undefined ? (
            <Callout tone="bad">
              <p>{view.warnings[0]}</p>
              <p>
                Suggested id: <code>{view.suggested_id}</code>
              </p>
            </Callout>
          ) : (
            <>
              <Endpoint endpoint={view.endpoint} />
              <Snippets id={reading.id} endpoint={view.endpoint} form={form} />
              <div class="no-print">
                <ForDeveloper visit={visit} shown={shown} link={link} />
              </div>
            </>
          )}
        </div>
        <div class="stack wide">
          {mayEdit(visit.person) && shown.stream?.state === "active" && view.endpoint !== undefined && (
            <Island
              name="TestSend"
              with={{
                id: reading.id,
                table: tableName(shown.stream.table),
                zone: clockOf(shown),
                body: exampleHit(shown.stream).text,
                ...(sent !== undefined && { sent }),
                ...(found !== undefined && { found }),
              }}
            />
          )}
          <Checklist
            isWritable={shown.stream !== undefined && view.warnings.length === 0}
            why={view.warnings[0]}
            recent={shown.recent}
            zone={clockOf(shown)}
            now={visit.now}
          />
          <ThisStream shown={shown} now={visit.now} mayChange={mayEdit(visit.person)} />
        </div>
      </div>
    ),
    ...(failed !== undefined && { status: 422 }),
  });
}

function Endpoint({ endpoint }: { endpoint: string }) {
  return (
    <Block id="webhook" title="Webhook endpoint">
      <CopyLine id="endpoint" text={endpoint} what="endpoint" isPrimary />
      <Contract />
    </Block>
  );
}

function Snippets({ id, endpoint, form }: { id: string; endpoint: string; form: StreamForm }) {
  return (
    <Block id="code" title="Snippet">
      <form class="filter no-print" id="stream" action={`/streams/${id}`}>
        <div class="field grow">
          <label for="type">Integration type</label>
          <select id="type" name="type">
            <Types chosen={form.type} />
          </select>
        </div>
        <div class="field">
          <label for="body">Body</label>
          <select id="body" name="body">
            <option value="form" selected={form.body === "form"}>
              Form
            </option>
            <option value="json" selected={form.body === "json"}>
              JSON
            </option>
          </select>
        </div>
        <button type="submit" class="btn needs-none">
          Show
        </button>
      </form>
      <Island
        name="SnippetBox"
        with={{ id, endpoint, initial: form, snippet: handed(knownType(form.type), endpoint, form.body) }}
      />
      <p class="hint">
        Marked: what is yours. Whoever knows the address can write, so hand it on as you would a password.
      </p>
    </Block>
  );
}

function ThisStream({ shown, now, mayChange }: { shown: ShownStream; now: number; mayChange: boolean }) {
  const { reading, table, stream } = shown;
  const { key, created_at } = reading.document;
  const made = typeof created_at === "string" ? Date.parse(created_at) : Number.NaN;
  return (
    <section class="card" aria-labelledby="facts-h">
      <header>
        <h2 id="facts-h">This stream</h2>
        {mayChange && <a href={`/streams/${reading.id}/settings`}>Change</a>}
      </header>
      <Facts
        facts={[
          ["Table", <code>{table}</code>],
          [
            "UTC offset",
            stream === undefined ? <span class="none">not known</span> : zoneName(stream.offset),
          ],
          [
            "Business key",
            key === undefined ? (
              <span class="none">none</span>
            ) : (
              <code>{[key].flat().map(String).join(", ")}</code>
            ),
          ],
          [
            "Made",
            Number.isNaN(made) ? (
              <span class="none">not known</span>
            ) : (
              <Time at={made} zone={clockOf(shown)} now={now} />
            ),
          ],
        ]}
      />
    </section>
  );
}
