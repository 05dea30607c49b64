import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Documents } from "../../../functions/documents.ts";
import { makeRow, rowColumns, rowSpec } from "../../../functions/hits/row.ts";
import { createTail } from "../../../functions/hits/tail.ts";
import { deadLetterEvents, deadLetters } from "../../../functions/letters/letter.ts";
import { createSteps } from "../../../functions/letters/steps.ts";
import { deeds } from "../../../functions/people/audit.ts";
import { asProblem } from "../../../functions/problem.ts";
import { thisMachine } from "../../../functions/people/who.ts";
import { streamRef } from "../../../functions/stream-ref.ts";
import { streamFields } from "../../../functions/streams/fields.ts";
import type { Column, Row, Value } from "../../../functions/warehouse.ts";
import { putFiles } from "../../support/imported.ts";
import { putLinks } from "../../support/linked.ts";
import { host, openPanel } from "../../panel/setup.ts";

/** A panel in which whatever somebody else may write is one text: what a sender sends, what stands in the
 *  stores, what people are called, what the stores say when they fail. */

export const streams = {
  valid: "11111111-1111-4111-8111-111111111111",
  invalid: "22222222-2222-4222-8222-222222222222",
  foreign: "33333333-3333-4333-8333-333333333333",
};
export const hitId = "aaaaaaaa-0000-4000-8000-000000000001";
export const letterId = "aaaaaaaa-0000-4000-8000-000000000002";
export const jobId = "00000000000000-0123456789ab";
/** One of each kind of state. */
export const fileIds = ["01795000000000-00000000000000aa", "01795000000000-00000000000000bb"];
const odd = { dataset: "shop", table: "odd" };
const foreign = { dataset: "shop", table: "foreign" };
const deadlineMs = 1_000;
const day = "2026-11-27";

/** A value for each column, by its type; `given` are those that must be what they are. */
function rowOf(columns: readonly Column[], text: string, given: Readonly<Record<string, Value>>): Row {
  const made: Record<string, Value> = {
    STRING: text,
    JSON: JSON.stringify({ [text]: text }),
    BYTES: Buffer.from(text),
    DATE: day,
    INT64: Date.UTC(2026, 10, 27, 9),
    BOOL: false,
  };
  return columns.map(({ name, type }) => given[name] ?? made[type] ?? null);
}

export async function openWorld(text: string) {
  const tail = createTail();
  const panel = await openPanel({
    tail,
    offersLinks: true,
    amiss: () => new Map([["queue", text]]),
    personOf: () => ({ ...thisMachine, id: text, name: text, role: "admin", how: "session" }),
    send: () => Promise.reject(new Error(text)),
    disk: () => {
      throw new Error(text);
    },
  });
  const work = createSteps(panel.ports);
  panel.ports.jobs = { next: async (step) => void setImmediate(() => void work(step)) };
  await fillStreams(panel, text);
  await fillRows(panel, text);
  await fillDocuments(panel, text);
  await fillImports(panel, text);
  return { ...panel, tail };
}
type World = Awaited<ReturnType<typeof openPanel>>;

async function fillStreams({ registry, warehouse }: World, text: string): Promise<void> {
  registry.put(streams.valid, { table: "shop.odd", offset: "UTC", key: "orderId", name: text.slice(0, 80) });
  // All fields that there are, and one that there is not.
  const fields = Object.fromEntries([...Object.keys(streamFields), text].map((name) => [name, text]));
  const { removed_at: _, ...shown } = fields;
  registry.put(streams.invalid, shown);
  registry.put(streams.foreign, { table: "shop.foreign", offset: "UTC", name: text.slice(0, 80) });
  registry.put(text.replaceAll("/", "_"), { table: "shop.odd", offset: "UTC", name: text.slice(0, 80) });
  await warehouse.createDataset({ dataset: "afterclick", table: "" });
  await warehouse.createDataset(odd);
  await warehouse.createTable(odd, rowSpec);
  warehouse.putForeign(foreign, [
    { name: "hit_id", type: "STRING", required: false },
    { name: "date", type: "DATE", required: false },
    { name: text, type: text, required: true },
  ]);
  warehouse.ownTables = async () => [odd, foreign];
}

async function fillRows({ warehouse, ports }: World, text: string): Promise<void> {
  const ref = { stream_ref: streamRef(streams.valid) };
  // In an order that no text decides.
  const received_at = Date.UTC(2026, 10, 27, 8);
  const rows = [
    rowOf(rowColumns, text, { ...ref, hit_id: hitId }),
    rowOf(rowColumns, text, { ...ref, received_at }),
  ];
  await warehouse.append(odd, rowColumns, rows, { deadlineMs });
  // What deliver makes of what a sender sent.
  const sent = { "x-odd": text, "user-agent": text, "webhook-id": text, [text]: text };
  // As browsers write it.
  const inQuotes = encodeURI(text).replaceAll("'", "%27");
  const part = `--b\r\nContent-Disposition: form-data; name="${inQuotes}"; filename="${inQuotes}"\r\nContent-Type: ${text}\r\n\r\n${text}\r\n--b--\r\n`;
  for (const [index, [content_type, body]] of [
    [text, text],
    ["multipart/form-data; boundary=b", part],
    ["application/json", JSON.stringify({ [text]: text, orderId: text })],
  ].entries() as Iterable<[number, [string, string]]>) {
    const hit = {
      hit_id: crypto.randomUUID(),
      stream_id: streams.valid,
      received_at: received_at - 1 - index,
      content_type,
      query: text,
    };
    const row = await makeRow({ ...hit, body: Buffer.from(body), headers: sent }, day);
    await warehouse.append(odd, rowColumns, [row], { deadlineMs });
  }
  const letter = { hit_id: letterId, stream_id: streams.valid };
  for (const reason of ["row_refused", text])
    await ports.letters.append(
      "letters",
      [rowOf(deadLetters.columns, text, { ...letter, reason, ...(reason === text && { hit_id: text }) })],
      { deadlineMs },
    );
  const discarded = rowOf(deadLetterEvents.columns, text, { hit_id: text });
  await ports.letters.append("events", [discarded], { deadlineMs });
}

