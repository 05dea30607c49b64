import { expect, test } from "@jest/globals";
import { Validator } from "@seriousme/openapi-schema-validator";
import { keptId } from "../../functions/import/load/arrivals.ts";
import { letterRow } from "../../functions/letters/letter.ts";
import { catalogue } from "../../functions/problems.ts";
import { withoutLinks } from "../support/doubles/without-links.ts";
import { openAdmin, templateOf } from "../support/admin.ts";
import { memorySecrets } from "../support/doubles/memory-secrets.ts";
import { memoryFiles } from "../support/doubles/memory-files.ts";
import { putFiles } from "../support/imported.ts";

type Specification = Exclude<Parameters<Validator["validate"]>[0], string>;

test("the document is valid OpenAPI 3.1", async () => {
  const { document } = await openAdmin();
  const validator = new Validator();
  const result = await validator.validate(structuredClone(document) as unknown as Specification);
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
  expect(validator.version).toBe("3.1");
});

test("every operation has a name of its own, a summary, and only codes of the catalogue", async () => {
  const { document } = await openAdmin();
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  const names = operations.map(({ operationId }) => operationId);
  expect(new Set(names).size).toBe(names.length);
  const codes = [...JSON.stringify(operations).matchAll(/"code":\{"enum":(\[[^\]]*\])/g)].flatMap(
    ([, list]) => JSON.parse(list!) as string[],
  );
  expect(codes.length).toBeGreaterThan(operations.length);
  for (const code of codes) expect(catalogue.has(code)).toBe(true);
});

const hit = "aaaaaaaa-0000-4000-8000-000000000001";

const letter = "aaaaaaaa-0000-4000-8000-000000000002";

type Asked = [method: string, address: string, body: unknown, status: number];

const askedOfSenders = (stream: string): Asked[] => [
  ["GET", "/v1/streams?removed=2", undefined, 400],
  ["GET", "/v1/senders", undefined, 200],
  ["GET", "/v1/senders?x=1", undefined, 400],
  ["GET", "/v1/senders/shopify", undefined, 200],
  ["GET", "/v1/senders/shopifi", undefined, 404],
  ["POST", `${stream}/secrets`, {}, 409],
  ["POST", `${stream}/proof-check`, { request_base64: "" }, 400],
  ["POST", `${stream}/proof-check`, { request_base64: "AAAA" }, 409],
  ["PATCH", stream, { sender: "shopify" }, 200],
  ["GET", `${stream}/secrets`, undefined, 200],
  ["GET", "/v1/streams/none/secrets", undefined, 404],
  ["POST", `${stream}/secrets`, {}, 201],
  ["POST", `${stream}/secrets`, { value: "hunter2" }, 201],
  ["POST", `${stream}/secrets`, {}, 409],
  ["POST", `${stream}/secrets`, { slot: "verify" }, 400],
  [
    "POST",
    `${stream}/proof-check`,
    { request_base64: Buffer.from("POST / HTTP/1.1").toString("base64") },
    200,
  ],
  ["POST", `${stream}/proof-check`, { request_base64: "AAAA" }, 400],
  ["DELETE", `${stream}/secrets/main/a`, undefined, 200],
  ["DELETE", `${stream}/secrets/main/a`, undefined, 404],
  ["PATCH", stream, { sender: null }, 200],
];

/** Each address: what it answers when all is well, and when something is wrong. Held
 *  against the document by `ask`.
 *  @param stream the address of one that there is */
const events = { import: "crm", ev: "=deal", reference_ev: "=lead", reference_id: "id" };

