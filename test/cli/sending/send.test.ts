import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { mintHitId } from "../../../functions/hit.ts";
import { streamRef } from "../../../functions/stream-ref.ts";
import { afterclick, fakeAdmin, problem, type Answer } from "../../support/cli.ts";
import { inFolder } from "../../support/folder.ts";
import { id, leads } from "../commands/leads.ts";

/** A server whose stream takes hits as collect does, but for what `answers` says. */
async function setUp(
  stream: object,
  answer: (body: string, before: number) => Answer | undefined = () => undefined,
) {
  const before = new Map<string, number>();
  const taken: { body: string; hitId: string; headers: Record<string, unknown> }[] = [];
  const admin = await fakeAdmin({
    "GET /v1/streams": (request, response) => {
      const endpoint = `http://${request.headers.host}/ds/${id}`;
      const streams = [{ ...leads, endpoint, ...stream }];
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ streams }));
    },
    [`POST /ds/${id}`]: (_, response) => {
      const { body, headers } = admin.asked.at(-1)!;
      const text = JSON.stringify(body);
      const times = before.get(text) ?? 0;
      before.set(text, times + 1);
      const said = answer(text, times);
      if (said !== undefined && typeof said !== "function") {
        response.writeHead(said.status!, { "content-type": "application/problem+json", ...said.headers });
        return response.end(JSON.stringify(said.json));
      }
      const hitId = mintHitId(id, Buffer.from(text), Buffer.from(String(headers["webhook-id"]))) as string;
      taken.push({ body: text, hitId, headers });
      const isMute = Reflect.get(stream, "answer") === "none";
      response.writeHead(isMute ? 204 : 200, { "afterclick-hit-id": hitId }).end(isMute ? undefined : "{}");
    },
  });
  return { admin, taken };
}

const progressFile = `orders.csv.${streamRef(id)}.sent`;
const send = (admin: { url: string }, folder: string, ...more: string[]) =>
  afterclick(["send", "orders.csv", "--stream", "Leads", ...more], { url: admin.url, workingDir: folder });
const fact = (out: string, name: string) => new RegExp(`^${name} +(.*)$`, "m").exec(out)?.[1];

test("sends each record as a hit that its key names, tells repeats, and a second run sends nothing", () =>
  inFolder(async (folder) => {
    const { admin, taken } = await setUp({ key: "order" });
    await using _ = admin;
    await writeFile(join(folder, "orders.csv"), "order,total\nA1,1\nЖ 2,2\nA1,1\nA1,3\n,4\n,4\n");
    const first = await send(admin, folder, "--header", "X-Api-Key: s3cret", "--window", "1");
    expect([first.code, first.err]).toEqual([0, ""]);
    expect([fact(first.out, "sent"), fact(first.out, "repeats")]).toEqual(["6", "1"]);
    expect(taken.map(({ body }) => body)).toEqual(
      [
        ["A1", "1"],
        ["Ж 2", "2"],
        ["A1", "1"],
        ["A1", "3"],
        ["", "4"],
        ["", "4"],
      ].map(([order, total]) => JSON.stringify({ order, total })),
    );
    // The same record is one hit; another state of it, and records without a key, are hits of their own.
    const same = (a: number, b: number) => taken[a]!.hitId === taken[b]!.hitId;
    expect([same(0, 2), same(0, 3), same(4, 5)]).toEqual([true, false, false]);
    const { headers } = taken[1]!;
    expect(headers).toMatchObject({ "content-type": "application/json", "x-api-key": "s3cret" });
    expect(headers["webhook-id"]).toBe("key:%D0%96%202");
    expect(await readFile(join(folder, progressFile), "utf8")).not.toContain("s3cret");

    const second = await send(admin, folder);
    expect([second.code, taken.length, fact(second.out, "sent"), fact(second.out, "sent before")]).toEqual([
      0,
      6,
      "0",
      "6",
    ]);
    expect(second.err).toContain("--again sends it once more");

    const ids = taken.map(({ hitId }) => hitId);
    await send(admin, folder, "--again", "--window", "1");
    expect(taken.slice(6).map(({ hitId }) => hitId)).toEqual(ids);
  }));

test("a stream whose answer is none takes records as any other one", () =>
  inFolder(async (folder) => {
    const { admin, taken } = await setUp({ answer: "none" });
    await using _ = admin;
    await writeFile(join(folder, "orders.csv"), "order\nA1\nA2\n");
    const { code, out } = await send(admin, folder);
    expect([code, fact(out, "sent"), taken.length]).toEqual([0, "2", 2]);
  }));

