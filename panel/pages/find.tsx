import type { ComponentChildren } from "preact";
import { type FindOptions, type Found, findHit, withoutPayloads } from "../../functions/hits/find.ts";
import { searchDays, searchText, type TextFound } from "../../functions/hits/search.ts";
import { isUuid } from "../../functions/hit.ts";
import { asRead, Problem } from "../../functions/problem.ts";
import type { Reply } from "../../functions/request.ts";
import { page } from "../document.tsx";
import { Tag } from "../parts/badge.tsx";
import { Code, CopyLine } from "../parts/code.tsx";
import { App, Head } from "../parts/frame.tsx";
import { Line } from "../parts/notes.tsx";
import { Spine, Step } from "../parts/spine.tsx";
import { Column, Table } from "../parts/table.tsx";
import { counted, Time } from "../parts/text.tsx";
import type { PanelPorts } from "../ports.ts";
import type { Visit } from "../visit.ts";
import { Opened, openedOf } from "./hit.tsx";
import { rowText } from "./row-text.ts";

/** Where is my hit? What was searched is said with the answer. */
export async function findPage(visit: Visit): Promise<Reply> {
  const { ports, person, query, request, now } = visit;
  const typed = (query.get("q") ?? "").trim();
  const hitId = typed.toLowerCase();
  // A sender may name its deliveries by UUIDs too.
  const isId = isUuid(hitId) && query.get("as") !== "text";
  const sought = isId ? await findHit(ports, hitId, { signal: request.gone }) : undefined;
  const found = sought && (person.seesPayloads ? sought : withoutPayloads(sought));
  const opened = found && person.seesPayloads ? await openedOf(ports, found) : undefined;
  const range = ranges.find((days) => String(days) === query.get("days")) ?? searchDays.usual;
  const since = new Date(now - range * 86_400_000).toISOString().slice(0, 10);
  const isText = found === undefined && typed !== "" && person.seesPayloads;
  const texts = isText ? await lookForText(ports, typed, { since, signal: request.gone }) : undefined;
  return page(
    typed === "" ? "Find" : `${typed.slice(0, 36)}: Find`,
    <App person={person} waits={visit.waits} section="find">
      <Head
        title="Find a hit"
        sentence="By the hit_id that the answer to the sender holds; by an order number, or another text of what was sent."
      />
      <div class="stack wide">
        <form class="filter" role="search" aria-label="Find" action="/find">
          <div class="field grow">
            <label for="q">hit_id, delivery id or text</label>
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
          <div class="field">
            <label for="days">Received in</label>
            <select id="days" name="days">
              {ranges.map((days) => (
                <option key={days} value={days} selected={days === range}>
                  the last {counted(days, "day")}
                </option>
              ))}
            </select>
          </div>
          <button type="submit" class="btn primary">
            Find
          </button>
        </form>
        {found !== undefined ? (
          <Where hitId={hitId} found={found} now={now}>
            <Held hitId={hitId} found={found} visit={visit} opened={opened} />
          </Where>
        ) : typed === "" ? (
          <p class="hint">
            A text is looked for in body, query string and headers as it was sent, capital and small letters
            apart. In the cloud that reads the payloads of these days, within the bounds that queries have.
          </p>
        ) : (
          <Texts visit={visit} typed={typed} found={texts} />
        )}
      </div>
    </App>,
  );
}

const zone = "UTC";
const ranges: readonly number[] = [1, searchDays.usual, 31, searchDays.max];

/** A text that cannot be searched is said beside the box, where it can be changed. */
async function lookForText(
  ports: PanelPorts,
  text: string,
  options: FindOptions,
): Promise<TextFound | Problem> {
  try {
    return await searchText(ports, text, options);
  } catch (error) {
    if (error instanceof Problem && error.status < 500) return asRead(error) as Problem;
    throw error;
  }
}

