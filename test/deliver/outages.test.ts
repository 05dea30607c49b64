import { expect, test } from "@jest/globals";
import { registryDown, warehouseDown } from "../../functions/problems.ts";
import { freshMs } from "../../functions/streams/cache.ts";
import { document, hit, receivedAt, setup } from "./setup.ts";

test("what passes by itself is no dead letter: the hit comes again", async () => {
  const { deliver, letters, state, events } = await setup(document, () => ({
    append: () => Promise.reject(warehouseDown({ why: "quota" })),
  }));
  expect(state.ms).toBe(receivedAt);
  expect(await deliver(hit())).toBe("later");
  expect(await letters()).toEqual([]);
  expect(events).toContainEqual(expect.objectContaining({ event: "deliver_failed" }));
});

test("an outage is told once a table and minute, with how many lines were left out", async () => {
  const { deliver, registry, warehouse, events, state } = await setup(document, () => ({
    append: () => Promise.reject(warehouseDown({ why: "away" })),
  }));
  const other = "00000000-0000-4000-8000-00000000000a";
  await registry.write(other, { ...document, table: "other.orders" }, null);
  await warehouse.createDataset({ dataset: "other", table: "" });
  const told = () => events.filter(({ event }) => event === "deliver_failed");
  for (let n = 0; n < 5; n++) {
    expect(await deliver(hit())).toBe("later");
    expect(await deliver(hit({ stream_id: other }))).toBe("later");
  }
  expect(told()).toHaveLength(2);
  state.ms += 60_000;
  expect(await deliver(hit())).toBe("later");
  expect(told().slice(2)).toEqual([expect.objectContaining({ left_out: 4 })]);
  state.ms += 60_000;
  expect(await deliver(hit())).toBe("later");
  expect(told().slice(3)).toEqual([expect.not.objectContaining({ left_out: expect.anything() })]);
});

test("an unknown failure loses no hit either: it comes again", async () => {
  const { deliver } = await setup(document, () => ({
    describe: () => Promise.reject(new Error("bug")),
  }));
  expect(await deliver(hit())).toBe("later");
});

test("a registry that is away delays unknown streams, and makes no dead letters", async () => {
  const { registry, deliver, state } = await setup(document);
  expect(await deliver(hit())).toBe("ack");
  registry.read = () => Promise.reject(registryDown({ why: "away" }));
  state.ms += freshMs;
  expect(await deliver(hit())).toBe("ack");
  expect(await deliver(hit({ stream_id: "00000000-0000-4000-8000-000000000000" }))).toBe("later");
});
