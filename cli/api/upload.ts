import { setTimeout as pause } from "node:timers/promises";
import type { UploadView } from "../../functions/import/load/uploads/uploads.ts";
import type { Tools } from "../command.ts";
import { failure, isFailure } from "../failure.ts";
import { counted } from "../../functions/counted.ts";
import { path } from "./api.ts";

/** A file that is sent in parts, each durable before it is answered. What breaks off is sent again from where
 *  the last part ended, by this run or by the next one. */

/** Cloud Run takes 32 MiB a request; a part takes 16. */
export const partBytes = 8 * 1024 * 1024;
/** So often in a row nothing comes through before it is given up. */
const triesMax = 6;
/** The last part is answered once all of them are put together. */
const partMs = 5 * 60_000;

export interface SentFile {
  readonly path: string;
  /** As it is called there. */
  readonly name: string;
  readonly bytes: number;
  /** Unix ms: a file that was changed is another one. */
  readonly modified: number;
}

/** @returns the id of the file
 *  @throws Failure: what the server refuses, or what the last of the tries met */
export async function uploadInParts(
  tools: Pick<Tools, "api" | "terminal" | "stopped" | "waits">,
  importName: string,
  file: SentFile,
): Promise<string> {
  const { terminal, stopped, waits } = tools;
  let known: UploadView | undefined;
  let failures = 0;
  for (;;) {
    try {
      // Where a part was cut off, only the server knows how much of it there is.
      if (known === undefined) {
        known = await begin(tools, importName, file);
        if (known.received > 0) terminal.say(`It goes on where it ended: ${shareOf(known)} is here.`);
      }
      known = await sendPart(tools, importName, file, known);
      failures = 0;
      if (known.file_id !== undefined) return known.file_id;
    } catch (error) {
      if (stopped.aborted || !isPassing(error)) throw error;
      failures += 1;
      if (failures >= triesMax) throw givenUp(error, known);
      known = undefined;
      const { reconnectMs } = waits;
      await pause(reconnectMs[Math.min(failures, reconnectMs.length) - 1], undefined, { signal: stopped });
    }
  }
}

const shape = { upload_id: "string", received: "number", bytes: "number" } as const;

const begin = ({ api }: Pick<Tools, "api">, importName: string, { name, bytes, modified }: SentFile) =>
  api.ask<UploadView>(
    {
      method: "POST",
      path: path`/v1/imports/${importName}/uploads`,
      body: { file: name, bytes, modified: Math.floor(modified) },
    },
    shape,
  );

const sendPart = (
  { api }: Pick<Tools, "api">,
  importName: string,
  file: SentFile,
  { upload_id, received: from }: UploadView,
) =>
  api.ask<UploadView>(
    {
      method: "POST",
      path: path`/v1/imports/${importName}/uploads/${upload_id}/parts` + `?from=${from}`,
      file: { path: file.path, from, bytes: Math.min(partBytes, file.bytes - from) },
      deadlineMs: partMs,
    },
    shape,
  );

/** The server is away or busy, or something on the way broke; or another run was faster, and how much is here
 *  must be asked for again. What the server refuses it refuses again. */
function isPassing(error: unknown): boolean {
  if (!isFailure(error)) return false;
  const { status, code } = error as { status?: number; code?: string };
  if (status === undefined) return true;
  return status >= 500 || status === 408 || status === 429 || passing.includes(code ?? "");
}

const passing = ["part_elsewhere", "upload_unknown", "documents_conflict"];

function givenUp(error: unknown, known: UploadView | undefined): unknown {
  if (!isFailure(error)) return error;
  const here = known === undefined ? "What came through is kept" : `${shareOf(known)} is here`;
  return failure(
    error.exitCode,
    `${error.message} It was tried ${counted(triesMax, "time")}. ${here}: run the same command again, and it goes on from there.`,
    error,
  );
}

const shareOf = ({ received, bytes }: UploadView): string => `${Math.floor((100 * received) / bytes)} %`;
