import { expect, test } from "@jest/globals";
import { eventRow, letterRow } from "../../../functions/letters/letter.ts";
import type { JobView } from "../../../functions/letters/job.ts";
import { thisMachine } from "../../../functions/people/who.ts";
import { openPanel } from "../setup.ts";

/** Problems: the dead letters of a stream, and jobs with many of them. */

const stream = "11111111-1111-4111-8111-111111111111";
const at = `/streams/${stream}/problems`;
const deadlineMs = 1_000;
const idOf = (number: number) => `aaaaaaaa-0000-4000-8000-${String(number).padStart(12, "0")}`;

async function open(dates: readonly string[], changed: Parameters<typeof openPanel>[0] = {}) {
  const panel = await openPanel(changed);
  const { registry, warehouse, ports, get, ask } = panel;
  registry.put(stream, { table: "shop.orders", offset: "UTC" });
  for (const dataset of ["shop", "afterclick"]) await warehouse.createDataset({ dataset, table: "" });
  const fail = (number: number, date: string, replay = 0) => {
    const hit = {
      hit_id: idOf(number),
      stream_id: stream,
      received_at: 1,
      date,
      body: Uint8Array.of(1),
      replay,
    };
    // Before any job begins here: the clock stands.
    const why = { reason: "schema_differs", detail: "Fix it.", at: ports.now() - 1 + replay } as const;
    return ports.letters.append("letters", [letterRow(hit, why)], { deadlineMs });
  };
  for (const [number, date] of dates.entries()) await fail(number, date);
  const deliver = (number: number) => {
    const event = { hit_id: idOf(number), attempt: 1, event: "delivered", at: ports.now() } as const;
    return ports.letters.append("events", [eventRow(event)], { deadlineMs });
  };
  const text = async (address: string) =>
    String((await get(address)).body)
      .replaceAll(/<[^>]+>/g, "")
      .replaceAll(/\s+/g, " ");
  const post = async (path: string, fields: Record<string, string> = {}) => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const body = new URLSearchParams(fields).toString();
    return (await ask({ method: "POST", path, headers, body })).headers?.["location"] ?? "";
  };
  const look = async (address: string) => {
    const id = new URL(address, "http://x").searchParams.get("job");
    const { body } = await get(`${at}/jobs/${id}`);
    return (JSON.parse(String(body)) as { job: JobView }).job;
  };
  return { ...panel, fail, deliver, text, post, look };
}

const days = ["2026-11-13", "2026-11-14", "2026-11-15", "2026-11-16", "2026-11-17"];
const range = { since: "2026-11-14", until: "2026-11-16" };
const inRange = `${at}?${new URLSearchParams(range)}`;

test("days choose dead letters; a replay and a discard are asked with the number and the days", async () => {
  const { text, get } = await open(days);
  expect(await text(at)).toContain("5 wait, as of");
  expect(await text(inRange)).toContain("3 of 14 to 16 Nov wait, as of");
  const { body } = await get(inRange);
  expect(body).toContain('name="since" type="date" value="2026-11-14"');
  const to = (name: string) => `${inRange}&${name}=schema_differs`.replaceAll("&", "&amp;");
  for (const name of ["replay", "discard"]) expect(body).toContain(`href="${to(name)}"`);
  const replaying = await text(`${inRange}&replay=schema_differs`);
  expect(replaying).toContain("Replay 3 dead letters of 14 to 16 Nov?");
  expect(replaying).toMatch(/in the views. ?Replay 3 ?Cancel/);
  expect(await text(`${inRange}&discard=schema_differs`)).toContain(
    "Discard 3 dead letters of 14 to 16 Nov?",
  );
  expect(await text(`${at}?replay=schema_differs`)).toContain("Replay 5 dead letters?");
  expect(await text(`${at}?since=2026-12-01`)).toContain("No dead letter since 1 Dec waits.");
  // What is no day is not meant, and two in the wrong order mean what lies between them.
  expect(await text(`${at}?since=2026-02-31&until=x`)).toContain("5 wait, as of");
  expect(await text(`${at}?since=2026-11-16&until=2026-11-14`)).toContain("3 of 14 to 16 Nov wait");
});

test("a replay takes the days that were asked, and the page says what became of its letters", async () => {
  const { post, workOn, look, text, deliver, fail } = await open(days);
  const there = await post(`${at}/replay`, { reason: "schema_differs", ...range });
  expect(await text(there)).toContain("Replay of 3 dead letters of 14 to 16 Nov");
  await workOn();
  expect(await look(there)).toMatchObject({ state: "done", of: 3, done: 3, ...range });
  expect(await text(there)).toContain("3 sent, 0 written, 0 failed again, 3 on their way, as of");
  await deliver(1);
  await deliver(2);
  await fail(3, "2026-11-16", 1);
  const told = await text(there);
  expect(told).toContain("3 sent, 2 written, 1 failed again, as of");
  expect(told).toContain("What failed again waits below");
  expect(told).toContain("3 wait, as of");
});

test("Stop ends a job that runs: what is left waits, and the page says so", async () => {
  const { post, look, text, get, workOn } = await open(days);
  const there = await post(`${at}/replay`, { reason: "schema_differs" });
  const { id } = await look(there);
  const stop = `${at}/jobs/${id}/stop`;
  expect((await get(there)).body).toContain(`action="${stop}"`);
  expect(await post(stop)).toBe(`${at}?job=${id}`);
  await workOn();
  expect(await look(there)).toMatchObject({ state: "stopped", done: 0 });
  const told = await text(there);
  expect(told).toContain("Somebody stopped it, after 0 of 5. What is left waits as before");
  expect(told).toContain("5 wait, as of");
  // Once more: it stays as it is. And one of nobody is no job.
  expect(await post(stop)).toBe(`${at}?job=${id}`);
  expect(await post(`${at}/jobs/98205000000000-0123456789ab/stop`)).toBe("");
});

test("a viewer sees what runs, and no button that changes something", async () => {
  const viewer = { ...thisMachine, role: "viewer" } as const;
  let who: typeof thisMachine = thisMachine;
  const { post, get, text } = await open(days, { personOf: () => who });
  const there = await post(`${at}/replay`, { reason: "schema_differs" });
  who = viewer;
  expect(await text(there)).toContain("Replay of 5 dead letters");
  const { body } = await get(`${there}&replay=schema_differs&discard=schema_differs`);
  expect(body).not.toContain('method="post"');
  expect(body).toContain("An editor can replay or discard them.");
});
