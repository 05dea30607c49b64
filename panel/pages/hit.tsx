import type { Found } from "../../functions/hits/find.ts";
import { makeRow, rowColumns } from "../../functions/hits/row.ts";
import { readHits } from "../../functions/letters/bodies.ts";
import { streamRef } from "../../functions/stream-ref.ts";
import { readAll } from "../../functions/streams/reading.ts";
import { visible } from "../../functions/visible.ts";
import type { Value } from "../../functions/warehouse.ts";
import { curlOf, type Kept, keptIn, prettyOf, rawOf } from "../hits/texts.ts";
import { Code, Facts } from "../parts/code.tsx";
import { counted } from "../parts/text.tsx";
import type { PanelPorts } from "../ports.ts";

interface OpenedHit {
  readonly row: Readonly<Record<string, Value>>;
  /** Of the stream that it was sent to, where that is registered. */
  readonly endpoint: string | undefined;
}

/** By its row; of a dead letter by the row that it would be.
 *  @returns undefined where it is neither so far
 *  @throws registry_down, warehouse_down */
export async function openedOf(
  ports: PanelPorts,
  { rows: [first], letter }: Found,
): Promise<OpenedHit | undefined> {
  if (first === undefined && letter === undefined) return undefined;
  const row = first?.row ?? (await rowOfLetter(ports, letter!));
  const sentTo = readAll(await ports.registry.list(), ports).find(
    ({ id, removed }) => !removed && streamRef(id) === row["stream_ref"],
  );
  return { row, endpoint: sentTo && `${ports.collectUrl}/ds/${sentTo.id}` };
}

async function rowOfLetter(
  ports: PanelPorts,
  letter: NonNullable<Found["letter"]>,
): Promise<OpenedHit["row"]> {
  const [hit] = await readHits(ports, [letter]);
  const values = await makeRow(hit!, letter.date);
  return Object.fromEntries(rowColumns.map(({ name }, index) => [name, values[index] ?? null]));
}

/** One hit as its row holds it: headers, payload, and the call that sends it once more. For people who may
 *  see payloads alone. */
export function Opened(props: OpenedHit & { hitId: string; isRaw: boolean }) {
  const kept = keptIn(props.row);
  if (kept === undefined) return null;
  const { contentType, query, headers } = kept;
  const said: [string, string][] = Object.entries({
    ...(contentType !== undefined && { "content-type": contentType }),
    ...headers,
  });
  return (
    <>
      <section class="card" aria-labelledby="headers-h">
        <header>
          <h2 id="headers-h">Headers</h2>
        </header>
        <div class="stack">
          {said.length > 0 && (
            <Facts facts={said.map(([name, value]) => [name, <code dir="auto">{visible(value)}</code>])} />
          )}
          {query !== undefined && <Facts facts={[["Query", <code dir="auto">{visible(query)}</code>]]} />}
          <p class="hint">
            {said.length === 0 && "None was kept. "}Headers that prove who sent it, such as authorization and
            signatures, are kept nowhere.
          </p>
        </div>
      </section>
      <Payload hitId={props.hitId} kept={kept} isRaw={props.isRaw} />
      {props.endpoint !== undefined && <Again endpoint={props.endpoint} kept={kept} />}
    </>
  );
}

function Payload({ hitId, kept, isRaw }: { hitId: string; kept: Kept; isRaw: boolean }) {
  const pretty = prettyOf(kept);
  const isPretty = pretty !== undefined && !isRaw;
  const { text, isCut } = isPretty ? pretty : rawOf(kept);
  const address = (view: string) => `/find?${new URLSearchParams({ q: hitId, view })}#payload`;
  const what = isPretty ? "its fields" : kept.text === undefined ? "its bytes" : "as it was sent";
  return (
    <>
      <Code
        id="payload"
        title={`Payload, ${counted(kept.bytes.length, "byte")}, ${what}${isCut ? ", cut" : ""}`}
        wraps={isPretty || kept.text !== undefined}
        actions={
          pretty !== undefined && (
            <nav class="seg" aria-label="Payload">
              <a href={address("pretty")} aria-current={isPretty ? "page" : undefined}>
                Pretty
              </a>
              <a href={address("raw")} aria-current={isPretty ? undefined : "page"}>
                Raw
              </a>
            </nav>
          )
        }
      >
        {text}
      </Code>
      {!isPretty && kept.text === undefined && (
        <p class="hint">
          They are no text, or hold characters that act instead of showing: so they are shown byte by byte.
        </p>
      )}
    </>
  );
}

function Again({ endpoint, kept }: { endpoint: string; kept: Kept }) {
  const curl = curlOf(endpoint, kept);
  if (curl === undefined) return <p class="hint">It is too long for a curl line.</p>;
  return (
    <>
      <Code id="curl" title="The same once more, as curl" wraps>
        {curl}
      </Code>
      <p class="hint">
        It is a POST, whatever it was: the method is not kept. Nor is a signature or a password; add your own
        where the stream asks for one.
      </p>
    </>
  );
}
