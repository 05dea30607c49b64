import { isProblem } from "../../../../functions/problem.ts";
import { registryDown } from "../../../../functions/problems.ts";
import { readAll } from "../../../../functions/streams/reading.ts";
import { tableName } from "../../../../functions/table.ts";
import type { ImportView } from "../../../../functions/import/registered/imports.ts";
import { Code } from "../../../parts/code.tsx";
import { Block } from "../../../parts/frame.tsx";
import { Check, Line } from "../../../parts/notes.tsx";
import { Breakable } from "../../../parts/text.tsx";
import type { Visit } from "../../../visit.ts";

interface NamedStream {
  readonly id: string;
  readonly name: string;
}

/** Streams whose hits become events of the import; undefined where that cannot be told just now. */
export async function streamsOf(
  { ports }: Pick<Visit, "ports">,
  importName: string,
): Promise<readonly NamedStream[] | undefined> {
  try {
    return readAll(await ports.registry.list(), ports).flatMap(({ id, removed, lookup }) =>
      !removed && lookup.kind === "valid" && lookup.stream.backend_events?.import === importName
        ? [{ id, name: lookup.stream.name ?? tableName(lookup.stream.table) }]
        : [],
    );
  } catch (error) {
    // The other ways are as good without it.
    if (isProblem(error, registryDown)) return undefined;
    throw error;
  }
}

/** Hits of streams that carry backend events. */
export function HitsWay({ one, streams }: { one: ImportView; streams: readonly NamedStream[] | undefined }) {
  return (
    <Block id="hits" title="Hits of a stream">
      {streams === undefined ? (
        <Check tone="warn">Which streams send to it could not be told just now.</Check>
      ) : streams.length === 0 ? (
        <Line>No stream sends its hits to it.</Line>
      ) : (
        <ul class="todo-list">
          {streams.map(({ id, name }) => (
            <li key={id}>
              <a href={`/streams/${id}`}>
                <Breakable text={name} />
              </a>
            </li>
          ))}
        </ul>
      )}
      <details>
        <summary>Let the hits of a stream become events</summary>
        <p>
          A file says which cell of a hit is which field; <code>=text</code> is the text itself. Hits stay
          rows of their table.
        </p>
        <Code id="hits-file" title="events.json" wraps>
          {JSON.stringify(
            {
              import: one.name,
              ev: "=order_delivered",
              reference_ev: "=purchase",
              reference_id: "orderId",
              value: "total",
            },
            undefined,
            2,
          )}
        </Code>
        <Code id="hits-cli" title="Command line" wraps>
          {`npx afterclick streams preview STREAM body.json --backend-events events.json\nnpx afterclick streams update STREAM --backend-events events.json`}
        </Code>
      </details>
    </Block>
  );
}
