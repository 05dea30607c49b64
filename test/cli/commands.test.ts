import { describe, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { streamRef } from "../../functions/stream-ref.ts";
import { afterclick, type Answer, fakeAdmin, problem } from "../support/cli.ts";

const id = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
const other = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
const hitId = "3f0c2b1e-0000-4000-8000-000000000000";
const leads = {
  id,
  name: "Leads",
  table: "crm.leads",
  offset: "+03:00",
  state: "active",
  endpoint: `https://hits.example.com/ds/${id}`,
  curl: `curl -d orderId=N1 https://hits.example.com/ds/${id}`,
  valid: true,
  problems: [],
  warnings: ["the dataset crm does not exist"],
  reachable: true,
};
const orders = { ...leads, id: other, name: "Orders", warnings: [] };

describe("streams", () => {
  test("add sends the fields and prints the endpoint and the curl line whole", async () => {
    await using admin = await fakeAdmin({
      "POST /v1/streams": { status: 201, json: leads },
    });
    const argv = [
      "streams",
      "add",
      "--table",
      "crm.leads",
      "--offset",
      "-05:30",
      "--name",
      "Leads",
      "--methods",
      "post,get",
    ];
    const { code, out, err } = await afterclick(argv, {
      url: admin.url,
      width: 40,
    });
    expect(code).toBe(0);
    expect(admin.asked[0]?.body).toEqual({
      table: "crm.leads",
      offset: "-05:30",
      name: "Leads",
      methods: ["POST", "GET"],
    });
    expect(out).toContain(leads.endpoint);
    expect(out).toContain(leads.curl);
    expect(err).toBe("Leads: note: the dataset crm does not exist\n");
  });

  test("list shows each stream on a line, and what is wrong with it as a message", async () => {
    const broken = {
      id: "by-hand",
      valid: false,
      reachable: false,
      problems: ["offset is missing"],
      suggested_id: other,
    };
    await using admin = await fakeAdmin({
      "GET /v1/streams": { json: { streams: [leads, broken] } },
    });
    const { out, err } = await afterclick(["streams", "list"], {
      url: admin.url,
    });
    expect(out).toContain(`${id} | Leads | crm.leads | +03:00 | active`);
    expect(out).toMatch(/^by-hand .* invalid$/m);
    expect(err).toContain("by-hand: offset is missing");
    expect(err).toContain(other);
    expect(JSON.parse((await afterclick(["streams", "list", "--json"], { url: admin.url })).out)).toEqual([
      leads,
      broken,
    ]);
    await afterclick(["streams", "list", "--removed"], { url: admin.url });
    expect(admin.asked.at(-1)?.path).toBe("/v1/streams?removed=true");
  });

  test("what is wrong with a stream names it, also where its name is empty or not its own", async () => {
    const warnings = ["look"];
    const streams = [
      { ...leads, name: "", warnings },
      { ...orders, name: "Twice", warnings },
      { ...leads, name: "Twice", warnings },
    ];
    await using admin = await fakeAdmin({
      "GET /v1/streams": { json: { streams } },
    });
    const { err } = await afterclick(["streams", "list"], { url: admin.url });
    expect(err).toBe(`${id}: note: look\nTwice (${other}): note: look\nTwice (${id}): note: look\n`);
  });

  test("are named by id, by exact name, or by a table that only one writes to", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/streams": {
        json: {
          streams: [leads, orders, { ...orders, id: "x", name: "Third", table: "a.b" }],
        },
      },
      [`GET /v1/streams/${id}`]: { json: leads },
    });
    const show = (stream: string) => afterclick(["streams", "show", stream], { url: admin.url });
    expect((await show(id.toUpperCase())).out).toContain(id);
    expect((await show("Orders")).out).toContain(other);
    expect((await show("a.b")).out).toContain("Third");
    const several = await show("crm.leads");
    expect(several).toMatchObject({ code: 1, out: "" });
    expect(several.err).toContain(`2 streams have the table "crm.leads": ${id} (Leads), ${other} (Orders).`);
    expect((await show("leads")).err).toContain('No stream has the id, name or table "leads"; there are');
  });

  test("update changes and clears fields, pause and resume the state", async () => {
    await using admin = await fakeAdmin({
      [`GET /v1/streams/${id}`]: { json: leads },
      [`PATCH /v1/streams/${id}`]: { json: { ...leads, state: "paused" } },
    });
    await afterclick(["streams", "update", id, "--key", "leadId", "--clear", "name", "--clear", "updated"], {
      url: admin.url,
    });
    expect(admin.asked.at(-1)?.body).toEqual({
      key: "leadId",
      name: null,
      updated: null,
    });
    expect((await afterclick(["streams", "pause", id], { url: admin.url })).out).toBe("Leads is paused.\n");
    expect(admin.asked.at(-1)?.body).toEqual({ state: "paused" });
    await afterclick(["streams", "resume", id], { url: admin.url });
    expect(admin.asked.at(-1)?.body).toEqual({ state: "active" });
  });

  test("remove promises no 410 of an id that has no address", async () => {
    const byHand = {
      ...leads,
      id: "my-crm",
      reachable: false,
      endpoint: undefined,
    };
    await using admin = await fakeAdmin({
      "GET /v1/streams": { json: { streams: [byHand] } },
      "DELETE /v1/streams/my-crm": { json: { ...byHand, state: "closed" } },
    });
    const remove = (...argv: string[]) =>
      afterclick(["streams", "remove", "my-crm", ...argv], {
        url: admin.url,
        answers: ["my-crm"],
      });
    const asked = await remove();
    expect(asked.err).toContain("closes for ever: no hit can reach its id.");
    expect((await remove("--yes")).out).toBe(
      "Leads is removed: no hit could reach its id, which is no UUID in lower case.\n",
    );
    expect(asked.err + asked.out).not.toContain("410");
  });

  test("remove wants the name or id typed, unless --yes", async () => {
    await using admin = await fakeAdmin({
      [`GET /v1/streams/${id}`]: { json: leads },
      [`DELETE /v1/streams/${id}`]: { json: { ...leads, state: "closed" } },
    });
    const removed = () => admin.asked.filter(({ method }) => method === "DELETE").length;
    const remove = (answers: string[]) => afterclick(["streams", "remove", id], { url: admin.url, answers });
    for (const answer of [["y"], [""], []]) {
      expect(await remove(answer)).toMatchObject({
        code: 1,
        err: expect.stringContaining("nothing was removed"),
      });
    }
    expect(removed()).toBe(0);
    expect((await remove(["Leads"])).code).toBe(0);
    expect((await remove([id])).code).toBe(0);
    expect((await afterclick(["streams", "remove", id, "--yes"], { url: admin.url })).code).toBe(0);
    expect(removed()).toBe(3);
  });
});

