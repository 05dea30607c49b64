import { describe, expect, test } from "@jest/globals";
import { streamRef } from "../../../functions/stream-ref.ts";
import { afterclick, fakeAdmin } from "../../support/cli.ts";
import { hitId, id, leads, letter, orders, other } from "./leads.ts";

const stays = { stream_ref: streamRef(id), why: "The dataset is missing." };
const done = {
  id: "98205000000000-0123456789ab",
  what: "replay",
  state: "done",
  done: 0,
  of: 2,
  refused: [],
  started_at: 1_795_000_000_000,
  updated_at: 1_795_000_000_000,
};

const days = { since: "2026-11-14", until: "2026-11-16" };

describe("dead letters", () => {
  test("list and show", async () => {
    const body = { ...letter, body_base64: "AP8=", text: "\0\u001b[2J" };
    await using admin = await fakeAdmin({
      "GET /v1/dead-letters": { json: { dead_letters: [letter] } },
      [`GET /v1/dead-letters/${hitId}`]: { json: body },
    });
    const { out } = await afterclick(["dead-letters", "list", "--stream", id, "--reason", "schema_differs"], {
      url: admin.url,
    });
    expect(out).toContain(
      `${hitId} | ${streamRef(id)} | schema_differs | 2020-10-19T18:17:32Z |       0 | The table`,
    );
    expect(admin.asked[0]?.path).toBe(
      `/v1/dead-letters?state=waiting&stream_id=${id}&reason=schema_differs&limit=100`,
    );
    const shown = await afterclick(["dead-letters", "show", hitId], {
      url: admin.url,
    });
    expect(shown.out).toContain(letter.detail);
    expect(shown.out).toContain("\\x00\\x1b[2J");
    expect(
      JSON.parse(
        (
          await afterclick(["dead-letters", "show", hitId, "--json"], {
            url: admin.url,
          })
        ).out,
      ),
    ).toEqual(body);
  });

  test("list names the stream as --stream takes it: by a name that only it has, else by its reference", async () => {
    const of = (streamId: string) => ({ ...letter, stream_ref: streamRef(streamId) });
    const third = "11111111-1111-4111-8111-111111111111";
    await using admin = await fakeAdmin({
      "GET /v1/dead-letters": {
        json: { dead_letters: [of(id), of(other), of(third)] },
      },
      "GET /v1/streams": {
        json: {
          streams: [leads, orders, { ...orders, id: third }],
        },
      },
    });
    const { out } = await afterclick(["dead-letters", "list"], {
      url: admin.url,
    });
    expect(out).toContain(`${hitId} | Leads  `);
    expect(out).toContain(`${hitId} | ${streamRef(other)} | schema_differs`);
    expect(out).toContain(`${hitId} | ${streamRef(third)} | schema_differs`);
  });

  test("replay that cannot ask says first that there is no such stream", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/streams": { json: { streams: [leads] } },
    });
    const { code, err } = await afterclick(["dead-letters", "replay", "--stream", "Orders"], {
      url: admin.url,
    });
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining("No stream has the id, name or table"),
    });
  });

  test("replay counts and asks before it sends several; one needs no question", async () => {
    const thousand = {
      json: { dead_letters: Array.from({ length: 1000 }, () => letter) },
    };
    await using admin = await fakeAdmin({
      "GET /v1/dead-letters?state=waiting&reason=row_refused&limit=1000": thousand,
      "GET /v1/dead-letters?state=waiting&reason=row_refused&limit=1000&offset=1000": {
        json: { dead_letters: [letter] },
      },
      "POST /v1/dead-letters/replay": { json: { replayed: 1 } },
      "POST /v1/jobs": { status: 202, json: { ...done, done: 1001, of: 1001 } },
    });
    const replay = (answers: string[], ...more: string[]) =>
      afterclick(["dead-letters", "replay", ...more], {
        url: admin.url,
        answers,
      });
    const no = await replay(["n"], "--reason", "row_refused");
    expect(no).toMatchObject({
      code: 1,
      questions: ["Replay 1001 dead letters? [y/N] "],
      err: "afterclick: Nothing was done.\n",
    });
    expect(admin.asked.some(({ method }) => method === "POST")).toBe(false);
    expect(await replay(["y"], "--reason", "row_refused")).toMatchObject({
      code: 0,
      out: "1001 hits are on the way again.\n",
    });
    expect(admin.asked.at(-1)?.body).toEqual({ what: "replay", reason: "row_refused", by: "tester" });
    expect(await replay([], hitId)).toMatchObject({
      code: 0,
      questions: [],
      out: "1 hit is on the way again.\n",
    });
    expect(admin.asked.at(-1)?.body).toEqual({ hit_id: hitId, by: "tester" });
    const apart = await afterclick(["dead-letters", "replay", hitId, "--let-through"], { url: admin.url });
    expect(apart.code).toBe(0);
    expect(admin.asked.at(-1)?.body).toMatchObject({ hit_id: hitId, let_through: true });
    const many = await afterclick(["dead-letters", "replay", "--all", "--yes", "--let-through"], {
      url: admin.url,
    });
    expect(many).toMatchObject({ code: 2, err: expect.stringContaining("--let-through needs a HIT_ID") });
  });

  test("what was not replayed is said, exit code 1; nothing waiting is no failure", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/dead-letters": [{ json: { dead_letters: [letter] } }, { json: { dead_letters: [] } }],
      "POST /v1/jobs": { status: 202, json: { ...done, refused: [stays] } },
    });
    const all = () =>
      afterclick(["dead-letters", "replay", "--all", "--yes"], {
        url: admin.url,
      });
    expect(await all()).toMatchObject({
      code: 1,
      err: `Not replayed (${streamRef(id)}): The dataset is missing.\n`,
    });
    expect(await all()).toMatchObject({
      code: 0,
      err: expect.stringContaining("nothing was replayed"),
    });
  });

  const two = {
    "GET /v1/dead-letters": { json: { dead_letters: [letter, letter] } },
  };
  const replayAll = ["dead-letters", "replay", "--all", "--yes"];
  const discardAll = "dead-letters discard --all --yes --note spam".split(" ");
  const begun = { status: 202, json: { ...done, state: "running" } };

  test("replay and discard of many watch the job, tell how far it is, and print what came of it", async () => {
    const of = { of: 7 };
    await using admin = await fakeAdmin({
      ...two,
      "POST /v1/jobs": begun,
      [`GET /v1/jobs/${done.id}`]: [
        { json: { ...done, ...of, state: "running", done: 3 } },
        { json: { ...done, ...of, state: "running", done: 3, trouble: "The queue is full." } },
        { json: { ...done, ...of, done: 7, refused: [stays], refused_more: 2 } },
        { json: { ...done, what: "discard", done: 1, about: true } },
      ],
    });
    expect(await afterclick(replayAll, { url: admin.url })).toMatchObject({
      code: 1,
      out: "7 hits are on the way again.\n",
      err:
        "3 hits are on the way again, of 7 dead letters; going on.\n" +
        "The queue is full. It is tried again.\n" +
        `Not replayed (${streamRef(id)}): The dataset is missing.\nAnd 2 streams more.\n`,
    });
    expect(await afterclick(discardAll, { url: admin.url })).toMatchObject({
      code: 0,
      out: "About 1 dead letter is discarded.\n",
      err: "",
    });
    expect(admin.asked.flatMap(({ method, body }) => (method === "POST" ? [body] : []))).toEqual([
      { what: "replay", by: "tester" },
      { what: "discard", by: "tester", note: "spam" },
    ]);
  });

  test("a job that ended early says how many were done, and that it may be begun again", async () => {
    await using admin = await fakeAdmin({
      ...two,
      "POST /v1/jobs": begun,
      [`GET /v1/jobs/${done.id}`]: {
        json: { ...done, state: "failed", done: 5, of: 9, trouble: "The table is forbidden." },
      },
    });
    const { code, err } = await afterclick(replayAll, { url: admin.url });
    expect({ code, err }).toEqual({
      code: 1,
      err: "afterclick: The table is forbidden. 5 hits are on the way again, of 9 dead letters. What still waits can be begun again.\n",
    });
  });

  test("Ctrl-C ends the watching with 130 and says where the job is seen", async () => {
    const person = new AbortController();
    await using admin = await fakeAdmin({
      ...two,
      "POST /v1/jobs": begun,
      [`GET /v1/jobs/${done.id}`]: () => person.abort(),
    });
    const { code, err } = await afterclick(replayAll, { url: admin.url, stopped: person.signal });
    expect(code).toBe(130);
    expect(err).toContain(`The server goes on with it. Look again: afterclick jobs show ${done.id}`);
  });

  test("jobs list and show tell how far they are", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/jobs": [
        { json: { jobs: [{ ...done, stream_ref: streamRef(id), ...days, by: "ann", done: 3, of: 4 }] } },
        { json: { jobs: [] } },
      ],
      "GET /v1/streams": { json: { streams: [leads, orders] } },
      [`GET /v1/jobs/${done.id}`]: { json: { ...done, done: 3 } },
    });
    const list = () => afterclick(["jobs", "list"], { url: admin.url });
    expect((await list()).out).toMatch(
      new RegExp(
        `${done.id} \\| replay \\| Leads +\\| all +\\| 2026-11-14 to 2026-11-16 +\\| done +\\| 3 +\\| 4 +\\| ann`,
      ),
    );
    expect((await list()).err).toContain("There was no job yet");
    expect(await afterclick(["jobs", "show", done.id], { url: admin.url })).toMatchObject({
      code: 0,
      out: "3 hits are on the way again.\n",
    });
    const { out } = await afterclick(["jobs", "show", done.id, "--json"], { url: admin.url });
    expect(JSON.parse(out)).toMatchObject({ id: done.id, done: 3 });
  });

  const outcome = { sent: 7, written: 5, failed_again: 0, on_their_way: 2, discarded: 0, replayed_again: 0 };

  test("a replay tells what became of what it sent, once that is known", async () => {
    const ended = { ...done, done: 7, of: 7 };
    await using admin = await fakeAdmin({
      ...two,
      "POST /v1/jobs": begun,
      [`GET /v1/jobs/${done.id}`]: [
        { json: { ...ended, outcome } },
        { json: { ...ended, outcome: { ...outcome, written: 6, failed_again: 1, on_their_way: 0 } } },
      ],
    });
    expect(await afterclick(replayAll, { url: admin.url })).toMatchObject({
      code: 1,
      out: "7 sent, 6 written, 1 failed again.\n",
      err: "afterclick dead-letters list tells why they failed again.\n",
    });
  });

  test("what is on its way for longer is told as that, and where to look for it", async () => {
    const since = { ...outcome, discarded: 1, replayed_again: 3 };
    await using admin = await fakeAdmin({
      [`GET /v1/jobs/${done.id}`]: { json: { ...done, done: 7, of: 7, outcome: since } },
    });
    expect(await afterclick(["jobs", "show", done.id], { url: admin.url })).toMatchObject({
      code: 0,
      out: "7 sent, 5 written, 0 failed again, 2 on their way, 1 discarded since, 3 replayed again since.\n",
      err: `Later, afterclick jobs show ${done.id} tells what became of those on their way.\n`,
    });
    expect(admin.asked.length).toBeLessThan(10);
  });

  test("jobs stop ends one, waits for the batch that has begun, and says what is left", async () => {
    const stopped = { ...done, state: "stopped", stopped_by: "ann", done: 3, of: 7 };
    await using admin = await fakeAdmin({
      [`POST /v1/jobs/${done.id}/stop`]: { json: { ...stopped, state: "running", stopping: true } },
      [`GET /v1/jobs/${done.id}`]: [
        { json: { ...stopped, state: "running", stopping: true, done: 2 } },
        { json: { ...stopped, outcome: { ...outcome, sent: 3, written: 3, on_their_way: 0 } } },
      ],
    });
    expect(await afterclick(["jobs", "stop", done.id], { url: admin.url })).toMatchObject({
      code: 1,
      out: "3 sent, 3 written, 0 failed again.\n",
      err: "ann stopped it: 3 hits are on the way again, of 7 dead letters. What is left still waits, and can be begun again.\n",
    });
    expect(admin.asked[0]).toMatchObject({ method: "POST", body: { by: "tester" } });
  });

  test("days choose letters: they are counted first, and the question names them", async () => {
    const query = "state=waiting&since=2026-11-14&until=2026-11-16";
    await using admin = await fakeAdmin({
      [`GET /v1/dead-letters?${query}&limit=1000`]: { json: { dead_letters: [letter, letter] } },
      [`GET /v1/dead-letters?${query}&limit=100`]: { json: { dead_letters: [letter] } },
      "POST /v1/jobs": { status: 202, json: done },
    });
    const typed = ["--since", "2026-11-14", "--until", "2026-11-16"];
    const { questions } = await afterclick(["dead-letters", "replay", ...typed], {
      url: admin.url,
      answers: ["y"],
    });
    expect(questions).toEqual(["Replay 2 dead letters of 2026-11-14 to 2026-11-16? [y/N] "]);
    expect(admin.asked.at(-1)?.body).toEqual({ what: "replay", ...days, by: "tester" });
    expect((await afterclick(["dead-letters", "list", ...typed], { url: admin.url })).code).toBe(0);
    const odd = await afterclick(["dead-letters", "replay", "--since", "2026-02-31"], { url: admin.url });
    expect(odd).toMatchObject({ code: 2, err: expect.stringContaining("allowed is a day as YYYY-MM-DD") });
  });

  test("discard asks always and sends the note", async () => {
    await using admin = await fakeAdmin({
      "POST /v1/dead-letters/discard": { json: { discarded: 1 } },
    });
    const discard = (answers: string[]) =>
      afterclick(["dead-letters", "discard", hitId, "--note", " spam "], {
        url: admin.url,
        answers,
      });
    expect((await discard([])).code).toBe(1);
    expect(await discard(["yes"])).toMatchObject({
      code: 0,
      out: "1 dead letter is discarded.\n",
    });
    expect(admin.asked.map(({ body }) => body)).toEqual([{ hit_id: hitId, note: "spam", by: "tester" }]);
  });
});