async function fillDocuments({ ports }: World, text: string): Promise<void> {
  const at = ports.now();
  const id = text.replaceAll("/", "_").slice(0, 300);
  const person = {
    name: text,
    role: "viewer",
    sees_payloads: true,
    added_at: text,
    added_by: text,
    generation: 1,
  };
  const token = { name: text, person: text, role: "viewer", sees_payloads: true, added_at: at, hash: "h" };
  const job = {
    what: "replay",
    stream_ref: streamRef(streams.valid),
    reason: text,
    note: text,
    by: text,
    state: "running",
    of: 2,
    done: 1,
    refused: [{ stream_ref: text, why: text }],
    trouble: text,
    started_at: at,
    updated_at: at,
    who: text,
    how: text,
    step: 0,
    until: at,
    key: text,
    failures: 1,
  };
  const entry = { at, who: text, how: text, about: text, outcome: text };
  await ports.documents.commit([
    { kind: "people", id, document: person },
    { kind: "tokens", id: "abcdefghijkl", document: token },
    { kind: "tokens", id, document: token },
    { kind: "jobs", id: jobId, document: job },
    ...[...deeds, text].map((what, index) => ({
      kind: "audit" as const,
      id: `000000000000${String(index).padStart(2, "0")}-0123456789ab`,
      document: { ...entry, what, before: text, after: JSON.stringify({ [text]: text, name: [text] }) },
    })),
  ]);
}

async function fillImports({ warehouse, ports }: World, text: string): Promise<void> {
  const words = JSON.stringify([text]);
  const said = { reason: text, hints: words, code: text, name: text, import_id: "odd", encoding: text };
  const shown = { delimiter: text, container: text, number_format: text, kind: text, columns: words };
  const counts = {
    dates: JSON.stringify({ [text]: 1 }),
    codes: JSON.stringify({ [text]: 1 }),
    rows: 3,
    rejected: 1,
  };
  const faults = JSON.stringify([{ code: "date_format", field: text, value: text, hint: text }]);
  await putFiles(
    warehouse,
    [
      { file_id: fileIds[0]!, state: "failed", ...said, ...shown, ...counts },
      { file_id: fileIds[1]!, state: "imported_with_rejects", ...said, ...shown, ...counts },
    ],
    fileIds.map((file_id) => ({ file_id, import_id: "odd", raw: text, faults })),
  );
  const named = { import_id: "odd", ev: text, reference_id: text, value: text, state: "linked" };
  const web = { matched_ev: text, web_event_id: text, suggestion: text, reference_evs: text };
  await putLinks(warehouse, {
    report: [{ import_id: "odd", ev: text, reference_ev: text, events: 2, linked: 1, id_near: 1 }],
    events: [
      { ...named, ...web, event_id: "e1" },
      { ...named, ...web, event_id: "e2", state: "unlinked", reason: "id_near" },
    ],
    web: [{ source: text, day, ev: text, events: 9, without_id: 9 }],
  });
  const added = { added_at: ports.now(), added_by: text };
  // Of what is set on an import, people choose these words alone.
  const set = { zone: "UTC", null_words: [text.slice(0, 64)] };
  await ports.documents.commit([{ kind: "imports", id: "odd", document: { ...set, ...added } }]);
  await putFeeds(ports.documents, text);
}

/** At an address of its own, by plain HTTP. */
export async function serve({ ask }: Pick<World, "ask">): Promise<{ origin: string; server: Server }> {
  const server = createServer({ maxHeaderSize: 4 * 1024 * 1024 }, async (incoming, response) => {
    const [path = "", query = ""] = incoming.url!.split("?");
    let body = "";
    for await (const chunk of incoming.setEncoding("utf8")) body += String(chunk);
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    // As if it stood where the panel thinks it is.
    const { origin: _, referer: __, ...sent } = incoming.headers as Record<string, string>;
    const headers: Record<string, string> = { ...sent, host };
    delete headers["sec-fetch-site"];
    const reply = await ask({
      method: incoming.method!,
      path,
      query,
      headers,
      body,
      gone: gone.signal,
    }).catch(
      // A script gets the document of the problem, not a page.
      (error: unknown) => ({ status: asProblem(error).status, headers: {}, body: asProblem(error).message }),
    );
    response.writeHead(reply.status, reply.headers);
    if (typeof reply.body === "object" && Symbol.asyncIterator in reply.body)
      for await (const chunk of reply.body) response.write(chunk);
    else response.write(reply.body ?? "");
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** One that can be used, and one that cannot. */
async function putFeeds(documents: Documents, text: string): Promise<void> {
  const feed = { url: "https://crm.example.com/feed", table: "odd", zone: "UTC" };
  const fetched = { at: Date.now(), day: text, state: "failed", code: "not_json", reason: text, rows: 3 };
  const taken = { ...fetched, state: "taken", mixed: [{ field: text, types: ["DATE", "STRING"] }] };
  const state = {
    table: "odd",
    columns: [{ field: text, column: text, type: "STRING" }],
    parts: { all: { waits: 3 } },
    fetches: [fetched, taken],
  };
  await documents.commit([
    { kind: "feeds", id: "odd", document: { ...feed, key: text.slice(0, 300), updated: text.slice(0, 300) } },
    { kind: "feeds", id: "broken", document: { ...feed, url: text } },
    { kind: "fetches", id: "odd", document: state },
  ]);
}
