import { expect, test } from "@jest/globals";
import { openAdmin } from "../../support/admin.ts";

const crm = { name: "crm", zone: "Europe/Amsterdam" };

test("an import is added with what is usual, and keeps what is said otherwise", async () => {
  const { ask } = await openAdmin();
  const { status, json } = await ask("POST", "/v1/imports", {
    ...crm,
    mode: "snapshot",
    null_words: ["NULL"],
  });
  expect([status, json]).toEqual([
    201,
    {
      ...crm,
      mode: "snapshot",
      due: "02:00",
      expected: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
      holidays: [],
      null_words: ["NULL"],
      allow_damaged_ids: false,
      header: "names",
      convert_instants: false,
      reject_rows: 10,
      reject_percent: 10,
      max_age_days: 400,
      added_at: Date.UTC(2026, 10, 21, 12),
      added_by: "this machine",
      next_deadline: { date: "2026-11-21", due_at: Date.UTC(2026, 10, 22, 1) },
    },
  ]);
  expect((await ask("GET", "/v1/imports/crm")).json).toEqual(json);
  expect((await ask("GET", "/v1/imports")).json).toEqual({ imports: [json] });
});

test("a name is taken once, and what an import cannot be is refused with what is allowed", async () => {
  const { ask } = await openAdmin();
  await ask("POST", "/v1/imports", crm);
  const codes = [];
  for (const body of [crm, { ...crm, name: "Big" }, { ...crm, zone: "Europe/Nowhere" }, { name: "x" }]) {
    const { json } = await ask("POST", "/v1/imports", body);
    codes.push([json.code, json.detail.slice(0, 60)]);
  }
  expect(codes).toEqual([
    ["import_there", expect.stringContaining("crm")],
    ["request_refused", expect.stringContaining("Big")],
    ["request_refused", expect.stringContaining("Europe/Nowhere")],
    ["request_refused", expect.stringContaining("zone")],
  ]);
  expect((await ask("GET", "/v1/imports/other")).json.code).toBe("import_unknown");
  expect((await ask("PATCH", "/v1/imports/other", { due: "03:00" })).json.code).toBe("import_unknown");
});

test("a setting is changed, and taken away by null; each change is in the audit with what it was", async () => {
  const { ask } = await openAdmin();
  await ask("POST", "/v1/imports", crm);
  const set = await ask("PATCH", "/v1/imports/crm", { encoding: "windows-1252", due: "03:00" });
  expect(set.json).toMatchObject({ encoding: "windows-1252", due: "03:00", mode: "correct" });
  const away = await ask("PATCH", "/v1/imports/crm", { encoding: null });
  expect(away.json).not.toHaveProperty("encoding");
  const { entries } = (await ask("GET", "/v1/audit")).json as unknown as {
    entries: Record<string, unknown>[];
  };
  expect(entries.map(({ what, about }) => [what, about]).sort()).toEqual([
    ["import_added", "crm"],
    ["import_changed", "crm"],
    ["import_changed", "crm"],
  ]);
  expect(entries).toContainEqual(
    expect.objectContaining({ before: { due: "02:00" }, after: { encoding: "windows-1252", due: "03:00" } }),
  );
});

test("imports come in pages, by name, and a document that nobody can use is left out", async () => {
  const { ask, documents } = await openAdmin();
  for (const name of ["c", "a", "b"]) await ask("POST", "/v1/imports", { ...crm, name });
  await documents.commit([{ kind: "imports", id: "aa", document: { zone: "nowhere" } }]);
  const page = async (query: string) => {
    const { json } = await ask("GET", `/v1/imports?${query}`);
    const { imports, next } = json as unknown as { imports: { name: string }[]; next?: string };
    return [imports.map(({ name }) => name), next];
  };
  expect(await page("limit=2")).toEqual([["a"], "aa"]);
  expect(await page("limit=2&after=aa")).toEqual([["b", "c"], undefined]);
});
