import { totalmem } from "node:os";

/** What there is for this process: the container's memory where it has a limit, else the machine's. */
export function memoryBytesThere(
  machineBytes: number = totalmem(),
  constrainedBytes: number | undefined = process.constrainedMemory(),
): number {
  // 0 or a number beyond any machine where nothing limits it.
  const isLimited = constrainedBytes !== undefined && constrainedBytes > 0;
  return isLimited ? Math.min(machineBytes, constrainedBytes) : machineBytes;
}

const megabytesMin = 256;
/** Measured: DuckDB keeps what it has read and written until its limit is reached, and with 2,048 MB its
 *  process comes to 1.2 GB. With 288 MB it takes 60 to 100 MB less than with 400, and rows arrive as fast.
 *  What a query needs beyond goes to the disk. See docs/embedded.md. */
const megabytesMax = 288;

/** DuckDB's own limit in MB: a quarter of the memory, within bounds. See touched.ts for what
 *  many tables get beside it. */
export function duckdbMegabytes(memoryBytes: number = memoryBytesThere()): number {
  return Math.round(Math.min(Math.max(memoryBytes / 4e6, megabytesMin), megabytesMax));
}

/** More tables than these fill are folded in turns. */
const tablesMegabytesMax = 1_000;

/** What tables may hold in MB between two checkpoints, some 430 KB each: an eighth of the
 *  memory, within bounds. */
export function tablesMegabytes(memoryBytes: number = memoryBytesThere()): number {
  return Math.round(Math.min(Math.max(memoryBytes / 8e6, megabytesMin / 2), tablesMegabytesMax));
}

/** For the whole process of the warehouse, in MB: past it a statement fails, or the process ends and is begun
 *  again. What DuckDB takes beside its own limit was seen to be as much again at worst; rows and answers of
 *  64 MiB are in memory several times. On a small machine the rest of the product must fit beside it. */
export function processMegabytes(ofDuckdb: number, memoryBytes: number = memoryBytesThere()): number {
  return Math.round(Math.min(2 * ofDuckdb + 2_400, Math.max((memoryBytes / 1e6) * 0.75, ofDuckdb + 256)));
}
