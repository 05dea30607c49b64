import { useEffect, useState } from "preact/hooks";
import type { Finding } from "../../functions/streams/check.ts";
import type { Tone } from "../parts/badge.tsx";
import { Check } from "../parts/notes.tsx";
import { Time } from "../parts/text.tsx";
import { documentOf, type StreamForm } from "../stream-form.ts";
import { useFields } from "./use-fields.ts";

export interface TableFindings {
  readonly findings: readonly Finding[];
  /** Unix ms. */
  readonly at: number;
}

const tones: Record<Finding["kind"], Tone> = { refused: "bad", problem: "bad", warning: "warn", fine: "ok" };
/** Of quiet before the table is looked at. */
const typingMs = 400;

/** What is so about the destination table, while it is typed. */
export function TableCheck(props: { of: string; initial: StreamForm; found?: TableFindings }) {
  const form = useFields(props.initial);
  const asked = new URLSearchParams({ id: props.of, ...documentOf(form) }).toString();
  const [known, setKnown] = useState({
    asked: new URLSearchParams({ id: props.of, ...documentOf(props.initial) }).toString(),
    found: props.found,
    failed: false,
  });
  const isNew = asked !== known.asked;
  useEffect(() => {
    if (!isNew || form.table === "") return undefined;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      look(asked, stop.signal).then(
        (found) => setKnown({ asked, found, failed: false }),
        () => stop.signal.aborted || setKnown({ asked, found: undefined, failed: true }),
      );
    }, typingMs);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [asked, isNew]);

  if (form.table === "") return null;
  return <Findings found={isNew ? "looking" : known.failed ? "unknown" : known.found} />;
}

export function Findings({ found }: { found: TableFindings | "looking" | "unknown" | undefined }) {
  if (found === "looking") return <p class="hint">Looking at the table…</p>;
  if (found === "unknown")
    return <Check tone="warn">The table could not be looked at. You may save anyway; hits wait.</Check>;
  if (found === undefined) return null;
  const { findings, at } = found;
  return (
    <div class="stack">
      {findings.map(({ kind, text }) => (
        <Check key={text} tone={tones[kind]}>
          {text}
        </Check>
      ))}
      <p class="hint">
        Checked <Time at={at} zone="UTC" now={at} /> UTC.
        {findings.some(({ kind }) => kind === "problem") && " You may save anyway; hits wait."}
      </p>
    </div>
  );
}

async function look(asked: string, signal: AbortSignal): Promise<TableFindings> {
  const reply = await fetch(`/streams/new/table?${asked}`, { signal });
  if (!reply.ok) throw new Error(String(reply.status));
  return (await reply.json()) as TableFindings;
}