function Texts(props: { visit: Visit; typed: string; found: TextFound | Problem | undefined }) {
  const {
    visit: { now },
    typed,
    found,
  } = props;
  if (found === undefined)
    return <Line>Texts of payloads are for those who may see payloads; an admin can allow it.</Line>;
  if (found instanceof Problem) return <Line tone="warn">{found.message}</Line>;
  const { hits, letters, isMore } = found;
  return (
    <>
      {hits.length + letters.length === 0 ? (
        <Line tone="warn">
          No hit that holds <q dir="auto">{typed.slice(0, 200)}</q> was found. Ask your developer for the
          hit_id in the answer or in their log; no hit_id means that we never confirmed it.
        </Line>
      ) : (
        <FoundTable found={found} now={now} />
      )}
      <p class="hint">
        {isMore && "There are more: the newest 50 are shown. "}As of <Time at={now} zone={zone} now={now} />{" "}
        we looked in {counted(found.searched.tables.length, "table")} and in{" "}
        {counted(found.searched.letters, "dead letter")}
        {found.searched.lettersLeftOut && ", the newest,"} from {found.searched.since} on. Not in the queue,
        where hits wait for a moment, nor in refused requests, of which nothing is stored.
      </p>
      {found.searched.skipped.map(({ table, why }) => (
        <p key={table} class="hint">
          Not in <code>{table}</code>: {why}
        </p>
      ))}
    </>
  );
}

function FoundTable({ found: { hits, letters }, now }: { found: TextFound; now: number }) {
  return (
    <Table
      id="found"
      kind="cards"
      caption="Hits that hold the text, the newest first"
      head={
        <>
          <Column>Received</Column>
          <Column>hit_id</Column>
          <Column>Where</Column>
        </>
      }
    >
      {hits.map(({ hit_id, table, received_at, is_delivery, is_test }) => (
        <FoundRow key={`${hit_id} ${table}`} hitId={hit_id} at={received_at} now={now}>
          <code>{table}</code> {is_delivery === true && <Tag>delivery</Tag>}{" "}
          {is_test === true && <Tag>test</Tag>}
        </FoundRow>
      ))}
      {letters.map(({ hit_id, received_at, reason, state }) => (
        <FoundRow key={hit_id} hitId={hit_id} at={received_at} now={now}>
          Dead letter, {state}: <code>{reason}</code>
        </FoundRow>
      ))}
    </Table>
  );
}

function FoundRow(props: { hitId: string; at: number; now: number; children: ComponentChildren }) {
  return (
    <tr>
      <th scope="row" class="t">
        <Time at={props.at} zone={zone} now={props.now} />
      </th>
      <td class="t" data-label="hit_id">
        <a class="mono" href={`/find?q=${props.hitId}`}>
          {props.hitId}
        </a>
      </td>
      <td data-label="Where">{props.children}</td>
    </tr>
  );
}

function Where(props: { hitId: string; found: Found; now: number; children: ComponentChildren }) {
  const { hitId, found, now } = props;
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
      {props.children}
    </>
  );
}

/** What it holds, for those who may see that. */
function Held(props: {
  hitId: string;
  found: Found;
  visit: Visit;
  opened: Awaited<ReturnType<typeof openedOf>>;
}) {
  const { hitId, found, visit, opened } = props;
  const shows = visit.person.seesPayloads;
  return (
    <>
      {opened !== undefined && <Opened hitId={hitId} isRaw={visit.query.get("view") === "raw"} {...opened} />}
      {!shows && (found.rows.length > 0 || found.letter !== undefined) && (
        <Line>
          What was sent, its headers and its row are for those who may see payloads; an admin can allow it.
        </Line>
      )}
      {shows && found.rows[0] !== undefined && <Row hitId={hitId} row={found.rows[0].row} />}
      {shows && found.state === "not_found" && (
        <p class="hint">
          It was looked for as a hit_id alone.{" "}
          <a href={`/find?q=${hitId}&as=text`}>Look for it as a text of what was sent</a>, such as the name of
          a delivery.
        </p>
      )}
    </>
  );
}

function Row({ hitId, row }: { hitId: string; row: Found["rows"][number]["row"] }) {
  const { text, isCut } = rowText(row);
  return (
    <>
      <Code id="row" title={isCut ? "The row, its long values cut" : "The row"} wraps>
        {text}
      </Code>
      {isCut && (
        <p class="hint">
          <code>npx afterclick hit {hitId} --json</code> has all of it.
        </p>
      )}
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
