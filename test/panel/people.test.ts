import { expect, test } from "@jest/globals";
import { makeRow, rowColumns, rowSpec } from "../../functions/hits/row.ts";
import { letterRow } from "../../functions/letters/letter.ts";
import { queueDown, signInNeeded } from "../../functions/problems.ts";
import { reaches, roles, type Role } from "../../functions/people/person.ts";
import { addImport } from "../../functions/import/registered/imports.ts";
import { thisMachine, type Who } from "../../functions/people/who.ts";
import type { Reply } from "../../functions/request.ts";
import { putFiles } from "../support/imported.ts";
import { putLinks } from "../support/linked.ts";
import { openPanel } from "./setup.ts";

/** Who may open which page. */

/** Every route × every role × the sight of payloads. What each needs is said here once more, by hand: a slip
 *  in the route does not pass, nor a route that is not here. `part`: without that sight it shows less. */
const needed: Record<string, [Role, "none" | "part" | "whole"]> = {
  "GET /": ["viewer", "none"],
  "GET /streams": ["viewer", "part"],
  "POST /demo": ["editor", "none"],
  "POST /demo/remove": ["editor", "none"],
  "GET /streams/new": ["editor", "none"],
  "POST /streams/new": ["editor", "none"],
  "GET /streams/new/table": ["editor", "none"],
  "GET /streams/{id}": ["viewer", "part"],
  "GET /streams/{id}/live": ["viewer", "part"],
  "GET /streams/{id}/tail": ["viewer", "part"],
  "GET /streams/{id}/problems": ["viewer", "part"],
  "POST /streams/{id}/problems/replay": ["editor", "none"],
  "POST /streams/{id}/problems/discard": ["editor", "none"],
  "GET /streams/{id}/problems/jobs/{job}": ["viewer", "none"],
  "POST /streams/{id}/problems/jobs/{job}/stop": ["editor", "none"],
  "GET /streams/{id}/settings": ["editor", "part"],
  "POST /streams/{id}/settings": ["editor", "none"],
  "POST /streams/{id}/state": ["editor", "none"],
  "POST /streams/{id}/remove": ["editor", "none"],
  "POST /streams/{id}/links": ["editor", "none"],
  "POST /streams/{id}/links/withdraw": ["editor", "none"],
  "POST /streams/{id}/test": ["editor", "none"],
  "GET /streams/{id}/test/{hit_id}": ["viewer", "part"],
  "GET /snippets/{type}": ["viewer", "none"],
  "GET /imports": ["viewer", "part"],
  "GET /imports/new": ["editor", "none"],
  "POST /imports/new": ["editor", "none"],
  "POST /imports/new/check": ["editor", "none"],
  "GET /imports/{import}": ["viewer", "part"],
  "POST /imports/{import}/files": ["editor", "none"],
  "POST /imports/{import}/uploads": ["editor", "none"],
  "GET /imports/{import}/files/{file}": ["viewer", "part"],
  "POST /imports/{import}/files/{file}/anyway": ["admin", "none"],
  "GET /imports/{import}/files/{file}/rejects": ["viewer", "whole"],
  "POST /imports/{import}/files/{file}/again": ["editor", "none"],
  "POST /imports/{import}/files/{file}/remove": ["editor", "none"],
  "GET /imports/{import}/days": ["viewer", "none"],
  "GET /imports/{import}/links": ["viewer", "part"],
  "POST /imports/{import}/links": ["editor", "none"],
  "GET /imports/{import}/links/unlinked": ["viewer", "whole"],
  "GET /imports/{import}/connection": ["viewer", "none"],
  "POST /imports/{import}/connection": ["admin", "none"],
  "POST /imports/{import}/connection/look": ["editor", "none"],
  "GET /imports/{import}/settings": ["editor", "none"],
  "POST /imports/{import}/settings": ["editor", "none"],
  "POST /imports/{import}/settings/check": ["editor", "none"],
  "GET /feeds": ["viewer", "none"],
  "GET /feeds/new": ["editor", "none"],
  "POST /feeds/new": ["editor", "none"],
  "GET /feeds/{feed}": ["viewer", "none"],
  "POST /feeds/{feed}": ["editor", "none"],
  "POST /feeds/{feed}/fetch": ["editor", "none"],
  "POST /feeds/{feed}/take": ["editor", "none"],
  "POST /feeds/{feed}/remove": ["editor", "none"],
  "GET /find": ["viewer", "part"],
  "GET /tables": ["viewer", "none"],
  "GET /tables/{table}": ["viewer", "whole"],
  "POST /tables/{table}/download": ["viewer", "whole"],
  "GET /query": ["viewer", "whole"],
  "POST /query": ["viewer", "whole"],
  "POST /query/download": ["viewer", "whole"],
  "GET /settings": ["viewer", "none"],
  "GET /settings/people": ["admin", "none"],
  "POST /settings/people": ["admin", "none"],
  "POST /settings/people/change": ["admin", "none"],
  "GET /settings/tokens": ["viewer", "none"],
  "POST /settings/tokens": ["viewer", "none"],
  "POST /settings/tokens/end": ["viewer", "none"],
  "GET /settings/imports": ["editor", "none"],
  "POST /settings/imports": ["admin", "none"],
  "GET /settings/audit": ["admin", "none"],
  "GET /settings/system": ["viewer", "none"],
  "GET /settings/you": ["viewer", "none"],
  "POST /settings/you/sign-out-everywhere": ["viewer", "none"],
  "GET /parts": ["viewer", "none"],
};

