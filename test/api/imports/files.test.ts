import { expect, test } from "@jest/globals";
import { openAdmin, type Seen } from "../../support/admin.ts";
import { memoryFiles } from "../../support/doubles/memory-files.ts";
import { putFiles } from "../../support/imported.ts";
import type { Value } from "../../../functions/warehouse.ts";
import type { Who } from "../../../functions/people/who.ts";

const octets = { "content-type": "application/octet-stream" };
const bad = "01795000000000-00000000000000ba";
const good = "01795000000001-0000000000000000";

async function open() {
  const keptFiles = memoryFiles();
  const told = { arrived: 0 };
  const who: { one: Who } = {
    one: { id: "ada", name: "ada", role: "admin", seesPayloads: true, how: "session" },
  };
  const admin = await openAdmin({
    uploads: { keptFiles, arrived: () => void (told.arrived += 1) },
    identify: async () => who.one,
  });
  await admin.ask("POST", "/v1/imports", { name: "crm", zone: "UTC" });
  return { ...admin, keptFiles, told, who };
}
const filesOf = ({ json }: Seen) => json as unknown as { files: Record<string, unknown>[]; next?: number };

test("a file that was sent is kept with its document and its entry in the audit, and waits for its turn", async () => {
  const { ask, keptFiles, told, documents } = await open();
  const { status, json } = await ask("POST", "/v1/imports/crm/files?file=d%C3%A4y%201.csv", "a,b", octets);
  expect([status, json]).toEqual([
    202,
    expect.objectContaining({
      name: "däy 1.csv",
      state: "checking",
      bytes: 3,
      may_be_imported_anyway: false,
    }),
  ]);
  expect([...keptFiles.files.values()].map(String)).toEqual(["a,b"]);
  expect(told.arrived).toBe(1);
  expect(filesOf(await ask("GET", "/v1/imports/crm/files"))).toEqual({ files: [json] });
  const { file_id } = json as unknown as { file_id: string };
  expect((await ask("GET", `/v1/imports/crm/files/${file_id}`)).json).toEqual(json);
  const audit = JSON.stringify(await documents.list("audit", { limit: 10 }));
  expect(audit).toContain("file_uploaded");
});

test("a file of no import, without a name, or of another type is refused, and nothing of it is kept", async () => {
  const { ask, keptFiles, told, documents } = await open();
  const codes = [];
  for (const [address, headers] of [
    ["/v1/imports/other/files?file=a.csv", octets],
    ["/v1/imports/crm/files", octets],
    ["/v1/imports/crm/files?file=a%0Ab.csv", octets],
    ["/v1/imports/crm/files?file=a.csv", { "content-type": "text/csv" }],
    ["/v1/imports/crm/files?file=a.csv", {}],
  ] as const)
    codes.push((await ask("POST", address, "a", headers)).json.code);
  expect(codes).toEqual([
    "import_unknown",
    "request_refused",
    "request_refused",
    "unsupported_media_type",
    "unsupported_media_type",
  ]);
  expect([keptFiles.files.size, told.arrived]).toEqual([0, 0]);
  expect(await documents.list("arrivals", { limit: 9 })).toEqual([]);
});

test("where files cannot arrive it is said, with what can be done there", async () => {
  const { ask } = await openAdmin();
  await ask("POST", "/v1/imports", { name: "crm", zone: "UTC" });
  const { json } = await ask("POST", "/v1/imports/crm/files?file=a.csv", "a", octets);
  expect([json.code, json.detail]).toEqual(["not_here", expect.stringContaining("imports check")]);
  expect(filesOf(await ask("GET", "/v1/imports/crm/files"))).toEqual({ files: [] });
});

test("before the first file was read none is known, whatever is asked of it", async () => {
  const { ask } = await open();
  const file = `/v1/imports/crm/files/${good}`;
  const codes = [];
  for (const [method, address] of [
    ["GET", file],
    ["GET", `${file}/rejects`],
    ["POST", `${file}/anyway`],
  ] as const)
    codes.push((await ask(method, address)).json.code);
  expect(codes).toEqual(["import_file_unknown", "import_file_unknown", "import_file_unknown"]);
});

test("files come in pages, the newest first; what may stand in them only for who sees payloads", async () => {
  const { ask, warehouse, who } = await open();
  await putFiles(warehouse, [
    { file_id: bad, arrived_at: 1, state: "failed", code: "encoding_unknown", reason: "Line 2 is Jos\u00e9" },
    { file_id: good, arrived_at: 2, hints: '["look"]', rows: 0, imported: 0, removed_events: 412 },
    { file_id: "01795000000002-0000000000000000", arrived_at: 3, import_id: "other" },
  ]);
  const first = filesOf(await ask("GET", "/v1/imports/crm/files?limit=1"));
  expect(first).toMatchObject({
    files: [{ file_id: good, hints: ["look", expect.stringContaining("replaces 412 rows by none")] }],
    next: good,
  });
  const second = filesOf(await ask("GET", `/v1/imports/crm/files?limit=2&after=${good}`));
  expect(second).toMatchObject({
    files: [{ file_id: bad, code: "encoding_unknown", reason: "Line 2 is José" }],
  });
  expect(second).not.toHaveProperty("next");
  who.one = { ...who.one, seesPayloads: false };
  const hidden = filesOf(await ask("GET", "/v1/imports/crm/files"));
  for (const file of hidden.files) expect(Object.keys(file)).not.toEqual(expect.arrayContaining(["reason"]));
  expect(JSON.stringify(hidden)).not.toMatch(/José|look/);
});