describe("rows and queries", () => {
  const answer = {
    table: "example.orders",
    columns: ["hit_id", "payload", "received_at", "date", "is_test"],
    rows: [[hitId, "orderId=N1&\u001b[31mstatus=delivered", 1603131452000, "2020-10-19", null]],
  };

  test("rows shows the four columns of the promise; --all and --json the others", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/tables/example.orders/rows": { json: answer },
    });
    const rows = (...more: string[]) => afterclick(["rows", "example.orders", ...more], { url: admin.url });
    const lines = (await rows()).out.split("\n");
    expect(lines[0]?.split("|").map((cell) => cell.trim())).toEqual([
      "hit_id",
      "payload",
      "received_at",
      "date",
    ]);
    expect(lines[2]).toBe(`${hitId} | orderId=N1&\\x1b[31mstatus=delivered | 1603131452000 | 2020-10-19`);
    expect((await rows("--all")).out).toContain("is_test");
    expect(JSON.parse((await rows("--json", "--limit", "5")).out)[0]).toMatchObject({
      payload: answer.rows[0]![1],
      is_test: null,
    });
    expect(admin.asked.at(-1)?.path).toBe("/v1/tables/example.orders/rows?limit=5&order=newest");
  });

  test("rows cuts the payload on a screen, never the rest", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/tables/example.orders/rows": { json: answer },
    });
    const { out } = await afterclick(["rows", "example.orders"], {
      url: admin.url,
      width: 90,
    });
    expect(out.split("\n")[2]).toMatch(new RegExp(`^${hitId} \\| .*… \\| 1603131452000 \\| 2020-10-19$`));
    expect(out).not.toContain("\u001b");
  });

  test("rows too large for one answer are shown as far as they fit, and it is said", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/tables/example.orders/rows": {
        json: { ...answer, truncated: true },
      },
    });
    const told =
      "Only the newest 1 rows are shown: --limit 20 of them are too large for one answer. " +
      "afterclick export writes them all to a file.\n";
    for (const more of [[], ["--json"]]) {
      const { code, out, err } = await afterclick(["rows", "example.orders", ...more], { url: admin.url });
      expect({ code, err }).toEqual({ code: 0, err: told });
      expect(out).toContain(hitId);
    }
  });

  test("an empty table is said to be empty; a missing one is the server's word", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/tables/a.b/rows": { json: { ...answer, rows: [] } },
      "GET /v1/tables/a%2Fb/rows": problem(404, "table_missing", "The table a/b does not exist."),
    });
    expect((await afterclick(["rows", "a.b"], { url: admin.url })).err).toBe("a.b has no row yet.\n");
    expect(await afterclick(["rows", "a/b"], { url: admin.url })).toMatchObject({
      code: 1,
      err: expect.stringContaining("(table_missing)"),
    });
  });

  test("query prints a table, CSV or JSON, and says when the result was cut", async () => {
    const json = {
      columns: [{ name: "date" }, { name: "n" }],
      rows: [["2020-10-19", "9007199254740993"]],
      truncated: true,
    };
    await using admin = await fakeAdmin({ "POST /v1/query": { json } });
    const query = (...more: string[]) => afterclick(["query", "select 1", ...more], { url: admin.url });
    const plain = await query("--limit", "1", "--deadline", "5");
    expect(plain.out).toContain("2020-10-19 | 9007199254740993");
    expect(plain.err).toBe(
      "Only the first 1 rows are shown: raise --limit (to 100000), or use afterclick export.\n",
    );
    // A larger limit would not help where it was the size that cut it.
    expect((await query("--limit", "2")).err).toBe(
      "Only the first 1 rows are shown: more is too large for one answer. Select fewer columns or rows, or use afterclick export.\n",
    );
    expect(admin.asked[0]?.body).toEqual({
      sql: "select 1",
      rows_max: 1,
      deadline_seconds: 5,
    });
    json.rows.push(["=1+1", "-7"]);
    expect((await query("--csv", "--excel")).out).toBe(
      "\ufeffdate,n\r\n2020-10-19,9007199254740993\r\n'=1+1,-7\r\n",
    );
    json.rows.pop();
    expect((await query("--excel")).err).toContain("--excel goes with --csv");
    expect((await query("--csv")).out).toBe("date,n\r\n2020-10-19,9007199254740993\r\n");
    expect(JSON.parse((await query("--json")).out)).toEqual([{ date: "2020-10-19", n: "9007199254740993" }]);
  });
});