const asked = (stream: string): Asked[] => [
  ["GET", "/openapi.json", undefined, 200],
  ["GET", "/openapi.json?x=1", undefined, 400],
  ["GET", "/v1/status", undefined, 200],
  ["GET", "/v1/status?x=1", undefined, 400],
  ["GET", "/v1/streams", undefined, 200],
  ...askedOfSenders(stream),
  ["GET", "/v1/streams?activity=true", undefined, 200],
  ["GET", "/v1/activity", undefined, 200],
  ["POST", "/v1/activity/check", {}, 200],
  ["POST", "/v1/activity/check", { stream_id: "none" }, 404],
  ["GET", "/v1/activity?stream_id=none", undefined, 404],
  ["POST", "/v1/streams", { table: "crm.leads", offset: "UTC" }, 201],
  ["POST", "/v1/streams", {}, 400],
  ["GET", stream, undefined, 200],
  ["GET", "/v1/streams/none", undefined, 404],
  ["PATCH", stream, { name: "x" }, 200],
  ["PATCH", stream, { name: "" }, 400],
  ["POST", `${stream}/backend-events`, { body: "id=1", backend_events: events }, 200],
  ["POST", `${stream}/backend-events`, { body: "id=1" }, 400],
  ["GET", `${stream}/snippet?type=kommo`, undefined, 200],
  ["GET", `${stream}/snippet?type=odd`, undefined, 400],
  ["GET", "/v1/streams/none/snippet", undefined, 404],
  ["POST", `${stream}/developer-links`, undefined, 201],
  ["POST", "/v1/streams/none/developer-links", undefined, 404],
  ["DELETE", `${stream}/developer-links`, undefined, 200],
  ["DELETE", "/v1/streams/none/developer-links", undefined, 404],
  ["GET", `${stream}/tail`, undefined, 200],
  ["GET", "/v1/streams/none/tail", undefined, 404],
  ["DELETE", stream, undefined, 200],
  ["DELETE", "/v1/streams/none", undefined, 404],
  ["GET", `/v1/hits/${hit}`, undefined, 200],
  ["GET", "/v1/hits/x", undefined, 400],
  ["GET", "/v1/hits?text=N-1001", undefined, 200],
  ["GET", "/v1/hits?text=N", undefined, 400],
  ["GET", "/v1/tables", undefined, 200],
  ["GET", "/v1/tables?x=1", undefined, 400],
  ["GET", "/v1/tables/afterclick.nothing/rows", undefined, 404],
  ["POST", "/v1/query", { sql: "" }, 400],
  ["POST", "/v1/export", { table: "a.b", format: "csv" }, 200],
  ["POST", "/v1/export", {}, 400],
  ["GET", "/v1/check", undefined, 200],
  ["GET", "/v1/check?x=1", undefined, 400],
  ["POST", "/v1/backup", { directory: "/x" }, 200],
  ["POST", "/v1/backup", {}, 400],
  ["GET", "/v1/me", undefined, 200],
  ["GET", "/v1/me?x=1", undefined, 400],
  ["GET", "/v1/people", undefined, 200],
  ["POST", "/v1/people", { name: "Maria@Example.com", role: "viewer" }, 201],
  ["POST", "/v1/people", { name: "maria@example.com", role: "admin" }, 409],
  ["POST", "/v1/people", { name: "<b>", role: "viewer" }, 400],
  ["POST", "/v1/people", { name: "otto", role: "owner" }, 400],
  ["GET", "/v1/people", undefined, 200],
  ["PATCH", "/v1/people/maria%40example.com", { sees_payloads: true }, 200],
  ["PATCH", "/v1/people/nobody", { role: "viewer" }, 404],
  ["POST", "/v1/people/maria%40example.com/reset", undefined, 200],
  ["POST", "/v1/people/nobody/reset", undefined, 404],
  ["POST", "/v1/me/sign-out-everywhere", undefined, 404],
  ["POST", "/v1/tokens", { name: "ci", role: "viewer", person: "maria@example.com" }, 201],
  ["POST", "/v1/tokens", { name: "ci", role: "admin", person: "maria@example.com" }, 403],
  ["POST", "/v1/tokens", { name: "ci", role: "viewer" }, 400],
  ["GET", "/v1/tokens", undefined, 200],
  ["DELETE", "/v1/tokens/000000000000", undefined, 404],
  ["POST", "/v1/iap", { audience: "/projects/1/global/backendServices/2" }, 200],
  ["POST", "/v1/iap", { audience: "x" }, 400],
  ["GET", "/v1/audit", undefined, 200],
  ["GET", "/v1/audit?after=x", undefined, 400],
  ["DELETE", "/v1/people/maria%40example.com", undefined, 200],
  ["DELETE", "/v1/people/nobody", undefined, 404],
];

const webColumns = { ev: "ev", transaction_id: "data:$.order.id", time: "ev", web_event_id: ["ev"] };
const badFile = "01795000000000-00000000000000ba";
const goodFile = "01795000000000-0000000000000000";

const askedOfHealth = (stream: string): Asked[] => [
  ["GET", `${stream}/health`, undefined, 200],
  ["GET", "/v1/streams/none/health", undefined, 404],
  ["POST", "/v1/alerts/test", undefined, 200],
  ["POST", "/v1/alerts/test?x=1", undefined, 400],
];

