import type { Guide } from "../snippets/systems.ts";
import { CopyLine, Facts } from "./code.tsx";

/** Steps in a system that calls a URL by itself. */
export function Steps({ guide }: { guide: Guide }) {
  const { steps, sends, stream, watch } = guide;
  return (
    <div class="card">
      <ol class="todo-list">
        {steps.map(({ text, paste }, index) => (
          <li key={text}>
            {text}
            {paste !== undefined && <CopyLine id={`paste-${index}`} text={paste} what="endpoint" />}
          </li>
        ))}
      </ol>
      <div class="stack">
        <Facts
          facts={[
            ["It sends", sends],
            ...Object.entries(stream).map(
              ([name, value]) => [name, <code>{[value].flat().join(", ")}</code>] as const,
            ),
          ]}
        />
      </div>
      <ul class="todo-list">
        {watch.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  );
}

/** What an answer means to whoever sends, in three lines. */
export function Contract() {
  return (
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
  );
}
