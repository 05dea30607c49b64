import { useEffect, useState } from "preact/hooks";
import { Code, Marked } from "../parts/code.tsx";
import { Steps } from "../parts/guide.tsx";
import type { Handed } from "../snippet.ts";
import type { StreamForm } from "../stream-form.ts";
import { useFields } from "./use-fields.ts";

/** What goes to whoever sends, of the integration type that is chosen on the page. */
export function SnippetBox(props: { id: string; endpoint: string; initial: StreamForm; snippet: Handed }) {
  const { type, body } = useFields(props.initial);
  const [known, setKnown] = useState({
    type: props.initial.type,
    body: props.initial.body,
    snippet: props.snippet,
  });
  const [failed, setFailed] = useState(false);
  const isNew = type !== known.type || body !== known.body;
  useEffect(() => {
    if (!isNew) return undefined;
    const stop = new AbortController();
    take(type, body, props.id, stop.signal).then(
      (snippet) => {
        setKnown({ type, body, snippet });
        setFailed(false);
      },
      () => stop.signal.aborted || setFailed(true),
    );
    return () => stop.abort();
  }, [type, body, isNew]);
  return <Snippet id={props.id} endpoint={props.endpoint} {...known} failed={failed} />;
}

export function Snippet(props: {
  id: string;
  endpoint: string;
  type: string;
  body: StreamForm["body"];
  snippet: Handed;
  failed: boolean;
}) {
  const { label, file, text, guide } = props.snippet;
  const download = (
    <a
      class="btn small plain"
      download={file}
      href={`/snippets/${props.type}?${new URLSearchParams({ id: props.id, body: props.body, download: "1" })}`}
    >
      Download<span class="vh"> {label}</span>
    </a>
  );
  return (
    <div class="stack" aria-live="polite">
      {props.failed && (
        <p class="check bad">
          <span>The snippet could not be loaded; this is the one before. Choose again.</span>
        </p>
      )}
      {guide !== undefined ? (
        <Steps guide={guide} />
      ) : (
        <Code id="snippet" title={file} actions={download}>
          <Marked text={text} own={props.endpoint} />
        </Code>
      )}
      {guide !== undefined && <p>{download}</p>}
    </div>
  );
}

async function take(type: string, body: string, id: string, signal: AbortSignal): Promise<Handed> {
  const reply = await fetch(`/snippets/${type}?${new URLSearchParams({ id, body })}`, { signal });
  if (!reply.ok) throw new Error(String(reply.status));
  return (await reply.json()) as Handed;
}