const askedOfShapes = (stream: string): Asked[] => [
  ["POST", `${stream}/reconcile`, { table: "crm.all", key: "a-b" }, 400],
  ["POST", "/v1/streams/none/reconcile", { table: "crm.all", key: "id" }, 404],
  ["GET", "/v1/shapes", undefined, 200],
  ["GET", "/v1/shapes?x=1", undefined, 400],
  [
    "POST",
    `${stream}/shapes/five_columns`,
    { cells: { ev: "=a", reference_ev: "=b", reference_id: "id" } },
    200,
  ],
  ["POST", `${stream}/shapes/none`, {}, 400],
  ["POST", "/v1/streams/none/shapes/meta", {}, 404],
];

const askedOfImports: Asked[] = [
  ["POST", "/v1/imports", { name: "crm", zone: "UTC" }, 201],
  ["POST", "/v1/imports", { name: "crm", zone: "UTC" }, 409],
  ["GET", "/v1/imports", undefined, 200],
  ["GET", "/v1/imports?after=A", undefined, 400],
  ["GET", "/v1/imports/crm", undefined, 200],
  ["GET", "/v1/imports/other", undefined, 404],
  ["PATCH", "/v1/imports/crm", { due: "03:00" }, 200],
  ["PATCH", "/v1/imports/crm", {}, 400],
  ["POST", "/v1/imports/crm/link", { table: "site.events", ...webColumns }, 200],
  ["POST", "/v1/imports/crm/link", { table: "site.events", ...webColumns, first: "2026-02-30" }, 400],
  ["POST", "/v1/imports/crm/link", { table: "site.none", ...webColumns }, 404],
  ["GET", "/v1/imports/crm/links?source=site.events", undefined, 200],
  ["GET", "/v1/imports/other/links", undefined, 404],
  ["GET", "/v1/imports/crm/days", undefined, 200],
  ["GET", "/v1/imports/crm/days?from=2026-02-30", undefined, 400],
  ["GET", "/v1/imports/crm/links/events?state=linked", undefined, 200],
  ["GET", "/v1/imports/crm/links/events?state=lost", undefined, 400],
  ["GET", "/v1/imports/crm/links/events.csv", undefined, 200],
  ["GET", "/v1/imports/other/links/events.csv", undefined, 404],
  ["GET", "/v1/imports/crm/rejects", undefined, 200],
  ["GET", "/v1/imports/other/rejects", undefined, 404],
  ["GET", "/v1/imports/crm/files", undefined, 200],
  ["GET", "/v1/imports/other/files", undefined, 404],
  ["GET", `/v1/imports/crm/files/${badFile}`, undefined, 200],
  ["GET", "/v1/imports/crm/files/00000000000000-0000000000000001", undefined, 404],
  ["GET", `/v1/imports/crm/files/${badFile}/rejects`, undefined, 200],
  ["GET", `/v1/imports/other/files/${badFile}/rejects`, undefined, 404],
  ["POST", "/v1/imports/crm/files?file=day.csv", "a,b", 415],
  ["POST", "/v1/imports/crm/uploads", { file: "part.csv", bytes: 3 }, 200],
  ["POST", "/v1/imports/other/uploads", { file: "part.csv", bytes: 3 }, 404],
  ["GET", "/v1/imports/crm/uploads", undefined, 200],
  ["GET", "/v1/imports/other/uploads", undefined, 404],
  ["DELETE", "/v1/imports/crm/uploads/00000000000000000000000000000000", undefined, 200],
  ["POST", "/v1/imports/crm/uploads", { file: "part.csv", bytes: 0 }, 400],
  ["POST", "/v1/imports/crm/uploads/00000000000000000000000000000000/parts", "a,b", 415],
  ["POST", `/v1/imports/crm/files/${goodFile}/again`, undefined, 409],
  ["POST", `/v1/imports/crm/files/${badFile}/anyway`, undefined, 202],
  ["POST", `/v1/imports/crm/files/${badFile}/anyway`, undefined, 409],
  ["POST", `/v1/imports/crm/files/${goodFile}/anyway`, undefined, 409],
  ["DELETE", `/v1/imports/crm/files/${goodFile}`, undefined, 202],
  ["DELETE", `/v1/imports/crm/files/${goodFile}`, undefined, 409],
  ["PATCH", "/v1/imports/crm", { table: "crm.sales" }, 200],
  ["GET", "/v1/imports/crm/table", undefined, 200],
  ["GET", "/v1/imports/none/table", undefined, 404],
  ["POST", "/v1/imports/crm/table/look", undefined, 202],
  ["PATCH", "/v1/imports/crm", { table: null }, 200],
  ["POST", "/v1/imports/crm/table/look", undefined, 400],
];

