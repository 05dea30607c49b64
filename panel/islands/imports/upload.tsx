import { useEffect, useRef, useState } from "preact/hooks";
import { Check } from "../../parts/notes.tsx";

/** A file that is sent in parts: a part that was cut off is sent again, and the same file that is chosen
 *  after a reload goes on where it ended. The form around it works without. */

/** As functions/import/load/uploads/uploads.ts has them. */
interface UploadView {
  readonly upload_id: string;
  readonly bytes: number;
  readonly received: number;
  readonly file_id?: string;
}

type Progress =
  | { readonly is: "idle" }
  | { readonly is: "sending" | "waiting"; readonly received: number; readonly bytes: number }
  | { readonly is: "stopped"; readonly received: number; readonly bytes: number }
  | { readonly is: "refused"; readonly why: string };

const partBytes = 8 * 1024 * 1024;
/** Before a part is tried again; the last one repeats. */
const pausesMs = [500, 2_000, 5_000, 15_000];

export function Upload({ importName }: { importName: string }) {
  const [progress, setProgress] = useState<Progress>({ is: "idle" });
  const stop = useRef<AbortController | undefined>(undefined);
  useEffect(() => {
    const form = document.querySelector<HTMLFormElement>("form#upload");
    if (form === null) return undefined;
    const send = (event: Event) => {
      const [file] = form.querySelector<HTMLInputElement>("input[type=file]")?.files ?? [];
      // What has no bytes is sent by the form itself, and told as empty.
      if (file === undefined || file.size === 0) return;
      event.preventDefault();
      if (stop.current !== undefined && !stop.current.signal.aborted) return;
      const ending = new AbortController();
      stop.current = ending;
      sendFile(importName, file, ending.signal, setProgress).then(
        (fileId) => location.assign(`/imports/${importName}/files/${fileId}`),
        (error: unknown) => {
          stop.current = undefined;
          if (!ending.signal.aborted)
            setProgress({ is: "refused", why: error instanceof Error ? error.message : String(error) });
        },
      );
    };
    form.addEventListener("submit", send);
    return () => form.removeEventListener("submit", send);
  }, [importName]);
  return (
    <UploadState
      progress={progress}
      stop={() => {
        stop.current?.abort();
        setProgress((now) => ("received" in now ? { ...now, is: "stopped" } : now));
      }}
    />
  );
}

/** How far it is, and what goes on. */
export function UploadState({ progress, stop }: { progress: Progress; stop?: () => void }) {
  if (progress.is === "idle") return null;
  if (progress.is === "refused") return <Check tone="bad">{progress.why}</Check>;
  const { is, received, bytes } = progress;
  const share = Math.floor((100 * received) / bytes);
  return (
    <div class="stack">
      <progress max={bytes} value={received} aria-label="Upload" />
      <div class="row">
        <span class="hint" role="status">
          {is === "stopped"
            ? `Stopped at ${share} %. Upload the same file again, and it goes on from there.`
            : is === "waiting"
              ? `${share} % is here. No answer just now: it goes on by itself.`
              : `${share} % is here.`}
        </span>
        {is !== "stopped" && stop !== undefined && (
          <button type="button" class="btn small" onClick={stop}>
            Stop
          </button>
        )}
      </div>
    </div>
  );
}

/** @returns the id of the file, once all of it is there */
async function sendFile(
  importName: string,
  file: File,
  signal: AbortSignal,
  show: (progress: Progress) => void,
): Promise<string> {
  const at = `/v1/imports/${importName}/uploads`;
  const announced = JSON.stringify({ file: file.name, bytes: file.size, modified: file.lastModified });
  const begin = () => ask(at, announced, "application/json", signal);
  let failures = 0;
  let known: UploadView | undefined;
  for (;;) {
    try {
      // Where a part was cut off, only the server knows how much of it there is.
      known ??= await begin();
      const { received, bytes } = known;
      show({ is: "sending", received, bytes });
      const part = file.slice(received, received + partBytes);
      const to = `${at}/${known.upload_id}/parts?from=${received}`;
      known = await ask(to, part, "application/octet-stream", signal);
      failures = 0;
      if (known.file_id !== undefined) return known.file_id;
    } catch (error) {
      if (signal.aborted || error instanceof Refused) throw error;
      if (known !== undefined) show({ is: "waiting", received: known.received, bytes: known.bytes });
      known = undefined;
      await pause(pausesMs[Math.min(failures, pausesMs.length - 1)]!, signal);
      failures += 1;
    }
  }
}

const passing = ["part_elsewhere", "upload_unknown", "documents_conflict"];

/** What trying again does not change. */
class Refused extends Error {}

async function ask(
  path: string,
  body: Blob | string,
  type: string,
  signal: AbortSignal,
): Promise<UploadView> {
  const reply = await fetch(path, { method: "POST", headers: { "content-type": type }, body, signal });
  if (reply.ok) return (await reply.json()) as UploadView;
  const problem = (await reply.json().catch(() => ({}))) as { detail?: string; code?: string };
  const why = problem.detail ?? `The server answered ${reply.status}.`;
  // Another window was faster, or the server is busy or away: what is here is asked for again.
  throw passing.includes(problem.code ?? "") || [408, 429].includes(reply.status) || reply.status >= 500
    ? new Error(why)
    : new Refused(why);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}