test("waits and goes on where the server says later, and loses nothing", () =>
  inFolder(async (folder) => {
    const busy: Answer = { ...problem(429, "too_many", "Too many."), headers: { "retry-after": "0" } };
    const away: Answer = problem(503, "queue_down", "The queue is away.");
    const { admin, taken } = await setUp({ key: "order" }, (body, before) =>
      body.includes("A3") ? [busy, away, away][before] : undefined,
    );
    await using _ = admin;
    await writeFile(join(folder, "orders.csv"), "order\nA1\nA2\nA3\nA4\n");
    const { code, out } = await send(admin, folder, "--window", "2");
    expect([code, fact(out, "sent"), fact(out, "retries")]).toEqual([0, "4", "3"]);
    expect(taken.map(({ body }) => body).sort()).toEqual(
      ["A1", "A2", "A3", "A4"].map((order) => `{"order":"${order}"}`),
    );
  }));

test("a record that is refused is told with its line and the words, and the others are sent", () =>
  inFolder(async (folder) => {
    const { admin, taken } = await setUp({}, (body) =>
      body.includes("bad") ? problem(413, "too_large", "The body is too large.") : undefined,
    );
    await using _ = admin;
    await writeFile(join(folder, "orders.csv"), 'order,n\n"A\n1",1\nbad,2\nA3\nA4,4\n');
    const { code, out, err } = await send(admin, folder, "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      records: 4,
      sent: 2,
      refused: 2,
      refused_records: expect.arrayContaining([
        { record: 2, line: 4, says: "The body is too large. (too_large)" },
        { record: 3, line: 5, says: expect.stringContaining("has 1 cells, the header has 2") },
      ]),
    });
    expect(err).toContain("line 4: refused: The body is too large. (too_large)");
    expect(taken).toHaveLength(2);
    const again = await send(admin, folder);
    expect([again.code, fact(again.out, "refused"), taken.length]).toEqual([1, "2", 2]);
    const few = await send(admin, folder, "--again", "--refused-max", "1");
    expect([few.code, few.err]).toEqual([
      1,
      expect.stringContaining("1 record is refused, and nothing more is sent"),
    ]);
  }));

test("stops where no record would be taken, and goes on behind those that were", () =>
  inFolder(async (folder) => {
    let isClosed = true;
    const { admin, taken } = await setUp({ key: "order" }, (body) =>
      isClosed && body.includes("A3") ? problem(410, "stream_closed", "The stream is closed.") : undefined,
    );
    await using _ = admin;
    await writeFile(join(folder, "orders.csv"), "order\nA1\nA2\nA3\nA4\n");
    const stopped = await send(admin, folder, "--window", "1");
    expect([stopped.code, stopped.err]).toEqual([
      1,
      "afterclick: Nothing more is sent: The stream is closed. (stream_closed) 2 records are through; the same command goes on behind them.\n",
    ]);
    isClosed = false;
    const { code, out, err } = await send(admin, folder);
    expect([code, fact(out, "sent"), fact(out, "sent before"), err]).toEqual([
      0,
      "2",
      "2",
      "Going on behind record 2.\n",
    ]);
    expect(taken).toHaveLength(4);
  }));

test.each<[string, string[], object, string]>([
  ["no stream", ["send", "orders.csv"], {}, "needs --stream STREAM"],
  ["no file", ["send", "none.csv", "--stream", "Leads"], {}, "Name a file of CSV, NDJSON or a JSON array"],
  [
    "a key that is no path",
    ["send", "orders.csv", "--stream", "Leads", "--key", "a..b"],
    {},
    "allowed is a path of the record",
  ],
  [
    "a header that is none",
    ["send", "orders.csv", "--stream", "Leads", "--header", "secret"],
    {},
    "--header is no header",
  ],
  [
    "a stream by GET alone",
    ["send", "orders.csv", "--stream", "Leads"],
    { methods: ["GET"] },
    "by GET alone",
  ],
  [
    "a progress that is another file",
    ["send", "orders.csv", "--stream", "Leads", "--progress", "orders.csv"],
    {},
    "something else than the progress",
  ],
])("refuses in words: %s", (_, argv, stream, says) =>
  inFolder(async (folder) => {
    const { admin } = await setUp(stream);
    await using _admin = admin;
    await writeFile(join(folder, "orders.csv"), "order\nA1\n");
    const { code, err } = await afterclick(argv, { url: admin.url, workingDir: folder });
    expect(code).not.toBe(0);
    expect(err).toContain(says);
    expect(err).not.toContain('secret"');
  }),
);
