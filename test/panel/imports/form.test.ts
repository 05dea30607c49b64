import { expect, test } from "@jest/globals";
import { findImport } from "../../../functions/import/registered/imports.ts";
import { formWithFile } from "../../../panel/imports/upload-form.ts";
import { multipart, openImports, someone, textOf, usualForm } from "./setup.ts";

/** Adding an import, changing what is set on it, and checking a sample before either. */

const day = "date,ev,reference_ev,reference_id,value\n";
const good = `${day}2026-11-26,deal_closed,"lead_form,booking",0012234,24990.50\n2026-11-26,deal_closed,lead_form,7,\n`;
const sampleOf = (body: unknown) => /name="sample" value="([0-9a-f]{32})"/.exec(String(body))?.[1];

test("the words of the guide lead to the form: Settings, Import custom data, Add custom import", async () => {
  const { get } = await openImports();
  const settings = await get((await get("/settings")).headers!["location"]!);
  const tab = /href="([^"]+)"[^>]*>Import custom data</.exec(String(settings.body))![1]!;
  const there = await get(tab);
  const add = /href="([^"]+)">Add custom import</.exec(String(there.body))![1]!;
  expect(textOf((await get(add)).body)).toContain("Check a sample");
});

test("an import is switched on with what the form says, and its page says what to do next", async () => {
  const { post, get, ports, who } = await openImports();
  who.one = someone("editor");
  const { status, headers } = await post("/imports/new", {
    ...usualForm,
    name: "deals",
    due: "03:00",
    expected: ["mon", "fri"],
    encoding: "windows-1252",
    null_words: "NULL\r\n  n/a \r\n\r\nNULL",
    allow_damaged_ids: "1",
    reject_percent: "2.5",
  });
  expect([status, headers?.["location"]]).toEqual([303, "/imports/deals?saved=new"]);
  expect(await findImport(ports, "deals")).toMatchObject({
    zone: "Europe/Amsterdam",
    due: "03:00",
    expected: ["mon", "fri"],
    encoding: "windows-1252",
    null_words: ["NULL", "n/a"],
    allow_damaged_ids: true,
    convert_instants: false,
    reject_percent: 2.5,
  });
  const page = textOf((await get("/imports/deals?saved=new")).body);
  expect(page).toContain("Switched on.");
  expect(page).toContain("npx afterclick imports upload deals FILE");
});

test("what an import cannot be is said at its field, and what was typed stays", async () => {
  const { post } = await openImports();
  const { status, body } = await post("/imports/new", {
    ...usualForm,
    name: "Big Deals",
    zone: "Europe/Nowhere",
    due: "25:00",
    encoding: "utf-7",
    reject_rows: "a few",
  });
  const text = textOf(body);
  expect(status).toBe(422);
  expect(text).toContain("The import was not saved: 5 fields need a change.");
  expect(text).toContain('name is "Big Deals"; allowed is: 1 to 40 small letters');
  expect(text).toContain('reject_rows is "a few"; allowed is: so many rows may be bad');
  expect(String(body)).toMatch(/id="name"[^>]*value="Big Deals"[^>]*aria-invalid="true"/);
  expect(String(body)).toContain('value="a few"');
  expect(String(body)).toMatch(
    /class="callout bad summary" role="alert" id="errors" tabindex="-1" autofocus/,
  );
  for (const name of ["crm", "new"]) {
    const again = await post("/imports/new", { ...usualForm, name });
    expect([name, again.status]).toEqual([name, name === "crm" ? 409 : 422]);
  }
});

test("a sample says what was found, why, and how its rows would be; nothing of it is kept in tables", async () => {
  const { post, warehouse, ports } = await openImports();
  const { status, body } = await post("/imports/new/check", usualForm, { name: "day.csv", content: good });
  const text = textOf(body);
  expect(status).toBe(200);
  expect(text).toContain("2 rows would be imported.");
  expect(text).toContain("utf-8, because all bytes are UTF-8. Change");
  expect(text).toContain("comma, because only under it the header names the fields. Change");
  expect(text).toContain("dot decimals, because of 24990.50 in line 2. Change");
  expect(text).toContain("reference_ev reference_ev lead_form,booking lead_form OK");
  expect(text).toContain("2026-11-26 deal_closed lead_form,booking 0012234 24990.5");
  expect(text).toContain("Check again with these settings");
  expect(await ports.documents.list("arrivals", { limit: 1 })).toEqual([]);
  expect(await warehouse.describe({ dataset: "afterclick", table: "import_files" })).toBeUndefined();
});

test("a header that lacks columns is shown with what is there of it", async () => {
  const { post } = await openImports();
  const content = "day;event;customer\n2026-11-26;deal;7\n";
  const text = textOf((await post("/imports/new/check", usualForm, { name: "x.csv", content })).body);
  expect(text).toContain("Such a file would fail. The columns reference_ev, reference_id are missing");
  expect(text).toMatch(/date day none OK ev event none OK reference_ev none none Missing/);
});

