/** Ends the product while its warehouse certainly writes. The warehouse is a process of its own, which lives
 *  on for a moment when only its parent is killed, and may end what it writes. So it is stopped where it
 *  stands, its files are looked at, and it goes on where they are whole; in the middle of a write both are
 *  killed before either does anything more. */
import { openWorker } from "../../../infra/local/thread/worker.ts";
import { childrenOf, threadsOf } from "../../support/machine/processes.ts";
import type { Product } from "../../support/product.ts";
import { until } from "../../support/until.ts";
import type { MidWriteApi } from "./mid-write.worker.ts";
import type { Write } from "./writing.ts";

/** Needs a load under which there is something to write.
 *  @returns once both have ended; its files are then what the write had come to */
export async function killInMidWrite(directory: string, product: Product, write: Write): Promise<void> {
  const [warehouse] = childrenOf(product.pid, "warehouse.worker");
  if (warehouse === undefined) throw new Error(`The warehouse has no process:\n${product.output()}`);
  const watcher = openWorker<MidWriteApi>(new URL("./mid-write.worker.ts", import.meta.url), {
    name: "mid-write",
    data: { directory, write },
  });
  try {
    await watcher.call("stopInMid", warehouse);
    const code = await product.end("SIGKILL");
    process.kill(warehouse, "SIGKILL");
    await until("it has ended", () => threadsOf(warehouse).every((thread) => thread === "Z"));
    if (code !== null) throw new Error(`It ended by itself with ${code}:\n${product.output().slice(-4_000)}`);
    // A call of the system that was under way when it was stopped comes to its end all the same.
    if (!(await watcher.call("isInMid", undefined)))
      throw new Error(`${write} was complete when its process ended`);
  } finally {
    await watcher.close();
  }
}
