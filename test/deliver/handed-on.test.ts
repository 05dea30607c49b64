import { expect, test } from "@jest/globals";
import type { Hit } from "../../functions/hit.ts";
import { queueDown } from "../../functions/problems.ts";
import { document, hit, orders, setup } from "./setup.ts";

/** Hits of a stream that carries backend events go on behind their row. */

const backend_events = { import: "crm", ev: "=deal", reference_ev: "=lead", reference_id: "orderId" };
const carrying = { ...document, backend_events };

function handing(fails: () => boolean = () => false) {
  const sent: Hit[] = [];
  const imports = {
    async publish(one: Hit) {
      if (fails()) throw queueDown({ why: "away" });
      sent.push(one);
    },
  };
  return { sent, imports };
}

test("behind its row the hit goes on as it came; one of another stream does not", async () => {
  const { sent, imports } = handing();
  const { deliver, rows, registry } = await setup(carrying, undefined, { imports });
  const one = hit();
  expect(await deliver(one)).toBe("ack");
  expect(sent).toEqual([{ ...one, for_import: true }]);
  expect(await rows()).toHaveLength(1);
  const other = "00000000-0000-4000-8000-00000000000a";
  await registry.write(other, document, null);
  expect(await deliver(hit({ stream_id: other }))).toBe("ack");
  expect(sent).toHaveLength(1);
});

test("what cannot go on comes again, and its row is not written twice for that", async () => {
  let isAway = true;
  const { sent, imports } = handing(() => isAway);
  const { deliver, rows } = await setup(carrying, undefined, { imports });
  const one = hit();
  expect([await deliver(one), await deliver(one)]).toEqual(["later", "later"]);
  expect(await rows()).toHaveLength(1);
  isAway = false;
  expect([await deliver(one), sent.length, (await rows()).length]).toEqual(["ack", 1, 1]);
  // A sender's own retry is a repeat, as ever.
  expect([await deliver(one), sent.length, (await rows()).length]).toEqual(["ack", 2, 2]);
});

test("a replay writes the row, also where only the events of an earlier sending are missing", async () => {
  let isAway = true;
  const { sent, imports } = handing(() => isAway);
  const { deliver, rows } = await setup(carrying, undefined, { imports });
  const one = hit();
  expect(await deliver(one)).toBe("later");
  isAway = false;
  expect(await deliver({ ...one, replay: 1 })).toBe("ack");
  expect([sent.length, (await rows()).length]).toEqual([1, 2]);
});

test("without its row nothing goes on: a dead letter makes no backend event before it is replayed", async () => {
  const { sent, imports } = handing();
  const { deliver, letters, warehouse } = await setup({ ...carrying, offset: "nowhere" }, undefined, {
    imports,
  });
  expect(await deliver(hit())).toBe("ack");
  expect([sent, (await letters()).length]).toEqual([[], 1]);
  expect(await warehouse.describe(orders)).toBeUndefined();
  const replayed = await setup(carrying, undefined, { imports });
  expect(await replayed.deliver(hit({ replay: 1 }))).toBe("ack");
  expect(sent).toEqual([expect.not.objectContaining({ replay: 1 })]);
});

test("a hit whose events could not be written to the end is a dead letter, and no second row", async () => {
  const { park, letters, rows, deliver } = await setup(carrying);
  const one = hit();
  expect(await deliver(one)).toBe("ack");
  expect(await park({ ...one, for_import: true })).toBe("ack");
  expect(await letters()).toEqual([
    expect.objectContaining({
      hit_id: one.hit_id,
      reason: "gave_up",
      detail: expect.stringContaining("its row is written"),
    }),
  ]);
  expect(await rows()).toHaveLength(1);
});