test("bad rows of the reading that counts come as CSV with the file's own columns, delimiter and quotes", async () => {
  const { ask, warehouse } = await open();
  const rows: Record<string, Value>[] = [
    { row_no: 1, line_first: 2, raw: '2026-11-20;"a;b"' },
    { row_no: 2, line_first: 3, raw: null },
    { row_no: 3, line_first: 4, raw: "x".repeat(8192) },
    { row_no: 1, load_id: "another", raw: "no" },
  ];
  await putFiles(
    warehouse,
    [{ file_id: bad, columns: '["date","e;v",""]' }],
    rows.map((row) => ({ file_id: bad, ...row })),
  );
  const { body, headers } = await ask("GET", `/v1/imports/crm/files/${bad}/rejects`);
  let text = "";
  for await (const chunk of body as AsyncIterable<string>) text += chunk;
  expect(headers["content-type"]).toBe("text/csv; charset=utf-8");
  const why = "ev;ev_missing: The name of the event is empty. Fill ev.";
  expect(text.split("\r\n")).toEqual([
    'date;"e;v";_line;_column;_reason',
    `2026-11-20;"a;b";2;${why}`,
    `;;3;${why}`,
    `;;4;${why}`,
    "",
  ]);
});

test("import anyway takes what failed for its bad rows or waits, while its bytes are there, and nothing else", async () => {
  const { ask, warehouse, keptFiles, documents } = await open();
  const id = (part: string) => `01795000000000-${part.padStart(16, "0")}`;
  await putFiles(warehouse, [
    { file_id: id("1"), state: "failed", code: "too_many_rejects", attempt: 1 },
    { file_id: id("2"), state: "waiting", code: "snapshot_too_small" },
    { file_id: id("3"), state: "failed", code: "header_missing" },
    { file_id: id("4"), state: "imported" },
    { file_id: id("5"), state: "waiting", code: "snapshot_too_small" },
  ]);
  for (const part of ["1", "2", "3", "4"]) keptFiles.files.set(part.padStart(16, "0"), Buffer.from("x"));
  const anyway = async (part: string) => {
    const { status, json } = await ask("POST", `/v1/imports/crm/files/${id(part)}/anyway`);
    return [part, status, json.code ?? json.state];
  };
  expect([
    await anyway("1"),
    await anyway("2"),
    await anyway("3"),
    await anyway("4"),
    await anyway("5"),
  ]).toEqual([
    ["1", 202, "checking"],
    ["2", 202, "checking"],
    ["3", 409, "file_not_waiting"],
    ["4", 409, "file_not_waiting"],
    ["5", 409, "file_not_waiting"],
  ]);
  const arrivals = await documents.list("arrivals", { limit: 9 });
  expect(arrivals.map(({ document }) => document)).toMatchObject([
    { attempt: 2, anyway_by: "ada" },
    { attempt: 2, anyway_by: "ada" },
  ]);
});

test("a file with rows, or one that waits, is removed once it was read, with an entry in the audit", async () => {
  const { ask, warehouse, documents, told } = await open();
  const id = (part: number) => `01795000000000-${String(part).padStart(16, "0")}`;
  const states = [
    "imported",
    "imported_with_rejects",
    "superseded",
    "waiting",
    "failed",
    "duplicate",
    "removed",
  ];
  await putFiles(
    warehouse,
    states.map((state, part) => ({ file_id: id(part), state })),
  );
  const remove = async (file: string) => {
    const { status, json } = await ask("DELETE", `/v1/imports/crm/files/${file}`);
    return [status, json.code ?? json.state];
  };
  const answers = [];
  for (const [part, state] of states.entries()) answers.push([state, ...(await remove(id(part)))]);
  expect(answers).toEqual([
    ...states.slice(0, 4).map((state) => [state, 202, "checking"]),
    ...states.slice(4).map((state) => [state, 409, "file_not_imported"]),
  ]);
  expect(told.arrived).toBe(4);
  // It is on its way already.
  expect(await remove(id(0))).toEqual([409, "file_not_imported"]);
  expect(await remove(id(99))).toEqual([404, "import_file_unknown"]);
  const arrivals = await documents.list("arrivals", { limit: 9 });
  expect(arrivals.map(({ document }) => document)).toMatchObject(
    Array.from({ length: 4 }, () => ({ attempt: 2, removed_by: "ada" })),
  );
  const audit = JSON.stringify(await documents.list("audit", { limit: 10 }));
  expect(audit.match(/"file_removed"/g)).toHaveLength(4);
});