const boxKey = `ssh-ed25519 ${Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x20".padEnd(51, "k")).toString("base64")} laptop`;

const feed = { name: "crm", url: "https://crm.example.com/feed", table: "crm_feed", zone: "UTC" };
const askedOfFeeds: readonly Asked[] = [
  ["POST", "/v1/feeds", feed, 201],
  ["POST", "/v1/feeds", feed, 409],
  ["GET", "/v1/feeds", undefined, 200],
  ["GET", "/v1/feeds/crm", undefined, 200],
  ["GET", "/v1/feeds/other", undefined, 404],
  ["PATCH", "/v1/feeds/crm", { key: "id" }, 200],
  ["PATCH", "/v1/feeds/crm", { partitioned: true }, 422],
  ["POST", "/v1/feeds/crm/fetch", {}, 202],
  ["POST", "/v1/feeds/other/fetch", {}, 404],
  ["POST", "/v1/feeds/crm/take", undefined, 409],
  ["DELETE", "/v1/feeds/crm", undefined, 200],
  ["DELETE", "/v1/feeds/crm", undefined, 404],
];

/** `box-1` is there and has no import; `crm` is an import. */
const askedOfDropBoxes: Asked[] = [
  ["GET", "/v1/drop-boxes", undefined, 200],
  ["GET", "/v1/drop-boxes?x=1", undefined, 400],
  ["POST", "/v1/drop-boxes", {}, 409],
  ["POST", "/v1/drop-boxes/box-1/password", undefined, 201],
  ["POST", "/v1/drop-boxes/none/password", undefined, 404],
  ["POST", "/v1/drop-boxes/box-1/keys", { key: boxKey }, 201],
  ["POST", "/v1/drop-boxes/box-1/keys", { key: "no key" }, 400],
  ["DELETE", `/v1/drop-boxes/box-1/keys/SHA256:${"a".repeat(43)}`, undefined, 200],
  ["DELETE", "/v1/drop-boxes/box-1/keys/md5", undefined, 400],
  ["POST", "/v1/drop-boxes/box-1/addresses", { addresses: ["192.0.2.0/24"] }, 200],
  ["POST", "/v1/drop-boxes/box-1/addresses", { addresses: ["everywhere"] }, 400],
  ["PATCH", "/v1/drop-boxes/box-1", { import: "none" }, 404],
  ["PATCH", "/v1/drop-boxes/box-1", { import: "crm" }, 200],
  ["DELETE", "/v1/drop-boxes/box-1", undefined, 200],
  ["DELETE", "/v1/drop-boxes/box-1", undefined, 404],
  ["POST", "/v1/drop-boxes", { import: "crm" }, 201],
];

/** @param job the id of one that there is */
const askedOfLetters = (job: string): Asked[] => [
  ["GET", "/v1/dead-letters", undefined, 200],
  ["GET", "/v1/dead-letters?state=odd", undefined, 400],
  ["GET", `/v1/dead-letters/${hit}`, undefined, 404],
  ["GET", "/v1/dead-letters/replay", undefined, 400],
  ["POST", "/v1/dead-letters/replay", {}, 400],
  ["POST", "/v1/dead-letters/replay", { hit_id: hit }, 404],
  ["POST", "/v1/dead-letters/discard", { hit_id: letter, note: "x" }, 200],
  ["POST", "/v1/dead-letters/discard", {}, 400],
  ["POST", "/v1/jobs", { what: "replay" }, 202],
  ["POST", "/v1/jobs", { what: "discard" }, 400],
  ["GET", "/v1/jobs", undefined, 200],
  ["GET", `/v1/jobs/${job}`, undefined, 200],
  ["GET", "/v1/jobs/98205000000000-0123456789ab", undefined, 404],
  ["POST", `/v1/jobs/${job}/stop`, {}, 200],
  ["POST", "/v1/jobs/98205000000000-0123456789ab/stop", {}, 404],
  ["POST", "/v1/jobs", { what: "replay", since: "2026-11-16", until: "2026-11-14" }, 400],
];

