import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import type { LocalWarehouse } from "../../../infra/local/warehouse/warehouse.ts";
import { readableFolder } from "../../../infra/local/files/readable.ts";
import { openAdmin } from "../../support/admin.ts";
import { openLocalGround } from "./local-ground.ts";

/** Web events in files, on one machine. */

const folder = await realpath(await mkdtemp(join(tmpdir(), "afterclick-test-")));
const files = join(folder, "files");
await mkdir(join(files, "leads"), { recursive: true });
const ground = await openLocalGround(undefined, files);
const { warehouse } = ground.ports;
afterAll(async () => {
  await ground[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});
const { ask } = await openAdmin({ warehouse });

const named = { ev: "=lead", transaction_id: "order_id", time: "at", web_event_id: ["nr"] };

async function linking(name: string, table: string, ...ids: string[]) {
  await ask("POST", "/v1/imports", { name, zone: "Europe/Amsterdam" });
  const events = ids.map((reference_id) => ({
    event_id: `${name} ${reference_id}`,
    date: "2026-11-20",
    ev: "deal",
    reference_ev: ["lead"],
    reference_id,
  }));
  await ground.addEvents(events, name);
  return ask("POST", `/v1/imports/${name}/link`, { table, ...named });
}

async function linked(name: string) {
  const links = await ground.links(["web_event_id", "web_event_time"], name);
  return [...links.values()].map(({ web_event_id, web_event_time }) => [web_event_id, web_event_time]).sort();
}

test("CSV files by a pattern are web events, whose ids stay the texts that they are", async () => {
  await writeFile(
    join(files, "leads", "1.csv"),
    'nr,at,order_id\n1,2026-11-19T10:00:00Z,007\n2,2026-11-19T10:00:00Z,"1e3"\n',
  );
  await writeFile(join(files, "leads", "2.csv"), "at;nr;order_id\n2026-11-19T11:00:00+01:00;3;A\n");
  const { json } = await linking("csv", "files:leads/*.csv", "007", "7", "1e3", "A");
  expect(json).toMatchObject({ source: "files:leads__.csv", changed: 4, linked: 3 });
  const at = Date.parse("2026-11-19T10:00:00Z") * 1000;
  expect(await linked("csv")).toEqual([
    [null, null],
    ["1", at],
    ["2", at],
    ["3", at],
  ]);
});

test("Parquet files are too", async () => {
  const rows = `SELECT 9 AS nr, TIMESTAMPTZ '2026-11-19 10:00:00+00' AS at, 'P' AS order_id`;
  const { export: exported } = warehouse as LocalWarehouse;
  const chunks: Uint8Array[] = [];
  for await (const chunk of await exported(rows, "parquet")) chunks.push(chunk);
  await writeFile(join(files, "leads.parquet"), Buffer.concat(chunks));
  expect((await linking("parquet", "files:leads.parquet", "P")).json).toMatchObject({ linked: 1 });
});

test.each([
  ["files:none/*.csv", "query_refused", "No file in the folder of FILES_DIR is none/*.csv"],
  ["files:leads/1.csv", "query_refused", "has no column lead; it has nr, at, order_id"],
  ["files:../files/leads/1.csv", "request_refused", "Table is"],
  ["files:leads/../../x.csv", "request_refused", "Table is"],
  ["files:/etc/x.csv", "request_refused", "Table is"],
  ["files:leads/1.txt", "request_refused", "Table is"],
])("%s is refused", async (table, code, says) => {
  await ask("POST", "/v1/imports", { name: "refused", zone: "UTC" });
  const { json } = await ask("POST", "/v1/imports/refused/link", { table, ...named, ev: "lead" });
  expect([json.code, json.detail]).toEqual([code, expect.stringContaining(says)]);
});

test("without a folder of files it is said where they are read", async () => {
  const without = await openAdmin();
  await without.ask("POST", "/v1/imports", { name: "crm", zone: "UTC" });
  const { json } = await without.ask("POST", "/v1/imports/crm/link", { table: "files:a.csv", ...named });
  expect([json.code, json.detail]).toEqual(["query_refused", expect.stringContaining("FILES_DIR")]);
});

test("the folder of files is not the data folder, around it or in it, by whatever way it is named", async () => {
  const data = join(folder, "data");
  await mkdir(join(data, "inner"), { recursive: true });
  await symlink(data, join(folder, "alias"));
  expect(await readableFolder(undefined, data)).toBeUndefined();
  expect(await readableFolder(files, data)).toBe(files);
  for (const wrong of [data, folder, join(data, "inner"), join(folder, "alias"), join(folder, "none")])
    await expect(readableFolder(wrong, data)).rejects.toMatchObject({ code: "config_invalid" });
});
