import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterclick, fakeAdmin, problem, type Answer } from "../../support/cli.ts";

/** A large file goes in parts, and goes on where it was cut off. */

const part = 8 * 1024 * 1024;
const bytes = 2 * part + 10;
const id = "0123456789abcdef0123456789abcdef";
const fileId = "01795000000000-00000000000000aa";
const [uploads, parts] = ["POST /v1/imports/crm/uploads", `POST /v1/imports/crm/uploads/${id}/parts`];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "afterclick-test-"));
  await writeFile(join(folder, "large.csv"), "x".repeat(bytes));
  await utimes(join(folder, "large.csv"), 1_795_000_000, 1_795_000_000);
});
afterAll(() => rm(folder, { recursive: true }));

const here = (received: number, more: object = {}): Answer => ({
  json: { upload_id: id, file: "large.csv", bytes, received, ...more },
});
const cutOff = (_: IncomingMessage, response: ServerResponse) => void response.destroy();
const read = { json: { file_id: fileId, import_id: "crm", state: "imported", arrived_at: 0 } };
const upload = (...more: string[]) =>
  afterclick(["imports", "upload", "crm", "large.csv", ...more], { workingDir: folder });

const fromOf = (path: string) => new URL(path, "http://a").searchParams.get("from");

test("each part begins where the last one ended; one that was cut off is sent again from there", async () => {
  await using admin = await fakeAdmin({
    [uploads]: [here(0), here(part)],
    [parts]: [here(part), cutOff, here(2 * part), here(bytes, { file_id: fileId })],
    [`GET /v1/imports/crm/files/${fileId}`]: read,
  });
  const { code, err } = await upload("--url", admin.url);
  expect([code, err]).toEqual([0, "It goes on where it ended: 49 % is here.\n"]);
  const sent = admin.asked.filter(({ path }) => path.includes("/parts"));
  expect(sent.map(({ path, body }) => [fromOf(path), String(body).length])).toEqual([
    ["0", part],
    [String(part), part],
    [String(part), part],
    [String(2 * part), 10],
  ]);
  const [begun] = admin.asked;
  expect(begun!.body).toEqual({ file: "large.csv", bytes, modified: 1_795_000_000_000 });
});

test("a part that another run has sent already is passed over", async () => {
  await using admin = await fakeAdmin({
    [uploads]: [here(0), here(2 * part)],
    [parts]: [problem(409, "part_elsewhere", "Elsewhere."), here(bytes, { file_id: fileId })],
    [`GET /v1/imports/crm/files/${fileId}`]: read,
  });
  expect((await upload("--url", admin.url)).code).toBe(0);
  expect(admin.asked.filter(({ path }) => path.includes("/parts")).map(({ path }) => fromOf(path))).toEqual([
    "0",
    String(2 * part),
  ]);
});

test("what the server refuses is not tried again; what does not come through is given up, and told how to go on", async () => {
  await using refusing = await fakeAdmin({ [uploads]: problem(413, "too_large", "Too large.") });
  const refused = await upload("--url", refusing.url);
  expect([refused.code, refused.err]).toEqual([1, "afterclick: Too large. (too_large)\n"]);
  expect(refusing.asked).toHaveLength(1);
  await using away = await fakeAdmin({ [uploads]: here(part), [parts]: problem(503, "files_down", "Away.") });
  const { code, err } = await upload("--url", away.url);
  expect(code).toBe(1);
  expect(err).toContain("Away. (files_down) It was tried 6 times. 49 % is here: run the same command again");
  expect(away.asked.filter(({ path }) => path.includes("/parts"))).toHaveLength(6);
});

test("imports again has a file read again, and says what became of it; one that failed leads to it", async () => {
  const asked = { ...read.json, state: "checking" };
  const failed = { ...read.json, state: "failed", code: "encoding_unknown" };
  await using admin = await fakeAdmin({
    [`POST /v1/imports/crm/files/${fileId}/again`]: { status: 202, json: asked },
    [`GET /v1/imports/crm/files/${fileId}`]: [{ json: failed }, read],
  });
  const again = ["imports", "again", "crm", fileId];
  const first = await afterclick([...again, "--url", admin.url]);
  expect([first.code, /^state +failed$/m.test(first.out)]).toEqual([1, true]);
  expect(first.err).toContain(`afterclick --url ${admin.url} ${again.join(" ")}`);
  expect((await afterclick(again, { url: admin.url })).code).toBe(0);
});

test("imports uploads lists what is not whole, and gives one up", async () => {
  await using admin = await fakeAdmin({
    "GET /v1/imports/crm/uploads": [
      { json: { uploads: [{ upload_id: id, file: "large.csv", bytes, received: part }] } },
      { json: { uploads: [] } },
    ],
    [`DELETE /v1/imports/crm/uploads/${id}`]: { json: { upload_id: id } },
  });
  const run = (...more: string[]) => afterclick(["imports", "uploads", "crm", ...more], { url: admin.url });
  expect((await run()).out).toMatch(new RegExp(`^${id} \\| large\\.csv \\| +${part} \\| +${bytes}$`, "m"));
  expect((await run("--give-up", id)).out).toBe(`${id} is given up.\n`);
  expect((await run()).err).toBe("All files that you began to send are whole.\n");
});
