import type { Hit } from "../../../functions/hit.ts";
import { type Reason, eventRow, letterRow } from "../../../functions/letters/letter.ts";
import { batchBytesMax } from "../../../functions/letters/choose.ts";
import { stepMs } from "../../../functions/letters/steps.ts";
import type { JobView } from "../../../functions/letters/job.ts";
import { openAdmin } from "../../support/admin.ts";

export const orders = "11111111-1111-4111-8111-111111111111";

export const leads = "22222222-2222-4222-8222-222222222222";

export const deadlineMs = 1000;

let hits = 0;

export const hit = (more: Partial<Hit> = {}): Hit => ({
  hit_id: `aaaaaaaa-0000-4000-8000-${String(++hits).padStart(12, "0")}`,
  stream_id: orders,
  received_at: Date.UTC(2026, 10, 20, 10),
  body: Uint8Array.of(0xff, 0x00, 0x61),
  date: "2026-11-20",
  ...more,
});

export async function open() {
  const admin = await openAdmin();
  const { warehouse, clock } = admin;
  const fail = (letter: Hit, reason: Reason = "dataset_missing") =>
    admin.letters.append("letters", [letterRow(letter, { reason, detail: "Fix it.", at: clock.ms })], {
      deadlineMs,
    });
  const deliver = (letter: Hit) =>
    admin.letters.append(
      "events",
      [
        eventRow({
          hit_id: letter.hit_id,
          attempt: letter.replay ?? 0,
          event: "delivered",
          at: clock.ms,
        }),
      ],
      { deadlineMs },
    );
  const register = async (id: string, table: string) => {
    admin.registry.put(id, { table, offset: "UTC" });
    await warehouse.createDataset({ dataset: table.split(".")[0]!, table: "" });
  };
  const letters = async (query = "") =>
    (await admin.ask("GET", `/v1/dead-letters${query}`)).json.dead_letters;
  const state = async ({ hit_id }: Hit) => (await admin.ask("GET", `/v1/dead-letters/${hit_id}`)).json.state;
  /** A job from its beginning to its end, or to where it comes later. */
  const job = async (body: object): Promise<JobView> => {
    const { json } = await admin.ask("POST", "/v1/jobs", body);
    await admin.workOn();
    return (await admin.ask("GET", `/v1/jobs/${json.id}`)).json as unknown as JobView;
  };
  const replay = async (body: object) =>
    "hit_id" in body
      ? (await admin.ask("POST", "/v1/dead-letters/replay", body)).json
      : told(await job({ what: "replay", ...body }));
  return { ...admin, fail, deliver, register, letters, state, job, replay };
}

/** A job of `letters`, each of which is a batch and takes a step. */
export async function openJob(letters = 3) {
  const opened = await open();
  const { ask, fail, register, clock, warehouse, steps } = opened;
  const some: Hit[] = [];
  for (let count = 0; count < letters; count++) some.push(hit({ body: new Uint8Array(batchBytesMax) }));
  for (const letter of some) await fail(letter);
  await register(orders, "shop.orders");
  // A batch each, and a step each: its note takes as long as a step may.
  const { append } = warehouse;
  const takes = { ms: stepMs };
  warehouse.append = async (...given) => {
    await append(...given);
    clock.ms += takes.ms;
  };
  const start = async (body: object = { what: "replay" }) =>
    (await ask("POST", "/v1/jobs", body)).json as unknown as JobView;
  const look = async (id: string) => (await ask("GET", `/v1/jobs/${id}`)).json as unknown as JobView;
  /** One call of one step. */
  const workOnce = async () => {
    const verdict = await opened.work(steps.called[0]!);
    if (verdict === "ack") steps.called.shift();
    return verdict;
  };
  return { ...opened, some, takes, start, look, workOnce };
}

/** What came of a job. */
const told = ({ state, done, refused, trouble }: JobView) => ({
  ...(state !== "done" && { state }),
  replayed: done,
  refused,
  ...(trouble !== undefined && { trouble }),
});