const letter = {
  hit_id: hitId,
  stream_ref: streamRef(id),
  received_at: 1603131452000,
  date: "2020-10-19",
  reason: "schema_differs",
  detail: "The table crm.leads cannot take the rows: date is missing.",
  attempt: 0,
  at: 1603131453000,
  state: "waiting",
  bytes: 9,
};
const searched = { tables: ["crm.leads"], dead_letters: true, queue: true };
const row = {
  hit_id: hitId,
  payload: "orderId=N1",
  received_at: 1603131452000,
  date: "2020-10-19",
  query: null,
};

describe("hit", () => {
  const look = async (json: object, ...more: string[]) => {
    await using admin = await fakeAdmin({
      [`GET /v1/hits/${hitId}`]: {
        json: { hit_id: hitId, rows: [], queue: "absent", searched, ...json },
      },
    });
    return {
      ...(await afterclick(["hit", hitId.toUpperCase(), ...more], {
        url: admin.url,
      })),
      asked: admin.asked,
    };
  };

  test("in the table: shows the row", async () => {
    const { code, out, err } = await look({
      state: "in_table",
      rows: [{ table: "crm.leads", row }],
    });
    expect(code).toBe(0);
    expect(out).toContain(`${hitId} is in the table crm.leads:`);
    expect(out).toMatch(/^payload +orderId=N1$/m);
    expect(err).toBe("Searched: the table crm.leads, the dead letters, the queue.\n");
  });
  test("waiting: says that it becomes a row by itself", async () => {
    expect(await look({ state: "waiting", queue: "waiting" })).toMatchObject({
      code: 0,
      out: expect.stringContaining("waits in the queue"),
    });
  });
  test("a dead letter: shows the reason and how to go on", async () => {
    const { code, out } = await look({
      state: "dead_letter",
      dead_letter: letter,
    });
    expect(code).toBe(0);
    expect(out).toContain("schema_differs");
    expect(out).toContain(letter.detail);
    expect(out).toContain(`afterclick dead-letters replay ${hitId}`);
  });
  test("not found: leaves with 4, says what was searched, what was not, and how old the oldest waiting hit is", async () => {
    const { code, out, err, asked } = await look(
      {
        state: "not_found",
        queue: "unknown",
        searched: {
          ...searched,
          queue: false,
          since: "2026-11-01",
          skipped: [{ table: "x.y", why: "No permission." }],
        },
        oldest_waiting_received_at: Date.now() - 5 * 60_000,
      },
      "--since",
      "2026-11-01",
    );
    expect({ code, out }).toEqual({
      code: 4,
      out: `${hitId} was not found.\n`,
    });
    expect(err).toContain(
      "Searched: the table crm.leads since 2026-11-01, the dead letters of all days. The queue itself cannot be searched.",
    );
    expect(err).toContain("received 5 min ago");
    expect(err).toContain("Not searched: x.y (No permission.)");
    expect(asked[0]?.path).toBe(`/v1/hits/${hitId}?since=2026-11-01`);
  });
  test("of a stream that is named: only its table is searched", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/streams": { json: { streams: [leads] } },
      [`GET /v1/hits/${hitId}?stream_id=${id}`]: {
        json: {
          hit_id: hitId,
          state: "in_table",
          rows: [{ table: "crm.leads", row }],
          queue: "absent",
          searched,
        },
      },
    });
    expect(await afterclick(["hit", hitId, "--stream", "Leads"], { url: admin.url })).toMatchObject({
      code: 0,
      out: expect.stringContaining("is in the table crm.leads"),
    });
  });
});

