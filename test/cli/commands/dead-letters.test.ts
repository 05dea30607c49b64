import { describe, expect, test } from "@jest/globals";
import { streamRef } from "../../../functions/stream-ref.ts";
import { afterclick, fakeAdmin, problem } from "../../support/cli.ts";
import { hitId, id, leads, letter, orders, other } from "./leads.ts";

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
      "POST /v1/dead-letters/replay": { json: { replayed: 1001, refused: [] } },
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
    expect(admin.asked.at(-1)?.body).toEqual({
      reason: "row_refused",
      by: "tester",
    });
    expect(await replay([], hitId)).toMatchObject({ code: 0, questions: [] });
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
      "POST /v1/dead-letters/replay": {
        json: {
          replayed: 0,
          refused: [{ stream_ref: streamRef(id), why: "The dataset is missing." }],
        },
      },
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

  test("replay and discard go on until there is no more, tell how far they are, and print the sum", async () => {
    const stays = { stream_ref: streamRef(id), why: "The dataset is missing." };
    await using admin = await fakeAdmin({
      ...two,
      "POST /v1/dead-letters/replay": [
        { json: { replayed: 3, refused: [stays], more: true, until: 17 } },
        { json: { replayed: 4, refused: [stays] } },
      ],
      "POST /v1/dead-letters/discard": [
        { json: { discarded: 1, more: true, until: 18 } },
        { json: { discarded: 0 } },
      ],
    });
    expect(await afterclick(replayAll, { url: admin.url })).toMatchObject({
      code: 1,
      out: "7 hits are on the way again.\n",
      err:
        "3 hits are on the way again, of 2 dead letters; going on.\n" +
        `Not replayed (${streamRef(id)}): The dataset is missing.\n`,
    });
    expect(await afterclick(discardAll, { url: admin.url })).toMatchObject({
      code: 0,
      out: "1 dead letter was discarded.\n",
      err: "1 dead letter was discarded, of 2 dead letters; going on.\n",
    });
    expect(admin.asked.flatMap(({ method, body }) => (method === "POST" ? [body] : []))).toEqual([
      { by: "tester" },
      { by: "tester", until: 17 },
      { by: "tester", note: "spam" },
      { by: "tester", note: "spam", until: 18 },
    ]);
  });

  test("a replay or discard that fails midway says how many were done, and that it may be run again", async () => {
    const down = {
      ...problem(503, "queue_down", "The queue is full."),
    };
    Object.assign(down.json as object, { replayed: 2 });
    await using admin = await fakeAdmin({
      ...two,
      "POST /v1/dead-letters/replay": [
        { json: { replayed: 3, refused: [], more: true, until: 17 } },
        down,
        problem(400, "request_refused", "No."),
        (request) => request.socket.destroy(),
      ],
      "POST /v1/dead-letters/discard": [
        { json: { discarded: 3, more: true, until: 17 } },
        (request) => request.socket.destroy(),
      ],
    });
    const run = async (argv: string[]) => (await afterclick(argv, { url: admin.url })).err.split("\n").at(-2);
    expect(await run(replayAll)).toBe(
      "afterclick: The queue is full. (queue_down) Before that: 5 hits are on the way again. Run the same command again for the rest.",
    );
    expect(await run(replayAll)).toBe("afterclick: No. (request_refused)");
    expect(await run(replayAll)).toContain(
      "How many were done is not known. Run the same command again for the rest.",
    );
    expect(await run(discardAll)).toContain(
      "Before that: 3 dead letters were discarded, and perhaps more. Run the same command again for the rest.",
    );
  });

  test("a replay that the platform cuts off is no stranger's answer: part of it may be done, and it may be run again", async () => {
    await using admin = await fakeAdmin({
      ...two,
      "POST /v1/dead-letters/replay": (_request, response) => {
        response.writeHead(504, { "content-type": "text/plain" });
        response.end("upstream request timeout");
      },
    });
    const { code, err } = await afterclick(replayAll, { url: admin.url });
    expect({ code, err }).toEqual({
      code: 1,
      err: `afterclick: The platform in front of ${admin.url} answered for it (HTTP 504): the service took too long, or no instance of it could answer. What was asked for may be done, in part or in whole: look, then ask again. How many were done is not known. Run the same command again for the rest.\n`,
    });
  });

  test("Ctrl-C ends a replay with 130 and says how many were done", async () => {
    const person = new AbortController();
    await using admin = await fakeAdmin({
      ...two,
      "POST /v1/dead-letters/replay": [
        { json: { replayed: 3, refused: [], more: true, until: 17 } },
        () => person.abort(),
      ],
    });
    const { code, err } = await afterclick(replayAll, {
      url: admin.url,
      stopped: person.signal,
    });
    expect(code).toBe(130);
    expect(err).toContain(
      "Interrupted. Before that: 3 hits are on the way again, and perhaps more. Run the same command again for the rest. The server may go on for some minutes",
    );
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
      out: "1 dead letter was discarded.\n",
    });
    expect(admin.asked.map(({ body }) => body)).toEqual([{ hit_id: hitId, note: "spam", by: "tester" }]);
  });
});
