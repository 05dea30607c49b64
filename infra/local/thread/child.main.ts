/** The first module of a child process: it ends with its parent, and for nothing else that it is not told. */
import { Worker } from "node:worker_threads";
import { childArguments, type Dying } from "./child-port.ts";
import type { Watched } from "./warden.worker.ts";

const [file, , parent, residentBytesMax] = childArguments();

// At once, without the destructors of native code whose threads still work.
const end = (): void => void process.kill(process.pid, "SIGKILL");

// Whoever stops the server often signals everything beside it. The parent decides when this one ends.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
process.on("disconnect", end);
if (!process.connected) end();

// In a thread: the parent's end and the memory are noticed also while this one is busy.
const watched: Watched = { parent: Number(parent), residentBytesMax: Number(residentBytesMax) };
new Worker(new URL("./warden.worker.ts", import.meta.url), { workerData: watched, execArgv: [] }).unref();

process.on("uncaughtException", (error: unknown) => {
  const { message } = (error ?? {}) as { message?: unknown };
  process.send?.({ dying: String(message ?? error) } satisfies Dying, undefined, undefined, end);
});

await import(file);