describe("tail", () => {
  const event = (number: number, more = {}) =>
    `event: hit\nid: ${number}\ndata: ${JSON.stringify({ hit_id: hitId, received_at: 1603131452000, bytes: 9, preview: `n=${number}\u001b[2J`, ...more })}\n\n`;
  const stream =
    (then: (write: (text: string) => void, end: () => void) => void): Answer =>
    (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      then(
        (text) => void response.write(text),
        () => void response.destroy(),
      );
    };

  test("goes on from the last hit after a broken connection, a restart and a silence", async () => {
    await using admin = await fakeAdmin({
      [`GET /v1/streams/${id}`]: { json: leads },
      [`GET /v1/streams/${id}/tail`]: [
        stream((write, end) => (write(event(1, { is_test: true })), setImmediate(end))),
        problem(503, "stopping", "The server is stopping."),
        stream((write) => write("event: heartbeat\ndata: {}\n\n" + event(2, { replay: 3 }))),
        stream((write) => write(`event: left_out\ndata: {"hits":7}\n\n${event(3)}`)),
      ],
    });
    const { code, out, err } = await afterclick(["tail", id, "--limit", "3"], {
      url: admin.url,
      waits: { silenceMsMax: 300 },
    });
    expect(code).toBe(0);
    expect(out.split("\n").slice(0, 3)).toEqual([
      `18:17:32.000  ${hitId}      9 B  [test]  n=1\\x1b[2J`,
      `18:17:32.000  ${hitId}      9 B  [replay 3]  n=2\\x1b[2J`,
      `18:17:32.000  ${hitId}      9 B  n=3\\x1b[2J`,
    ]);
    expect(err).toContain("Following Leads");
    expect(err).toContain("The connection ended; connecting again.");
    expect(err).toContain("No sign of life for 0.3 s; connecting again.");
    expect(err).toContain("7 hits are not shown here");
    const tails = admin.asked.filter(({ path }) => path.endsWith("/tail"));
    expect(tails.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "1", "1", "2"]);
  });

  test("a heartbeat is a sign of life: a quiet stream is not connected again", async () => {
    await using admin = await fakeAdmin({
      [`GET /v1/streams/${id}`]: { json: leads },
      [`GET /v1/streams/${id}/tail`]: [
        stream((write) => {
          let beats = 0;
          const beating = setInterval(() => {
            write(": beat\n\n");
            if (++beats < 40) return;
            clearInterval(beating);
            write(event(1));
          }, 20);
        }),
        problem(404, "stream_unknown", "Connected twice."),
      ],
    });
    const { code, err } = await afterclick(["tail", id, "--limit", "1"], {
      url: admin.url,
      waits: { silenceMsMax: 500 },
    });
    expect({ code, err }).toEqual({
      code: 0,
      err: "Following Leads; Ctrl-C ends it.\n",
    });
  });

  test("--json prints what came, one document a line", async () => {
    await using admin = await fakeAdmin({
      [`GET /v1/streams/${id}`]: { json: leads },
      [`GET /v1/streams/${id}/tail`]: stream((write) => write(event(1))),
    });
    const { out } = await afterclick(["tail", id, "--json", "--limit", "1"], {
      url: admin.url,
    });
    expect(JSON.parse(out)).toMatchObject({
      hit_id: hitId,
      preview: "n=1\u001b[2J",
    });
    expect(out).not.toContain("\u001b");
  });

  test("a refusal ends it, also when it comes while connecting again", async () => {
    await using admin = await fakeAdmin({
      [`GET /v1/streams/${id}`]: { json: leads },
      [`GET /v1/streams/${id}/tail`]: [
        stream((_, end) => setImmediate(end)),
        problem(404, "stream_unknown", "No stream has this id."),
      ],
    });
    expect(await afterclick(["tail", id], { url: admin.url })).toMatchObject({
      code: 1,
      err: expect.stringContaining("(stream_unknown)"),
    });
  });

  test("Ctrl-C ends it with 130", async () => {
    const stop = new AbortController();
    await using admin = await fakeAdmin({
      [`GET /v1/streams/${id}`]: { json: leads },
      [`GET /v1/streams/${id}/tail`]: stream((write) => write(event(1))),
    });
    const ended = afterclick(["tail", id], {
      url: admin.url,
      stopped: stop.signal,
      onOut: () => stop.abort(),
    });
    expect((await ended).code).toBe(130);
  });
});

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

  test("sends an empty body where one is given", async () => {
    const rows = view({
      state: "in_table",
      rows: [{ table: "crm.leads", row }],
    });
    await using admin = await setUp({}, { [`GET /v1/hits/${hitId}`]: rows });
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
      `${hitId} | ${streamRef(id)} | schema_differs | 2020-10-19 18:17:32 UTC |       0 | The table`,
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

describe("the server", () => {
  test("status leaves with 1 when a check fails", async () => {
    const json = {
      version: "0.1.0",
      collect_url: "http://localhost:8080",
      queue: { waiting: 3, oldest_received_at: Date.now() - 30_000 },
      dead_letters: { waiting: 10_000, at_least: true },
      streams: { total: 2, invalid: 1 },
      checks: [
        { name: "queue", ok: true },
        { name: "warehouse", ok: false, detail: "The disk is full." },
      ],
    };
    await using admin = await fakeAdmin({ "GET /v1/status": { json } });
    const { code, out } = await afterclick(["status"], { url: admin.url });
    expect(code).toBe(1);
    expect(out).toMatch(/^waiting hits +3, the oldest received 30 s ago/m);
    expect(out).toMatch(/^dead letters +more than 10000 waiting$/m);
    expect(out).toContain("FAILED  warehouse: The disk is full.");
  });

  test("status says that it cannot be told what a part that is down would have told", async () => {
    const json = {
      version: "0.1.0",
      queue: {},
      dead_letters: {},
      streams: {},
      checks: [{ name: "registry", ok: false, detail: "No answer in 5 s." }],
    };
    await using admin = await fakeAdmin({ "GET /v1/status": { json } });
    const { code, out } = await afterclick(["status"], { url: admin.url });
    expect(code).toBe(1);
    for (const fact of ["waiting hits", "dead letters", "streams"])
      expect(out).toMatch(new RegExp(`^${fact} +cannot be told$`, "m"));
  });

  test("openapi prints the document, backup names the whole path", async () => {
    await using admin = await fakeAdmin({
      "GET /openapi.json": { json: { openapi: "3.1.0", paths: {} } },
      "POST /v1/backup": {
        json: {
          directory: "/w/b",
          files: [{ name: "queue.sqlite", bytes: 4096 }],
        },
      },
    });
    expect(JSON.parse((await afterclick(["openapi"], { url: admin.url })).out)).toEqual({
      openapi: "3.1.0",
      paths: {},
    });
    const { out, err } = await afterclick(["backup", "b"], {
      url: admin.url,
      workingDir: "/w",
    });
    expect(admin.asked[1]?.body).toEqual({ directory: "/w/b" });
    expect(out).toContain("queue.sqlite |  4096");
    expect(err).toContain("/w/b");
  });
});

describe("export", () => {
  async function inFolder(check: (folder: string) => Promise<void>): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), "afterclick-export-"));
    try {
      await check(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  test("writes the file byte for byte, by its ending, and replaces one only with --force", () =>
    inFolder(async (workingDir) => {
      const bytes = Buffer.from([0x50, 0x41, 0x52, 0x31, 0x00, 0xff]);
      await using admin = await fakeAdmin({
        "POST /v1/export": (_, response) => void response.end(bytes),
      });
      const options = { url: admin.url, workingDir };
      expect((await afterclick(["export", "a.b", "--output", "x.parquet"], options)).code).toBe(0);
      expect(await readFile(join(workingDir, "x.parquet"))).toEqual(bytes);
      expect(admin.asked[0]?.body).toEqual({ table: "a.b", format: "parquet" });
      expect((await stat(join(workingDir, "x.parquet"))).mode & 0o777).toBe(0o600);
      await writeFile(join(workingDir, "y"), "mine");
      const again = ["export", "--sql", "select 1", "--output", "y", "--format", "csv"];
      expect(await afterclick(again, options)).toMatchObject({
        code: 1,
        err: expect.stringContaining("--force"),
      });
      expect(admin.asked.length).toBe(1);
      expect((await afterclick([...again, "--force"], options)).code).toBe(0);
      expect(await readFile(join(workingDir, "y"))).toEqual(bytes);
      expect(admin.asked[1]?.body).toEqual({ sql: "select 1", format: "csv" });
    }));

  test("for a spreadsheet is CSV alone, and asked for as such", () =>
    inFolder(async (workingDir) => {
      await using admin = await fakeAdmin({ "POST /v1/export": (_, response) => void response.end("a") });
      const options = { url: admin.url, workingDir };
      const ask = (file: string) => afterclick(["export", "a.b", "--output", file, "--excel"], options);
      expect((await ask("x.csv")).code).toBe(0);
      expect(admin.asked[0]?.body).toEqual({ table: "a.b", format: "excel" });
      expect(await ask("x.parquet")).toMatchObject({
        code: 2,
        err: expect.stringContaining("--excel makes CSV"),
      });
    }));

  test("that breaks off leaves no file, and the old one as it was", () =>
    inFolder(async (workingDir) => {
      await using admin = await fakeAdmin({
        "POST /v1/export": (_, response) => void response.write("half", () => response.destroy()),
      });
      await writeFile(join(workingDir, "x.csv"), "old");
      const { code, err } = await afterclick(["export", "a.b", "--output", "x.csv", "--force"], {
        url: admin.url,
        workingDir,
      });
      expect(code).toBe(1);
      expect(err).toContain("x.csv was not written");
      expect(await readdir(workingDir)).toEqual(["x.csv"]);
      expect(await readFile(join(workingDir, "x.csv"), "utf8")).toBe("old");
    }));

  test("writes the file that a link points to, there or not yet, and leaves the link", () =>
    inFolder(async (workingDir) => {
      await using admin = await fakeAdmin({
        "POST /v1/export": (_, response) => void response.end("new"),
      });
      await mkdir(join(workingDir, "real"));
      await writeFile(join(workingDir, "real", "old.csv"), "old");
      await symlink("real/old.csv", join(workingDir, "x.csv"));
      await symlink("real/fresh.csv", join(workingDir, "y.csv"));
      const write = (...argv: string[]) =>
        afterclick(["export", "a.b", "--output", ...argv], {
          url: admin.url,
          workingDir,
        });
      expect((await write("x.csv")).err).toContain("--force");
      for (const [link, file] of [
        ["x.csv", "old.csv"],
        ["y.csv", "fresh.csv"],
      ] as const) {
        expect((await write(link, "--force")).code).toBe(0);
        const real = join(workingDir, "real", file);
        expect(await readFile(real, "utf8")).toBe("new");
        expect(await readlink(join(workingDir, link))).toBe(`real/${file}`);
      }
    }));

  test.each([
    ["x.csv", "a named pipe"],
    ["link.csv", "a named pipe"],
    ["folder.csv", "a folder"],
    ["circle.csv", undefined],
  ])("never replaces what is no regular file: %s", (name, kind) =>
    inFolder(async (workingDir) => {
      const inside = (file: string) => join(workingDir, file);
      execFileSync("mkfifo", [inside("x.csv")]);
      await symlink("x.csv", inside("link.csv"));
      await symlink("circle.csv", inside("circle.csv"));
      await mkdir(inside("folder.csv"));
      const before = await readdir(workingDir);
      const { code, err } = await afterclick(["export", "a.b", "--output", name, "--force"], { workingDir });
      expect(code).toBe(1);
      expect(err).toContain(
        kind === undefined
          ? "circle.csv cannot be written"
          : `${name} is ${kind}; --output takes a regular file`,
      );
      expect(await readdir(workingDir)).toEqual(before);
      expect((await stat(inside("x.csv"))).isFIFO()).toBe(true);
    }),
  );

  test("into a folder that is not there says so", () =>
    inFolder(async (workingDir) => {
      await using admin = await fakeAdmin({
        "POST /v1/export": (_, response) => void response.end("x"),
      });
      const { code, err } = await afterclick(["export", "a.b", "--output", "no/x.csv"], {
        url: admin.url,
        workingDir,
      });
      expect({ code, err }).toEqual({
        code: 1,
        err: expect.stringContaining("ENOENT"),
      });
    }));
});