const stream = "11111111-1111-4111-8111-111111111111";
const letter = "aaaaaaaa-0000-4000-8000-000000000001";
const row = "aaaaaaaa-0000-4000-8000-000000000002";
const file = "01795000000000-00000000000000aa";
const secret = "order-N1-of-maria";
const form = { "content-type": "application/x-www-form-urlencoded" };

/** A stream with a row and a dead letter, and an import with a file: `secret` is wherever a payload can
 *  bring it. */
async function openAs(who: Who) {
  // A job that cannot be begun is not waited for.
  const jobs = { next: () => Promise.reject(queueDown({ why: "made by the test" })) };
  const panel = await openPanel({ personOf: () => who, jobs });
  const { registry, warehouse, ports } = panel;
  registry.put(stream, { table: "a.b", offset: "UTC", key: "orderId" });
  const table = { dataset: "a", table: "b" };
  for (const dataset of ["a", "afterclick"]) await warehouse.createDataset({ dataset, table: "" });
  await warehouse.createTable(table, rowSpec);
  const hit = { hit_id: row, stream_id: stream, received_at: ports.now(), body: Buffer.from(secret) };
  const deadlineMs = 1_000;
  await warehouse.append(table, rowColumns, [await makeRow(hit, "2026-11-27")], { deadlineMs });
  const detail = `The warehouse refuses ${secret}`;
  const why = { reason: "row_refused", detail, at: ports.now() } as const;
  const failed = { ...hit, hit_id: letter, query: `a=${secret}`, headers: { "x-order": secret } };
  await ports.letters.append("letters", [letterRow(failed, why)], { deadlineMs });
  await addImport(ports, thisMachine, { name: "crm", zone: "UTC" });
  const feed = { url: "https://crm.example.com/feed", table: "crm", zone: "UTC" };
  await ports.documents.commit([{ kind: "feeds", id: "crm", document: feed }]);
  const faults = JSON.stringify([{ code: "date_format", field: "date", value: secret, hint: secret }]);
  await putFiles(
    warehouse,
    [
      {
        file_id: file,
        state: "failed",
        code: "too_many_rejects",
        reason: detail,
        hints: JSON.stringify([detail]),
        rejected: 1,
      },
    ],
    [{ file_id: file, raw: secret, faults }],
  );
  const event = { reference_id: secret, reference_evs: "lead", suggestion: secret, state: "unlinked" };
  await putLinks(warehouse, {
    report: [{ events: 1, unlinked: 1, id_near: 1, reference_ev: "lead" }],
    events: [{ ...event, event_id: "e", reason: "id_near" }],
  });
  return panel;
}

const addressOf = (template: string) =>
  template
    .replace("{id}", stream)
    .replace("{import}", "crm")
    .replace("{feed}", "crm")
    .replace("{file}", file)
    .replace("{job}", "none")
    .replace("{hit_id}", row)
    .replace("{table}", "a.b")
    .replace("{type}", "curl");

const someone = (role: Role, seesPayloads: boolean): Who => ({
  ...thisMachine,
  name: "maria",
  role,
  seesPayloads,
  how: "session",
});

