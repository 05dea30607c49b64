import { expect, test } from "@jest/globals";
import type { Told } from "../../../functions/import/bucket/receive.ts";
import type { Worked } from "../../../functions/import/load/work.ts";
import { filesDown } from "../../../functions/problems.ts";
import { importHandler, worker } from "../../../infra/google/queue/notices.ts";
import { request } from "../../support/request.ts";

/** What import is called with, and what it answers. */

function open(worked: "none" | "more" | "held" = "none") {
  const seen = { received: [] as Told[], swept: 0, woken: 0, worked: 0, said: [] as string[] };
  const doors = {
    work: async () => {
      seen.worked += 1;
      return worked;
    },
    receive: async (object: Told) => seen.received.push(object) > 0,
    sweep: async () => (seen.swept += 1),
    wake: async () => void (seen.woken += 1),
    bucket: "drop",
    log: (_: string, line: string) => void seen.said.push(line),
  };
  const handler = importHandler(doors);
  const post = async (path: string, body: string, method = "POST") =>
    (await handler(request({ method, path, body: Buffer.from(body) }))).status;
  return { doors, seen, post };
}

const push = (attributes: Record<string, string>, data = "") =>
  JSON.stringify({ message: { messageId: "1", data: Buffer.from(data).toString("base64"), attributes } });
const notice = {
  eventType: "OBJECT_FINALIZE",
  bucketId: "drop",
  objectId: "crm/in/day.csv",
  objectGeneration: "1764230000000000",
};

test("a notice of an object is taken, and what waits is worked on, before it is acknowledged", async () => {
  const { post, seen } = open();
  expect(await post("/", push(notice))).toBe(204);
  expect(seen).toMatchObject({
    received: [{ name: "crm/in/day.csv", generation: "1764230000000000" }],
    worked: 1,
    woken: 0,
  });
});

test.each([
  ["without an object", {}],
  ["of another bucket", { ...notice, bucketId: "other" }],
  ["of an object that is removed", { ...notice, eventType: "OBJECT_DELETE" }],
  ["without a generation", { ...notice, objectGeneration: "" }],
  ["with a generation that is none", { ...notice, objectGeneration: "1e9" }],
])("a message %s takes nothing; what waits is worked on", async (_, attributes) => {
  const { post, seen } = open();
  expect(await post("/", push(attributes, "{}"))).toBe(204);
  expect([seen.received, seen.worked]).toEqual([[], 1]);
});

test("the clock has the bucket looked through", async () => {
  const { post, seen } = open();
  expect(await post("/sweep", "")).toBe(204);
  expect([seen.swept, seen.worked]).toEqual([1, 1]);
});

test("what is left when the time is over gets a push of its own; what somebody else works on comes again", async () => {
  const more = open("more");
  expect(await more.post("/", push({}))).toBe(204);
  expect(more.seen.woken).toBe(1);
  const held = open("held");
  expect(await held.post("/", push({}))).toBe(503);
  expect(held.seen.woken).toBe(0);
});

test("what fails comes again, and is logged without what stands in it", async () => {
  const { doors, seen } = open();
  for (const failing of [
    { ...doors, receive: () => Promise.reject(filesDown({ why: "away" })) },
    { ...doors, work: () => Promise.reject(new Error("a fault")) },
  ]) {
    const reply = await importHandler(failing)(
      request({ method: "POST", path: "/", body: Buffer.from(push(notice)) }),
    );
    expect(reply.status).toBe(503);
  }
  expect(seen.said).toHaveLength(2);
});

test("anything else is refused", async () => {
  const { post, seen } = open();
  await expect(post("/", "{}")).rejects.toMatchObject({ status: 400 });
  await expect(post("/other", push(notice))).rejects.toMatchObject({ status: 404 });
  await expect(post("/sweep", "", "GET")).rejects.toMatchObject({ status: 405 });
  expect(seen.worked).toBe(0);
});

test("all who ask at once share the work, and what comes meanwhile is seen", async () => {
  const files = ["a"];
  let begun = 0;
  let openGate = (): void => undefined;
  const gate = new Promise<void>((resolve) => (openGate = resolve));
  const work = worker(
    async (): Promise<Worked> => {
      begun += 1;
      if (begun === 1) await gate;
      return files.pop() === undefined ? "none" : "one";
    },
    { workMs: 1_000, elapsedMs: () => 0 },
  );
  const first = work();
  files.push("b");
  const second = work();
  openGate();
  expect(await Promise.all([first, second])).toEqual(["none", "none"]);
  expect(files).toEqual([]);
  files.push("c");
  expect(await work()).toBe("none");
  expect(files).toEqual([]);
});

test("no file is begun once the time is over", async () => {
  let elapsed = 0;
  let begun = 0;
  const work = worker(
    async () => {
      begun += 1;
      elapsed += 400;
      return "one";
    },
    { workMs: 1_000, elapsedMs: () => elapsed },
  );
  expect(await work()).toBe("more");
  expect(begun).toBe(3);
});

test("a fault ends the work of all who wait for it, and the next one begins anew", async () => {
  let fails = true;
  const work = worker(
    async () => {
      if (fails) throw new Error("a fault");
      return "none";
    },
    { workMs: 1_000, elapsedMs: () => 0 },
  );
  const both = await Promise.allSettled([work(), work()]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  fails = false;
  expect(await work()).toBe("none");
});
