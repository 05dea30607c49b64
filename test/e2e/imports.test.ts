import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { inFolder } from "../support/folder.ts";
import { cli, endAll, startProduct, type Product } from "../support/product.ts";
import { until } from "../support/until.ts";

afterEach(endAll);

const header = "date;ev;reference_ev;reference_id;value;note\n";
const today = new Date().toISOString().slice(0, 10);
const good = (id: string) => `${today};deal;lead;${id};10,5;"a; b"\n`;

interface File {
  file_id: string;
  state: string;
  code?: string;
  imported?: number;
}

const rowsOf = async (product: Product, sql: string) =>
  (await product.admin<{ rows: unknown[][] }>("POST", "/v1/query", { sql })).rows;
const ids = async (product: Product) =>
  (
    await rowsOf(product, "SELECT reference_id FROM afterclick.backend_events_flat ORDER BY reference_id")
  ).flat();

const upload = async (product: Product, name: string, body: string) => {
  const reply = await fetch(`${product.adminUrl}/v1/imports/crm/files?file=${name}`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body,
  });
  expect([reply.status, name]).toEqual([202, name]);
  return (await reply.json()) as File;
};
const fileOf = (product: Product, { file_id }: File) =>
  product.admin<File>("GET", `/v1/imports/crm/files/${file_id}`);

test("from an import to rows: add, upload, what became of it, the bad rows, import anyway", () =>
  inFolder(async (directory) => {
    const product = await startProduct(join(directory, "data"));
    const run = (...args: string[]) => cli(product.adminUrl, args);
    // West of everywhere, today has come.
    expect((await run("imports", "add", "crm", "--zone", "+14:00")).code).toBe(0);
    expect((await run("imports", "files", "crm")).stderr).toContain("imports upload");

    const file = join(directory, "day.csv");
    writeFileSync(file, `${header}${good("a")}${today};deal;lead;b;€ 5;"x; y"\n${good("c")}`);
    const sent = await run("imports", "upload", "crm", file);
    expect([sent.code, sent.stderr]).toEqual([0, ""]);
    expect(sent.stdout).toMatch(/^state +imported_with_rejects$/m);
    expect(sent.stdout).toMatch(/^ {2}value_currency +1$/m);
    expect(
      await rowsOf(product, "SELECT * FROM afterclick.backend_events_flat ORDER BY reference_id"),
    ).toEqual([
      [today, "deal", "lead", "a", 10.5],
      [today, "deal", "lead", "c", 10.5],
    ]);
    const again = await run("imports", "upload", "crm", file, "--as", "other.csv");
    expect([again.code, /^state +duplicate$/m.test(again.stdout)]).toEqual([0, true]);

    const list = await run("imports", "files", "crm");
    expect(list.stdout).toMatch(/other\.csv +\| duplicate/);
    const [, id = ""] = /^(\S+) +\| day\.csv +\| imported_with_rejects/m.exec(list.stdout) ?? [];
    const rejects = await run("imports", "rejects", "crm", id);
    expect(rejects.stdout.split("\r\n")).toEqual([
      "date;ev;reference_ev;reference_id;value;note;_line;_column;_reason",
      expect.stringMatching(/^\d{4}-\d\d-\d\d;deal;lead;b;€ 5;"x; y";3;value;"?value_currency: /),
      "",
    ]);
    // Put right and sent back as it came, it adds what was missing.
    writeFileSync(file, rejects.stdout.replace("€ 5", "5,5"));
    expect((await run("imports", "upload", "crm", file, "--as", "put-right.csv")).code).toBe(0);
    expect(await ids(product)).toEqual(["a", "b", "c"]);

    writeFileSync(file, header + good("d") + "x;deal;lead;bad;;\n".repeat(11));
    const failed = await run("imports", "upload", "crm", file, "--as", "bad.csv", "--json");
    const told = JSON.parse(failed.stdout) as File;
    expect([failed.code, told.state, told.code]).toEqual([1, "failed", "too_many_rejects"]);
    expect(await ids(product)).toEqual(["a", "b", "c"]);
    expect((await run("imports", "anyway", "crm", told.file_id)).code).toBe(0);
    expect(await ids(product)).toEqual(["a", "b", "c", "d"]);
    const twice = await run("imports", "anyway", "crm", told.file_id);
    expect([twice.code, twice.stderr]).toEqual([1, expect.stringContaining("file_not_waiting")]);

    const removed = await run("imports", "remove", "crm", told.file_id);
    expect([removed.code, /^state +removed$/m.test(removed.stdout)]).toEqual([0, true]);
    expect(await ids(product)).toEqual(["a", "b", "c"]);
    const days = await run("imports", "days", "crm", "--from", today, "--to", today, "--json");
    expect(JSON.parse(days.stdout)).toEqual([expect.objectContaining({ date: today, rows: 3 })]);
    expect(readdirSync(join(directory, "data", "imports"))).toEqual([]);
  }));

test("a file that was answered becomes rows, once, whenever the process is killed", () =>
  inFolder(async (directory) => {
    let product = await startProduct(directory);
    await product.admin("POST", "/v1/imports", { name: "crm", zone: "+14:00" });
    const sent: File[] = [];
    const expected: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const lines = Array.from({ length: 2_000 }, (_, row) => good(`${round}-${row}`));
      sent.push(await upload(product, `part-${round}.csv`, header + lines.join("")));
      expected.push(...Array.from({ length: 2_000 }, (_, row) => `${round}-${row}`));
      // At some step of the file, or of one before it: another one each round and each machine.
      if (round > 0)
        await until(
          "work goes on",
          async () => (await fileOf(product, sent[round - 1]!)).state !== "checking",
        );
      await product.end("SIGKILL");
      product = await startProduct(directory);
    }
    await until("all files are read", async () => {
      const states = await Promise.all(sent.map(async (file) => (await fileOf(product, file)).state));
      return !states.includes("checking");
    });
    for (const file of sent)
      expect(await fileOf(product, file)).toMatchObject({ state: "imported", new_events: 2_000 });
    const sql = "SELECT COUNT(*), COUNT(DISTINCT reference_id) FROM afterclick.backend_events";
    expect(await rowsOf(product, sql)).toEqual([[expected.length, expected.length]]);
    expect(await rowsOf(product, "SELECT COUNT(*) FROM afterclick.backend_events_staged")).toEqual([[0]]);
  }));

