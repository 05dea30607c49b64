/** One file through the product as it runs on one machine: uploaded over HTTP, and worked on to its end. */
import { openAsBlob } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { inFolder } from "../../test/support/folder.ts";
import { startProduct } from "../../test/support/product.ts";
import { watchMemory, type Memory } from "./memory.ts";

export interface Cost {
  /** Until the upload was answered: its bytes are on the disk. */
  readonly uploadSeconds: number;
  /** From then until its events are current and its row says so. */
  readonly seconds: number;
  /** Of all processes together, from before the upload to the end. */
  readonly memory: Memory;
  /** Of the product before it gets the file. */
  readonly before: Memory;
  readonly imported: number;
  readonly rejected: number;
  readonly events: number;
}

interface File {
  readonly file_id: string;
  readonly state: string;
  readonly reason?: string;
  readonly imported?: number;
  readonly rejected?: number;
}

/** @param path of the file @param name that it arrives under */
export function importInProduct(path: string, name: string): Promise<Cost> {
  return inFolder(async (directory) => {
    const product = await startProduct(directory, { LOG_LEVEL: "error" });
    try {
      // The day of the file must not lie in the future, wherever this runs.
      await product.admin("POST", "/v1/imports", { name: "bench", zone: "UTC" });
      const before = watchMemory(product.pid)();
      const memory = watchMemory(product.pid);
      const began = performance.now();
      const reply = await fetch(`${product.adminUrl}/v1/imports/bench/files?file=${name}`, {
        method: "POST",
        headers: { "content-type": "application/octet-stream" },
        body: await openAsBlob(path),
      });
      const sent = (await reply.json()) as File;
      if (reply.status !== 202) throw new Error(`The upload was answered ${reply.status}.`);
      const uploaded = performance.now();
      let file = sent;
      while (file.state === "checking") {
        await pause(100);
        file = await product.admin<File>("GET", `/v1/imports/bench/files/${sent.file_id}`);
      }
      const ended = performance.now();
      if (!file.state.startsWith("imported")) throw new Error(`${file.state}: ${file.reason}`);
      const peak = memory();
      const sql = "SELECT count(*) FROM afterclick.backend_events_current";
      const { rows } = await product.admin<{ rows: unknown[][] }>("POST", "/v1/query", { sql });
      return {
        uploadSeconds: (uploaded - began) / 1000,
        seconds: (ended - uploaded) / 1000,
        memory: peak,
        before,
        imported: file.imported ?? 0,
        rejected: file.rejected ?? 0,
        events: Number(rows[0]![0]),
      };
    } finally {
      await product.end("SIGTERM");
    }
  });
}
