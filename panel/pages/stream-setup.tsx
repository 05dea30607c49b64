import type { Reply } from "../../functions/request.ts";
import { Island } from "../islands/islands.tsx";
import { CopyLine, Facts } from "../parts/code.tsx";
import { Block } from "../parts/frame.tsx";
import { Callout, Line } from "../parts/notes.tsx";
import { Time } from "../parts/text.tsx";
import { handed, knownType } from "../snippet.ts";
import { fieldsOf, type StreamForm } from "../stream-form.ts";
import { type Seen, zoneName } from "../streams.ts";
import type { Visit } from "../visit.ts";
import { clockOf, seenStream, streamPage } from "./stream.tsx";
import { Types } from "./stream-fields.tsx";

/** What a person hands to whoever sends. */
export async function setupPage(visit: Visit): Promise<Reply> {
  const seen = await seenStream(visit);
  const { reading, view } = seen;
  const given = fieldsOf(visit.query);
  const form = { ...given, type: knownType(given.type) };
  return streamPage(visit, seen, {
    here: "Setup",
    actions: (
      <a class="btn" download href={`/snippets/html?id=${reading.id}&download=1`}>
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
            </>
          )}
        </div>
        <div class="stack wide">
          <ThisStream seen={seen} now={visit.now} />
        </div>
      </div>
    ),
  });
}

function Endpoint({ endpoint }: { endpoint: string }) {
  return (
    <Block id="webhook" title="Webhook endpoint">
      <CopyLine id="endpoint" text={endpoint} what="endpoint" isPrimary />
      <Facts
        facts={[
          [
            "2xx",
            <>
              Stored. The answer contains <code>hit_id</code>; keep it in your log.
            </>,
          ],
          ["4xx", "Do not retry, except 408 and 429."],
          [
            "5xx, no answer",
            <>
              Send the same request again with the same <code>webhook-id</code>.
            </>,
          ],
        ]}
      />
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

function ThisStream({ seen, now }: { seen: Seen; now: number }) {
  const { reading, table, stream } = seen;
  const { key, created_at } = reading.document;
  const made = typeof created_at === "string" ? Date.parse(created_at) : Number.NaN;
  return (
    <section class="card" aria-labelledby="facts-h">
      <header>
        <h2 id="facts-h">This stream</h2>
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
              <Time at={made} zone={clockOf(seen)} now={now} />
            ),
          ],
        ]}
      />
    </section>
  );
}