test("an unknown encoding shows the line in each, and one click reads the same sample in another", async () => {
  const { post, keptFiles } = await openImports();
  const content = Buffer.concat([
    Buffer.from(`${day}2026-11-26,Caf`),
    Buffer.from([0xe9]),
    Buffer.from(",lead,7,1\n"),
  ]);
  const first = await post("/imports/new/check", usualForm, { name: "day.csv", content });
  const text = textOf(first.body);
  expect(text).toContain("windows-1252 2026-11-26,Café,lead,7,1 Take it as windows-1252");
  expect(text).toContain("windows-1251 2026-11-26,Cafй,lead,7,1");
  const sample = sampleOf(first.body)!;
  expect(keptFiles.files.has(sample)).toBe(true);
  // The button stands behind the field that has the setting.
  const chosen = { ...usualForm, sample, sample_name: "day.csv", encoding: ["", "windows-1252"] };
  const second = await post("/imports/new/check", chosen);
  expect(textOf(second.body)).toContain("1 row would be imported.");
  expect(textOf(second.body)).toContain("windows-1252, because the import says so");
  expect(String(second.body)).toMatch(/<option value="windows-1252" selected>/);
  // Another one takes its place, and switching on needs it no more.
  const third = await post("/imports/new/check", chosen, { name: "b.csv", content: good });
  const other = sampleOf(third.body)!;
  expect([...keptFiles.files.keys()]).toEqual([other]);
  await post("/imports/new", { ...usualForm, name: "deals", sample: other });
  expect(keptFiles.files.size).toBe(0);
});

test("a sample that nobody chose, or that is gone, is said; an id of a file that arrived is none", async () => {
  const { post, keptFiles } = await openImports();
  keptFiles.files.set("00000000000000aa", Buffer.from("secret"));
  const said = async (sample: string) =>
    textOf((await post("/imports/new/check", { ...usualForm, sample })).body);
  expect(await said("")).toContain("Choose a file first");
  expect(await said("00000000000000aa")).toContain("Choose a file first");
  expect(await said("../00000000000000aa")).toContain("Choose a file first");
  expect(await said("0".repeat(32))).toContain("Its bytes are not kept any more");
});

test("settings are changed by their form, only where they differ, and a sample shows it before", async () => {
  const { get, post, ports } = await openImports();
  const page = String((await get("/imports/crm/settings")).body);
  expect(page).toMatch(/<option value="Europe\/Amsterdam" selected>/);
  const content = `${day}26.11.2026,deal,lead,7,"1,5"\n`;
  const wrong = await post("/imports/crm/settings/check", usualForm, { name: "d.csv", content });
  expect(textOf(wrong.body)).toContain("date_format");
  const set = { ...usualForm, date_format: "DD.MM.YYYY", sample: sampleOf(wrong.body)! };
  const right = await post("/imports/crm/settings/check", set);
  expect(textOf(right.body)).toContain("1 row would be imported.");
  expect(textOf(right.body)).toContain("comma decimals, because of 1,5 in line 2");
  expect((await findImport(ports, "crm")).date_format).toBeUndefined();
  expect((await post("/imports/crm/settings", set)).headers?.["location"]).toBe(
    "/imports/crm/settings?saved=1",
  );
  expect((await findImport(ports, "crm")).date_format).toBe("DD.MM.YYYY");
  expect((await post("/imports/crm/settings", set)).headers?.["location"]).toBe(
    "/imports/crm/settings?saved=none",
  );
  const changes = (await ports.documents.list("audit", { limit: 9 })).map(({ document }) => Object(document));
  expect(changes.filter(({ what }) => what === "import_changed")).toHaveLength(1);
  const refused = await post("/imports/crm/settings", { ...usualForm, due: "noon" });
  expect([refused.status, textOf(refused.body)]).toEqual([422, expect.stringContaining('due is "noon"')]);
});

test("a form that is cut, of another type or without a boundary is refused, and nothing is kept", async () => {
  const { ask, keptFiles } = await openImports();
  const whole = multipart({ ...usualForm, name: "deals" }, { name: "a.csv", content: good });
  const bytes = Buffer.from(whole.body as unknown as Uint8Array);
  for (const length of [0, 1, 40, 200, bytes.length - 30, bytes.length - 6]) {
    const body = bytes.subarray(0, length) as unknown as string;
    const { status } = await ask({
      method: "POST",
      path: "/imports/crm/files",
      headers: whole.headers,
      body,
    });
    expect([length, status]).toEqual([length, 400]);
  }
  for (const type of ["multipart/form-data", "text/plain", 'multipart/form-data; boundary=""']) {
    const headers = { "content-type": type };
    expect((await ask({ method: "POST", path: "/imports/crm/files", headers, body: "x" })).status).toBe(415);
  }
  expect(keptFiles.files.size).toBe(0);
});

test("a form of very many fields is refused, also where none of them says anything", async () => {
  const { ask } = await openImports();
  const field = '--b0und\r\nContent-Disposition: form-data; name=""\r\n\r\n\r\n';
  const body = Buffer.from(`${field.repeat(2_000)}--b0und--\r\n`) as unknown as string;
  const { headers } = multipart({});
  expect((await ask({ method: "POST", path: "/imports/crm/files", headers, body })).status).toBe(413);
});

test("a form is read the same wherever the network cuts it", async () => {
  const content = "\r\n--b0un\r\n--b0u\r\n-\r";
  const { headers, body } = multipart({ a: "1", b: "x\r\n--b" }, { name: "f%0D.csv", content });
  const bytes = Buffer.from(body as unknown as Uint8Array);
  for (let size = 1; size <= bytes.length; size += 1) {
    async function* stream() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }
    const taken: unknown[] = [];
    const form = await formWithFile({ request: { headers, stream } } as never, async (file) => {
      const all: Uint8Array[] = [];
      for await (const some of file.bytes) all.push(some);
      taken.push(file.name, String(Buffer.concat(all)));
    });
    expect([size, [...form], taken]).toEqual([
      size,
      [
        ["a", "1"],
        ["b", "x\r\n--b"],
      ],
      ["f\r.csv", content],
    ]);
  }
});