async function textOf({ body, headers }: Reply): Promise<string> {
  // Whoever watches is shown what comes later: nothing comes here.
  if (headers?.["content-type"] === "text/event-stream") return "";
  if (body === undefined || typeof body === "string" || body instanceof Uint8Array)
    return Buffer.from(body ?? "").toString();
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

test("every page that there is says who may open it, and no other one does", async () => {
  const { routes } = await openPanel();
  expect(routes.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(Object.keys(needed).sort());
});

test.each(Object.entries(needed))("%s is for those who may", async (route, [role, payloads]) => {
  const [method = "", template = ""] = route.split(" ");
  for (const has of roles)
    for (const seesPayloads of [true, false]) {
      const { ask } = await openAs(someone(has, seesPayloads));
      const { status, ...reply } = await ask({
        method,
        path: addressOf(template),
        headers: form,
        body: "",
      });
      const body = status === 403 ? await textOf({ status, ...reply }) : "";
      const refused = !reaches(has, role)
        ? `this needs the role ${role}`
        : payloads === "whole" && !seesPayloads
          ? "payloads_hidden"
          : undefined;
      expect([has, seesPayloads, status === 403]).toEqual([has, seesPayloads, refused !== undefined]);
      if (refused !== undefined) expect(body).toContain(refused);
    }
});

const looks = [
  ...Object.keys(needed)
    .filter((route) => route.startsWith("GET "))
    .map((route) => addressOf(route.slice(4))),
  `/streams/${stream}/test/${letter}`,
  `/streams/${stream}/problems?replay=row_refused`,
  `/streams/${stream}/problems?discard=row_refused`,
  `/find?q=${row}`,
  `/find?q=${letter}`,
  "/imports/crm/links?reason=id_near",
];

test("no page shows what a payload brought to those who may not see payloads", async () => {
  const shownTo = async (seesPayloads: boolean) => {
    const { get } = await openAs(someone("admin", seesPayloads));
    const shown: string[] = [];
    for (const address of looks) {
      const reply = await get(address, { accept: "text/html" });
      if ((await textOf(reply)).includes(secret)) shown.push(address);
    }
    return shown;
  };
  // What is seen by the others shows that there was something to hide.
  expect((await shownTo(true)).length).toBeGreaterThan(5);
  expect(await shownTo(false)).toEqual([]);
});

test("no form of another site is taken, by any page that changes something, and nothing is read of it", async () => {
  const { ask, registry } = await openPanel();
  registry.put(stream, { table: "a.b", offset: "UTC" });
  const changing = Object.keys(needed).filter((route) => route.startsWith("POST "));
  expect(changing.length).toBeGreaterThan(12);
  const foreign = [
    { origin: "https://evil.example.com" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { origin: "https://evil.example.com", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" },
  ];
  for (const path of changing.map((route) => addressOf(route.slice(5))))
    for (const headers of foreign) {
      const { status } = await ask({
        method: "POST",
        path,
        headers: { ...form, ...headers },
        body: "reason=x&note=y",
      });
      expect([path, headers, status]).toEqual([path, headers, 403]);
    }
  expect(await registry.list()).toHaveLength(1);
});

test("no page is shown in a frame of another one, whatever it answers", async () => {
  const { get } = await openAs(thisMachine);
  let pages = 0;
  for (const address of looks) {
    const { headers = {} } = await get(address).catch(() => ({ headers: {} }));
    if (!(headers as Record<string, string>)["content-type"]?.startsWith("text/html")) continue;
    expect([address, (headers as Record<string, string>)["content-security-policy"]]).toEqual([
      address,
      expect.stringContaining("frame-ancestors 'none'"),
    ]);
    pages += 1;
  }
  expect(pages).toBeGreaterThan(10);
});

test("texts of payloads are searched for those alone who may see them", async () => {
  for (const seesPayloads of [true, false]) {
    const who = { ...thisMachine, role: "admin" as const, seesPayloads };
    const { get } = await openPanel({ personOf: () => who });
    const { body } = await get("/find?q=order-N1");
    expect(String(body).includes("for those who may see payloads")).toBe(!seesPayloads);
    expect(String(body).includes("No hit that holds")).toBe(seesPayloads);
  }
});

test("whoever is not signed in is led to where they can, and back; a program, or a form, is told", async () => {
  const nobody = () => {
    throw signInNeeded({ isStripped: false });
  };
  const { ask, get } = await openPanel({ personOf: nobody });
  const { status, headers } = await get("/streams?q=a&sort=name");
  expect([status, headers?.["location"]]).toEqual([303, "/sign-in?to=%2Fstreams%3Fq%3Da%26sort%3Dname"]);
  const sent = await ask({ method: "POST", path: "/streams/new", body: "" });
  expect(sent.status).toBe(401);
  await expect(ask({ path: "/streams", headers: { accept: "application/json" } })).rejects.toMatchObject({
    code: "sign_in_needed",
  });
});