test("every declared operation answers as declared, with a success and with a refusal", async () => {
  const keptFiles = memoryFiles();
  keptFiles.files.set(keptId(badFile), Buffer.from("x"));
  const { ask, document, documents, letters, warehouse, now } = await openAdmin({
    feedAsked: () => undefined,
    offersLinks: true,
    secrets: memorySecrets(),
    uploads: { keptFiles, arrived: () => undefined },
    dropBoxes: {
      ready: async () => undefined,
      changed: async () => undefined,
      where: () => ({ port: 2022, fingerprints: [{ type: "ssh-ed25519", fingerprint: "SHA256:x" }] }),
      waiting: () => 0,
    },
    snapshots: {
      export: async () => (async function* () {})(),
      backup: async () => ({ files: [] }),
      check: async () => [],
    },
  });
  const made = await ask("POST", "/v1/streams", {
    table: "crm.leads",
    offset: "UTC",
  });
  const kept = { hit_id: letter, stream_id: made.json.id, received_at: now(), body: Uint8Array.of() };
  await letters.append("letters", [letterRow(kept, { reason: "gave_up", detail: "", at: now() })], {
    deadlineMs: 1_000,
  });
  const { id: job } = (await ask("POST", "/v1/jobs", { what: "discard", note: "x", reason: "gave_up" })).json;
  withoutLinks(warehouse);
  await warehouse.createDataset({ dataset: "site", table: "any" });
  warehouse.putForeign(
    { dataset: "site", table: "events" },
    ["ev", "data"].map((name) => ({ name, type: "STRING", required: false })),
  );
  const failed = { file_id: badFile, state: "failed", code: "too_many_rejects" };
  await putFiles(warehouse, [failed, { file_id: goodFile }], [{ file_id: badFile }]);
  const box = { passwords: [], keys: [], opened_at: 1, opened_by: "ada" };
  await documents.commit([{ kind: "dropboxes", id: "box-1", document: box }]);
  const covered = new Set<string>();
  const all = [
    ...asked(`/v1/streams/${made.json.id}`),
    ...askedOfHealth(`/v1/streams/${made.json.id}`),
    ...askedOfLetters(job),
    ...askedOfShapes(`/v1/streams/${made.json.id}`),
    ...askedOfImports,
    ...askedOfDropBoxes,
    ...askedOfFeeds,
  ];
  for (const [method, address, body, status] of all) {
    const seen = await ask(method, address, body);
    expect([method, address, seen.status]).toEqual([method, address, status]);
    covered.add(`${method} ${templateOf(document, method, address.split("?")[0]!)}`);
  }
  const octets = { "content-type": "application/octet-stream" };
  expect((await ask("POST", "/v1/imports/crm/files?file=day.csv", "a,b", octets)).status).toBe(202);
  const begun = (await ask("POST", "/v1/imports/crm/uploads", { file: "part.csv", bytes: 3 })).json;
  const { upload_id: upload } = begun as unknown as { upload_id: string };
  for (const [from, status] of [
    [0, 200],
    [0, 404],
  ])
    expect(
      (await ask("POST", `/v1/imports/crm/uploads/${upload}/parts?from=${from}`, "a,b", octets)).status,
    ).toBe(status);
  const declared = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect([...covered].sort()).toEqual(declared.sort());
});

test("what is not declared does not exist: other paths are 404, other methods 405 with those that are", async () => {
  const { ask, document } = await openAdmin();
  for (const path of [
    "/",
    "/v1",
    "/v1/",
    "/v1/streams/",
    "/v1/streams/a/b",
    "/v2/streams",
    "/ds/x",
    "/health",
    "//v1/streams",
  ]) {
    expect([path, (await ask("GET", path)).status]).toEqual([path, 404]);
  }
  for (const [template, methods] of Object.entries(document.paths)) {
    const path = template.replace(/\{[^}]+\}/g, "x");
    // A literal path may also be a value of a path with a parameter.
    const others = Object.keys(document.paths).filter(
      (one) =>
        templateOf(
          { paths: { [one]: document.paths[one]! } },
          Object.keys(document.paths[one]!)[0]!,
          path,
        ) === one,
    );
    const declared = new Set([
      ...Object.keys(methods),
      ...others.flatMap((one) => Object.keys(document.paths[one]!)),
    ]);
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]) {
      if (declared.has(method.toLowerCase())) continue;
      const { status, headers } = await ask(method, path);
      expect([method, path, status]).toEqual([method, path, 405]);
      expect(headers["allow"]!.toLowerCase().split(", ").sort()).toEqual([...declared].sort());
    }
  }
});

test("the test can fail: an answer that is not as declared is noticed", async () => {
  const { ask, warehouse } = await openAdmin();
  warehouse.query = async () => ({
    columns: [],
    rows: [],
    truncated: "no" as unknown as boolean,
  });
  await expect(ask("POST", "/v1/query", { sql: "SELECT 1" })).rejects.toThrow("query 200 is not as declared");
});
