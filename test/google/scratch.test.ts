import { test, expect } from "@jest/globals";
import { startEmulator } from "../support/emulators.ts";
import { openQueue } from "../../infra/google/queue.ts";
test("x", async () => {
  const e = await startEmulator("pubsub");
  try {
    const r = await fetch(`http://${e.address}/v1/projects/p1/topics/hits`, { method: "PUT" });
    expect(r.status).toBe(200);
    const q = openQueue({ project: "p1", topic: "hits", emulator: e.address });
    await q.check();
    const hit = { hit_id: "522ed95e-9f07-45f6-a0b7-28bf2d0315e5", stream_id: "522ed95e-9f07-45f6-a0b7-28bf2d0315e5", received_at: 1, body: Buffer.from([255, 0]), query: "ü".repeat(300) };
    await Promise.all([1,2,3,4,5,6].map(() => q.publish(hit, { deadlineMs: 5000 })));
    const none = openQueue({ project: "p1", topic: "none", emulator: e.address });
    await expect(none.publish(hit, {deadlineMs: 5000})).rejects.toMatchObject({code: "queue_down"});
    await none.close();
    await q.close();
  } finally { await e.stop(); }
});