test("a webhook becomes a backend event beside its row, and is linked to the web event of another stream by itself", () =>
  inFolder(async (directory) => {
    const product = await startProduct(directory);
    await product.admin("POST", "/v1/imports", { name: "crm", zone: "UTC" });
    const stream = (fields: object) =>
      product.admin<{ endpoint: string; id: string; warnings: string[] }>("POST", "/v1/streams", fields);
    const leads = await stream({ table: "site.leads", offset: "UTC" });
    const backend_events = {
      import: "crm",
      reference_ev: "=lead_form",
      reference_id: "lead",
      rules: [{ when: { status: "won" }, ev: "=deal", value: "total" }],
    };
    const orders = await stream({ table: "crm.orders", offset: "UTC", backend_events });
    expect(orders.warnings).toEqual([]);
    const send = async ({ endpoint }: { endpoint: string }, body: object, delivery: string) => {
      const url = product.collectUrl + new URL(endpoint).pathname;
      const headers = { "content-type": "application/json", "webhook-id": delivery };
      const reply = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
      expect(reply.status).toBe(200);
    };
    const counted = async (sql: string) => Number((await rowsOf(product, sql))[0]![0]);
    const soon = (what: string, sql: string, count: number) =>
      until(what, async () => (await counted(sql).catch(() => 0)) === count);

    await send(leads, { id: "L-1" }, "1");
    await soon("the lead is there", "SELECT COUNT(*) FROM site.leads_unique", 1);
    const preview = await product.admin("POST", `/v1/streams/${orders.id}/backend-events`, {
      body: JSON.stringify([{ status: "won", lead: "L-1" }, { status: "lost" }, { status: "won" }]),
    });
    expect(preview).toMatchObject({
      events: [{ row: 1, ev: "deal", reference_id: "L-1" }],
      rejects: [{ row: 3, faults: [{ code: "ref_id_missing" }] }],
      left: 1,
    });
    // The sender's own retry is the same event.
    const won = { status: "won", lead: "L-1", total: 99.5 };
    for (let times = 0; times < 2; times += 1) await send(orders, won, "2");
    await send(orders, { status: "lost" }, "3");
    await soon("the rows are there", "SELECT COUNT(*) FROM crm.orders_unique", 2);
    await soon("the event is there", "SELECT COUNT(*) FROM afterclick.backend_events_current", 1);

    const web_events = {
      preset: "stream",
      table: "site.leads_unique",
      ev: "=lead_form",
      transaction_id: "fields:$.id",
    };
    await product.admin("PATCH", "/v1/imports/crm", { web_events });
    await until("it is linked", async () => {
      const report = await product
        .admin<{ linked: number; linked_value: string }>("GET", "/v1/imports/crm/links")
        .catch(() => undefined);
      return report?.linked === 1 && report.linked_value === "99.5";
    });
  }));
