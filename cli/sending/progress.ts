/** How far a file is sent, in a file beside it: whoever runs the same command again goes on from there. It is
 *  only added to, so that a process that is killed leaves at most half a line, which is not read. */
import { appendFile, readFile, rename, writeFile } from "node:fs/promises";
import { why } from "../api/api.ts";
import { failed } from "../failure.ts";
import { visible } from "../terminal/visible.ts";

/** A record that the server takes from nobody, or that is no record. */
export interface Refused {
  readonly record: number;
  readonly line: number;
  readonly says: string;
}

/** What has to be the same for the progress to be of this run. */
export interface SentWhat {
  readonly sha256: string;
  readonly format: string;
  /** How the deliveries are named. */
  readonly name: string;
}

export interface Progress {
  /** Records from the first one on that are sent or refused, without a gap. */
  readonly done: number;
  readonly refused: readonly Refused[];
  /** The whole file was gone through. */
  readonly isFinished: boolean;
  /** @throws Failure where the file cannot be written */
  add(part: { done: number } | { refused: Refused } | { finished: true }): void;
  /** Once all that was added is in the file. @throws Failure */
  flush(): Promise<void>;
}

type Line = { of?: SentWhat; done?: number; refused?: Refused; finished?: boolean };

/** @throws Failure where the file cannot be written */
export async function openProgress(file: string, what: SentWhat, isAnew: boolean): Promise<Progress> {
  const before = isAnew ? undefined : await readProgress(file, what);
  const done = before?.done ?? 0;
  const refused = before?.refused ?? [];
  const isFinished = before?.isFinished ?? false;
  const lines: Line[] = [{ of: what }, ...refused.map((each) => ({ refused: each })), { done }];
  if (isFinished) lines.push({ finished: true });
  await written(file, async () => {
    await writeFile(`${file}.new`, textOf(lines), { mode: 0o600 });
    await rename(`${file}.new`, file);
  });
  let waiting: Line[] = [];
  let writing: Promise<void> | undefined;
  let fault: unknown;

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const text = textOf(waiting);
      waiting = [];
      await written(file, () => appendFile(file, text));
    }
    writing = undefined;
  }

  return {
    done,
    refused,
    isFinished,
    add(part) {
      if (fault !== undefined) throw fault;
      // Of what waits for the disk only the last number counts.
      if ("done" in part && waiting.at(-1)?.done !== undefined) waiting.pop();
      waiting.push(part);
      writing ??= write().catch((error: unknown) => void (fault = error));
    },
    async flush() {
      while (writing !== undefined && fault === undefined) await writing;
      if (fault !== undefined) throw fault;
    },
  };
}

const textOf = (lines: readonly Line[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

async function written(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw failed(
      visible(`The progress cannot be kept in ${file}: ${why(error)}. Name another file with --progress.`),
      error,
    );
  }
}

/** @returns undefined where there is none, or it is of something else
 *  @throws Failure for a file that is no progress: it is not written over */
async function readProgress(
  file: string,
  what: SentWhat,
): Promise<{ done: number; refused: Refused[]; isFinished: boolean } | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw failed(visible(`The progress in ${file} cannot be read: ${why(error)}.`), error);
  }
  const lines = text.split("\n").slice(0, -1).map(parse);
  if (lines[0]?.of === undefined)
    throw failed(
      visible(`${file} holds something else than the progress of a file. Name another one with --progress.`),
    );
  const { of } = lines[0];
  if (of.sha256 !== what.sha256 || of.format !== what.format || of.name !== what.name) return undefined;
  let done = 0;
  for (const line of lines) done = Math.max(done, line?.done ?? 0);
  // What lies behind is sent again, and refused again.
  const refused = lines.flatMap((line) =>
    line?.refused !== undefined && line.refused.record <= done ? [line.refused] : [],
  );
  return { done, refused, isFinished: lines.some((line) => line?.finished === true) };
}

function parse(line: string): Line | undefined {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return undefined;
  }
}
