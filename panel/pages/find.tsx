import { type Found, findHit } from "../../functions/hits/find.ts";
import { isUuid } from "../../functions/hit.ts";
import type { Reply } from "../../functions/request.ts";
import { page } from "../document.tsx";
import { Code, CopyLine } from "../parts/code.tsx";
import { App, Head } from "../parts/frame.tsx";
import { Line } from "../parts/notes.tsx";
import { Spine, Step } from "../parts/spine.tsx";
import { counted, Time } from "../parts/text.tsx";
import type { Visit } from "../visit.ts";

/** Where is my hit? What was searched is said with the answer. */
export async function findPage(visit: Visit): Promise<Reply> {
  const { ports, person, query, now } = visit;
  const typed = (query.get("q") ?? "").trim();
  const hitId = typed.toLowerCase();
  const found = isUuid(hitId) ? await findHit(ports, hitId, {}) : undefined;
  return page(
    typed === "" ? "Find" : `${typed.slice(0, 36)}: Find`,
    <App person={person} section="find">
      <Head
        title="Find a hit"
        sentence="By the hit_id that the answer to the sender holds, and the sender's log."
      />
      <div class="stack wide">
        <form class="filter" role="search" aria-label="Find" action="/find">
          <div class="field grow">
            <label for="q">hit_id</label>
            <input
              id="q"
              name="q"
              type="search"
              class="mono"
              value={typed}
              autocomplete="off"
              spellcheck={false}
            />
          </div>
          <button type="submit" class="btn primary">
            Find
          </button>
        </form>
        {found !== undefined ? (
          <Where hitId={hitId} found={found} now={now} shows={person.seesPayloads} />
        ) : typed === "" ? (
          <p class="hint">
            For an order number or another text of a payload: <code>npx afterclick query</code>, or your
            warehouse.
          </p>
        ) : (
          <Line tone="warn">
            A hit_id has 36 characters such as 05b5c783-ef83-4cd9-b64d-dbd7da9b083e; this text has{" "}
            {counted([...typed].length, "character")}. It was probably cut when it was copied.
          </Line>
        )}
      </div>
    </App>,
  );
}

const zone = "UTC";

function Where({ hitId, found, now, shows }: { hitId: string; found: Found; now: number; shows: boolean }) {
  const { state, rows, letter } = found;
  const [first] = rows;
  const received = first === undefined ? letter?.received_at : Number(first.row["received_at"]);
  return (
    <>
      <CopyLine id="hit" text={hitId} what="hit id" />
      <section class="card" aria-labelledby="way-h">
        <header>
          <h2 id="way-h">{titles[state]}</h2>
          <span class="hint">Times are UTC</span>
        </header>
        <div>
          <Spine>
            {received !== undefined && (
              <Step tone="ok" at={<Time at={received} zone={zone} now={now} exact />}>
                Received and stored
              </Step>
            )}
            {letter !== undefined && (
              <Step
                tone={letter.state === "waiting" ? "bad" : "warn"}
                at={<Time at={letter.at} zone={zone} now={now} exact />}
                more={letter.detail}
              >
                Dead letter, {letter.state}: <code>{letter.reason}</code>
              </Step>
            )}
            {state === "waiting" && <Step tone="info">Waits in the queue</Step>}
            {rows.map(({ table }, index) => (
              <Step key={index} tone="ok">
                {index === 0 ? "Row in" : "Repeated row in"} <code>{table}</code>
              </Step>
            ))}
            {state === "not_found" && <Step tone="warn">Nothing of it was found</Step>}
          </Spine>
        </div>
        <Searched found={found} now={now} />
      </section>
      {first !== undefined &&
        (shows ? (
          <Code id="row" title="The row" wraps>
            {JSON.stringify(first.row, shown, 2)}
          </Code>
        ) : (
          <Line>You may not see payloads; an admin can allow it.</Line>
        ))}
    </>
  );
}

const titles: Record<Found["state"], string> = {
  in_table: "In its table",
  waiting: "On its way",
  dead_letter: "A dead letter",
  not_found: "No hit with this id",
};

function Searched({ found: { searched, queue, state }, now }: { found: Found; now: number }) {
  const { tables, skipped, since } = searched;
  return (
    <div class="stack">
      <p class="hint">
        As of <Time at={now} zone={zone} now={now} /> we looked in {counted(tables.length, "table")}
        {since === undefined ? "" : ` from ${since} on`}, in all dead letters
        {queue === "unknown" ? ", not in the queue, which cannot be searched" : " and in the queue"}.
      </p>
      {skipped.map(({ table, why }) => (
        <p key={table} class="hint">
          Not in <code>{table}</code>: {why}
        </p>
      ))}
      {state === "not_found" && (
        <p class="muted">
          Ask your developer for the hit_id in the answer or in their log; no hit_id means that we never
          confirmed it.
        </p>
      )}
    </div>
  );
}

/** Bytes as base64; NULL is left out. */
const shown = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString("base64") : (value ?? undefined);
