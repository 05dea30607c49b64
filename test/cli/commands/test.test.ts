import { describe, expect, test } from "@jest/globals";
import { type Answer, afterclick, fakeAdmin, problem } from "../../support/cli.ts";
import { hitId, id, leads, letter, row, searched } from "./leads.ts";

describe("test", () => {
  const accepted: Answer = {
    json: { hit_id: hitId },
    headers: { "afterclick-hit-id": hitId },
  };
  const view = (json: object) => ({
    json: { hit_id: hitId, rows: [], queue: "absent", searched, ...json },
  });
  const waiting = view({ state: "waiting", queue: "waiting" });
  const setUp = (stream: object, answers: Record<string, Answer | Answer[]>) =>
    fakeAdmin({
      // The endpoint is this very server: its address is known only once it runs.
      [`GET /v1/streams/${id}`]: (request, response) => {
        const endpoint = `http://${request.headers.host}/ds/${id}`;
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ ...leads, endpoint, ...stream }));
      },
      [`POST /ds/${id}`]: accepted,
      ...answers,
    });

  test("sends a marked hit through the public address and shows each step up to the row", async () => {
    await using admin = await setUp(
      {},
      {
        [`GET /v1/hits/${hitId}`]: [
          waiting,
          waiting,
          view({ state: "in_table", rows: [{ table: "crm.leads", row }] }),
        ],
      },
    );
    const { code, out } = await afterclick(["test", id], { url: admin.url });
    expect(code).toBe(0);
    const steps = [
      "sent +HTTP 200 in \\d+ ms",
      `acknowledged +hit_id ${hitId}`,
      "left the queue",
      "row found +crm.leads",
      "payload +orderId=N1",
    ];
    expect(out).toMatch(new RegExp(steps.join("[^]*")));
    const sent = admin.asked.find(({ path }) => path === `/ds/${id}`);
    expect(sent?.headers).toMatchObject({
      "afterclick-test": "true",
      "content-type": "application/x-www-form-urlencoded",
    });
    expect(sent?.body).toMatch(/^orderId=TEST-\d{14}&status=test$/);
  });

  test("sends an empty body where one is given, and takes an answer that has none", async () => {
    const rows = view({
      state: "in_table",
      rows: [{ table: "crm.leads", row }],
    });
    const mute: Answer = { ...accepted, status: 204 };
    await using admin = await setUp({}, { [`POST /ds/${id}`]: mute, [`GET /v1/hits/${hitId}`]: rows });
    const { code } = await afterclick(["test", id, "--body", ""], {
      url: admin.url,
    });
    expect(code).toBe(0);
    const sent = admin.asked.find(({ path }) => path === `/ds/${id}`);
    expect([sent?.body, sent?.headers["content-length"]]).toEqual(["", "0"]);
  });

  test("looks for its row in the stream's own table, from yesterday on: each look costs", async () => {
    const rows = view({
      state: "in_table",
      rows: [{ table: "crm.leads", row }],
    });
    await using admin = await setUp({}, { [`GET /v1/hits/${hitId}`]: [waiting, rows] });
    const before = Date.now();
    await afterclick(["test", id], { url: admin.url });
    const days = [before, Date.now()].map((ms) => new Date(ms - 86_400_000).toISOString().slice(0, 10));
    const looks = admin.asked.filter(({ path }) => path.startsWith("/v1/hits"));
    expect(looks).toHaveLength(2);
    for (const { path } of looks) {
      const { searchParams } = new URL(path, admin.url);
      expect(searchParams.get("stream_id")).toBe(id);
      expect(days).toContain(searchParams.get("since"));
    }
  });

  test("fits its body to the stream's key and methods, or takes the one given", async () => {
    const rows = view({
      state: "in_table",
      rows: [{ table: "crm.leads", row }],
    });
    await using nested = await setUp({ key: "order.id" }, { [`GET /v1/hits/${hitId}`]: rows });
    await afterclick(["test", id], { url: nested.url });
    expect(nested.asked[1]?.body).toEqual({
      order: { id: expect.stringMatching(/^TEST-/) },
      status: "test",
    });
    await afterclick(["test", id, "--body", "<x/>", "--content-type", "text/xml"], { url: nested.url });
    expect(nested.asked.findLast(({ path }) => path.startsWith("/ds/"))).toMatchObject({
      body: "<x/>",
      headers: { "content-type": "text/xml" },
    });
    await using get = await setUp(
      { methods: ["GET"] },
      { [`GET /v1/hits/${hitId}`]: rows, [`GET /ds/${id}`]: accepted },
    );
    expect((await afterclick(["test", id, "--body", "a=1"], { url: get.url })).code).toBe(0);
    expect(get.asked[1]).toMatchObject({
      method: "GET",
      path: `/ds/${id}?a=1`,
    });
  });

  test("a dead letter is shown with its reason, exit code 1", async () => {
    await using admin = await setUp(
      {},
      {
        [`GET /v1/hits/${hitId}`]: view({
          state: "dead_letter",
          dead_letter: letter,
        }),
      },
    );
    const { code, out, err } = await afterclick(["test", id], {
      url: admin.url,
    });
    expect(code).toBe(1);
    expect(out).toContain(letter.detail);
    expect(err).toContain(`dead-letters replay ${hitId}`);
  });

  test("gives up after its time with 4 and says where the hit is", async () => {
    await using admin = await setUp({}, { [`GET /v1/hits/${hitId}`]: waiting });
    const { code, err } = await afterclick(["test", id, "--timeout", "1"], {
      url: admin.url,
      waits: { pollMs: [100] },
    });
    expect(code).toBe(4);
    expect(err).toContain("It waits in the queue still");
    expect(err).toContain(`afterclick hit ${hitId}`);
  });

  test("a refusal of the endpoint is quoted; an endpoint that is not Afterclick or not there is told", async () => {
    await using paused = await setUp(
      {},
      {
        [`POST /ds/${id}`]: problem(503, "stream_paused", "This stream is paused."),
      },
    );
    expect(await afterclick(["test", id], { url: paused.url })).toMatchObject({
      code: 1,
      err: "afterclick: This stream is paused. (stream_paused)\n",
    });
    await using stranger = await setUp({}, { [`POST /ds/${id}`]: { json: {} } });
    expect((await afterclick(["test", id], { url: stranger.url })).err).toContain("COLLECT_URL");
    await using away = await setUp({ endpoint: `http://127.0.0.1:9/ds/${id}` }, {});
    const { code, err } = await afterclick(["test", id], { url: away.url });
    expect({ code, err }).toEqual({
      code: 3,
      err: expect.stringContaining("http://127.0.0.1:9 cannot be reached from here (connection refused)"),
    });
  });
});
