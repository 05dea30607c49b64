/** A parent to be killed: prints the id of its child, which is idle or busy as the first argument says. */
import { openChild } from "../../../infra/local/thread/child.ts";
import type { EchoApi } from "./echo.worker.ts";

const caller = openChild<EchoApi>(new URL("./echo.worker.ts", import.meta.url), {
  name: "echo",
  memoryBytesMax: 512_000_000,
});
const pid = await caller.call("pid", undefined);
if (process.argv[2] === "busy") void caller.call("spin", undefined);
// The child has read what it was asked before.
setImmediate(() => process.stdout.write(String(pid)));
