import type { FileView } from "../../../functions/import/load/views.ts";
import { Badge, type Tone } from "../badge.tsx";
import type { SymbolName } from "../sym.tsx";
import { counted } from "../text.tsx";

/** What became of a file: a shape, a word and a sentence. */

const states: Record<FileView["state"], { tone: Tone; symbol: SymbolName; word: string }> = {
  checking: { tone: "info", symbol: "running", word: "Being read" },
  imported: { tone: "ok", symbol: "ok", word: "Imported" },
  imported_with_rejects: { tone: "warn", symbol: "warn", word: "With rejects" },
  waiting: { tone: "warn", symbol: "paused", word: "Waits for you" },
  failed: { tone: "bad", symbol: "bad", word: "Failed" },
  duplicate: { tone: "quiet", symbol: "no", word: "Duplicate" },
  superseded: { tone: "quiet", symbol: "closed", word: "Superseded" },
  removed: { tone: "quiet", symbol: "no", word: "Removed" },
};

export function FileBadge({ state }: { state: FileView["state"] }) {
  // Of a row that somebody wrote by hand.
  const { tone, symbol, word } = states[state] ?? { tone: "quiet", symbol: "no", word: state };
  return (
    <Badge tone={tone} symbol={symbol} fill={state === "failed" || state === "waiting"}>
      {word}
    </Badge>
  );
}

/** @param file without its reason where somebody may not see what is in it */
export function fileSentence(file: FileView): string {
  const { rows = 0, imported = 0, rejected = 0, reason, code } = file;
  switch (file.state) {
    case "checking":
      return "It is read as soon as those before it are.";
    case "imported":
      return rows === 0 ? "A day without events." : `${counted(imported, "row")} imported.`;
    case "imported_with_rejects":
      return `${counted(imported, "row")} imported, ${counted(rejected, "row")} rejected.`;
    case "superseded":
      return "It was imported, and another file took its place.";
    case "removed":
      return "Somebody took its rows away.";
    case "duplicate":
      return "The same bytes are imported already.";
    default:
      // What stands in a file is for those who may see payloads.
      return reason ?? `Nothing of it is imported: ${code ?? "unknown"}.`;
  }
}

const ways: Record<string, string> = {
  upload: "upload",
  sftp: "drop box",
  bucket: "bucket",
  bigquery: "shared table",
};

/** How it came. */
export const wayOf = ({ source }: FileView): string =>
  source === undefined ? "on its way" : (ways[source] ?? source);

/** `148 KB`, as sent. */
export function size(bytes: number): string {
  const [unit, of] = bytes < 1_000 ? ["B", 1] : bytes < 1_000_000 ? ["KB", 1_000] : ["MB", 1_000_000];
  const value = bytes / (of as number);
  return `${value < 10 && unit !== "B" ? value.toFixed(1) : Math.round(value).toLocaleString("en-US")}\u00a0${unit}`;
}
