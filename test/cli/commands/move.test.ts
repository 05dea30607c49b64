import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { spansOf } from "../../../cli/commands/move.ts";
import { exampleStreamId } from "../../../functions/streams/example.ts";
import { afterclick, fakeAdmin, problem, type Answer } from "../../support/cli.ts";
import { leads, other } from "./leads.ts";

async function inFolder(check: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "afterclick-move-"));
  try {
    await check(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const promised = ["hit_id", "payload", "received_at", "date"].map((name) => ({ name, type: "STRING" }));
const table = { name: "crm.leads", kind: "table", what: "", streams: ["Leads"], columns: promised };
const removed = { ...leads, id: other, state: "closed", removed_at: "2026-11-20T10:00:00Z", key: ["a", "b"] };
const example = { ...leads, id: exampleStreamId, name: "Example", table: "example.orders" };

const machine = (more: Record<string, Answer> = {}) =>
  fakeAdmin({
    "GET /v1/streams": { json: { streams: [{ ...leads, id: other.replace("6", "7") }, removed, example] } },
    "GET /v1/tables": {
      json: {
        tables: [
          table,
          { ...table, name: "crm.leads_unique", kind: "view" },
          { ...table, name: "crm.none", kind: "missing", columns: [] },
          { ...table, name: "crm.foreign", columns: [{ name: "a", type: "STRING" }] },
          { ...table, name: "example.orders", streams: ["Example"] },
        ],
        skipped: [],
      },
    },
    "POST /v1/query": {
      json: {
        columns: [],
        rows: [
          ["2026-11-20", 2, 300_000_000],
          ["2026-11-21", 1, "7"],
        ],
      },
    },
    "POST /v1/export": (_, response) => void response.end("PAR1"),
    "GET /v1/status": { json: { queue: { waiting: 3 }, dead_letters: { waiting: 1 } } },
    ...more,
  });

test("move writes the streams by their addresses, a file for so many days, and the script that loads them", () =>
  inFolder(async (workingDir) => {
    await using admin = await machine();
    const { code, out, err } = await afterclick(["move", "moved"], { url: admin.url, workingDir });
    expect(code).toBe(0);
    expect(out).toContain("crm.leads |    3 |     2\n");
    expect(err).toContain(
      "3 hits still wait to become rows and are not in it. When afterclick status shows none, move",
    );
    expect(err).toContain(
      "1 dead letter is not in it, and the cloud will know nothing of what waits so. afterclick dead-letters list",
    );
    for (const advised of [
      ["replay", "--all"],
      ["discard", "--all", "--note", "WHY"],
    ]) {
      expect(err).toContain(`afterclick dead-letters ${advised.join(" ")}`);
      // As it is written, it is a command: it asks the server, and there is no answer for it here.
      const tried = await afterclick(["dead-letters", ...advised, "--yes"], { url: admin.url, workingDir });
      expect(tried.err).toContain("No answer for GET /v1/dead-letters");
    }
    expect((await readdir(join(workingDir, "moved"))).toSorted()).toEqual([
      "crm.leads.2026-11-20.parquet",
      "crm.leads.2026-11-21.parquet",
      "load.sh",
      "staged.json",
      "streams.json",
      "table.json",
    ]);
    const { name, offset } = leads;
    expect(JSON.parse(await readFile(join(workingDir, "moved/streams.json"), "utf8"))).toEqual({
      [other.replace("6", "7")]: { table: "crm.leads", offset, name, state: "active" },
      [other]: { table: "crm.leads", offset, name, state: "closed", key: ["a", "b"] },
    });
    const exported = admin.asked
      .filter(({ path }) => path === "/v1/export")
      .map(({ body }) => Object(body).sql);
    expect(exported).toEqual([
      expect.stringContaining(
        `FROM "crm"."leads" WHERE date >= DATE '2026-11-20' AND date < DATE '2026-11-21'`,
      ),
      expect.stringMatching(/WHERE date >= DATE '2026-11-21' ORDER BY/),
    ]);
    // A table of an earlier version has not all columns; the files have.
    expect(exported[0]).toContain('CAST(NULL AS VARCHAR) AS "headers"');
    expect(await readFile(join(workingDir, "moved/load.sh"), "utf8")).toContain(
      'load "$project" crm leads crm.leads.2026-11-20.parquet crm.leads.2026-11-21.parquet\n',
    );
  }));

test("move writes nothing into a folder that holds anything, nor where a table cannot be looked at", () =>
  inFolder(async (workingDir) => {
    await writeFile(join(workingDir, "mine"), "");
    await using admin = await machine();
    const full = await afterclick(["move", "."], { url: admin.url, workingDir });
    expect([full.code, full.err]).toEqual([1, expect.stringContaining("is not empty")]);
    await using sick = await machine({
      "GET /v1/tables": { json: { tables: [], skipped: [{ table: "crm.leads", why: "no answer" }] } },
    });
    const blind = await afterclick(["move", "moved"], { url: sick.url, workingDir });
    expect([blind.code, blind.err]).toEqual([1, expect.stringContaining("crm.leads could not be looked at")]);
    expect(await readdir(workingDir)).toEqual(["mine"]);
  }));

test("days go into one file together up to so many bytes, and a larger day has its own", () => {
  const day = (date: string, bytes: number) => ({ date, hits: 1, bytes });
  const days = [day("a", 4), day("b", 6), day("c", 1), day("d", 100), day("e", 1)];
  expect(spansOf(days, 10)).toEqual([
    { from: "a", hits: 2, bytes: 10 },
    { from: "c", hits: 1, bytes: 1 },
    { from: "d", hits: 1, bytes: 100 },
    { from: "e", hits: 1, bytes: 1 },
  ]);
  expect(spansOf([], 10)).toEqual([]);
});

test("streams load registers each at its address, closes what was closed first, and says what failed", () =>
  inFolder(async (workingDir) => {
    const [a, b, c] = ["a", "b", "c"].map((letter) => leads.id.replace("5", letter)) as [
      string,
      string,
      string,
    ];
    const fields = { table: "crm.leads", offset: "UTC" };
    const documents = {
      [leads.id]: fields,
      [a]: { ...fields, name: "A", state: "paused" },
      [b]: { ...fields, state: "closed" },
      "by-hand": fields,
    };
    await writeFile(join(workingDir, "streams.json"), JSON.stringify(documents));
    await using admin = await fakeAdmin({
      "GET /v1/streams": { json: { streams: [leads] } },
      "POST /v1/streams": { status: 201, json: leads },
      [`DELETE /v1/streams/${b}`]: { json: leads },
    });
    const { code, out } = await afterclick(["streams", "load", "streams.json"], {
      url: admin.url,
      workingDir,
    });
    expect(code).toBe(1);
    const changes = admin.asked.filter(({ method }) => method !== "GET");
    expect(changes.map(({ method, path, body }) => [method, path, body])).toEqual([
      ["POST", "/v1/streams", { ...fields, id: b }],
      ["DELETE", `/v1/streams/${b}`, ""],
      ["POST", "/v1/streams", { ...fields, name: "A", id: a, state: "paused" }],
    ]);
    expect(out).toMatch(new RegExp(`^${leads.id} .* is there already$`, "m"));
    expect(out).toMatch(new RegExp(`^${b} .* added, closed$`, "m"));
    expect(out).toMatch(/^by-hand .* failed: its id is no UUID/m);
    await using refusing = await fakeAdmin({
      "GET /v1/streams": { json: { streams: [] } },
      "POST /v1/streams": problem(409, "table_shared", "Another key."),
    });
    await writeFile(join(workingDir, "one.json"), JSON.stringify({ [c]: fields }));
    const refused = await afterclick(["streams", "load", "one.json"], { url: refusing.url, workingDir });
    expect([refused.code, refused.out]).toEqual([
      1,
      expect.stringContaining("failed: Another key. (table_shared)"),
    ]);
  }));

test.each([["[]"], ["{}"], ['{"a":1}'], ["no JSON"]])("streams load takes no %s", (text) =>
  inFolder(async (workingDir) => {
    await writeFile(join(workingDir, "streams.json"), text);
    const { code, err } = await afterclick(["streams", "load", "streams.json"], { workingDir });
    expect(code).toBeGreaterThan(0);
    expect(err).toMatch(/streams\.json (holds no streams by their ids|cannot be read as JSON)/);
  }),
);
