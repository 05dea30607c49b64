import { expect, test } from "@jest/globals";
import { addPerson } from "../../functions/people/change.ts";
import { addToken } from "../../functions/people/tokens.ts";
import { thisMachine, type Who } from "../../functions/people/who.ts";
import { warehouseDown } from "../../functions/problems.ts";
import { host, openPanel } from "./setup.ts";

const admin: Who = { ...thisMachine, id: "ada", name: "ada", how: "session" };

async function open(who: Who = admin, changed: Parameters<typeof openPanel>[0] = {}) {
  const panel = await openPanel({ personOf: () => who, ...changed });
  const post = (path: string, fields: Record<string, string>) =>
    panel.ask({
      method: "POST",
      path,
      headers: {
        origin: changed.panelOrigin ?? `http://${host}`,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams(fields).toString(),
    });
  const text = async (address: string) => String((await panel.get(address)).body);
  return { ...panel, post, text };
}

test("the first page is one that whoever asks may open, and no tab leads where they may not", async () => {
  const viewer: Who = { ...admin, role: "viewer" };
  for (const [who, first, titles] of [
    [admin, "/settings/people", ["People", "API tokens", "Import custom data", "Audit", "System", "You"]],
    [viewer, "/settings/tokens", ["API tokens", "System", "You"]],
  ] as const) {
    const { get, text } = await open(who);
    expect((await get("/settings")).headers!["location"]).toBe(first);
    const [, tabs] = /aria-label="Settings">(.*?)<\/nav>/s.exec(await text(first))!;
    expect([...tabs!.matchAll(/>([^<]+)<\/a>/g)].map(([, title]) => title)).toEqual(titles);
  }
});

test("a person is added, gets other rights and a new link, and is removed; the link is in one answer alone", async () => {
  const { post, text, ports } = await open(admin, { panelOrigin: "https://panel.example.com" });
  const added = await post("/settings/people", { name: "Maria", role: "editor", sees_payloads: "1" });
  expect(added.status).toBe(200);
  expect(added.headers!["cache-control"]).toBe("no-store");
  const [link] = /https:\/\/panel\.example\.com\/password\/[\w.-]+/.exec(String(added.body))!;
  expect(await text("/settings/people")).not.toContain("/password/");
  const change = { name: "Maria", role: "viewer", act: "change" };
  expect((await post("/settings/people/change", change)).status).toBe(303);
  expect((await ports.documents.read("people", "maria"))!.document).toMatchObject({
    role: "viewer",
    sees_payloads: false,
  });
  const reset = await post("/settings/people/change", { name: "Maria", act: "reset" });
  expect(String(reset.body)).toMatch(/https:\/\/panel\.example\.com\/password\//);
  expect(String(reset.body)).not.toContain(link);
  expect(await text("/settings/people?person=Maria&remove")).toContain("Remove Maria?");
  expect((await post("/settings/people/change", { name: "Maria", act: "remove" })).status).toBe(303);
  expect(await ports.documents.read("people", "maria")).toBeUndefined();
  const audit = await text("/settings/audit");
  for (const deed of ["person added", "person changed", "link made", "person removed"])
    expect(audit).toContain(`<strong>${deed}</strong>`);
  expect(audit).not.toContain(link);
});

test("nobody gives more than they hold, and what was refused is said on the page", async () => {
  const { post, ports } = await open({ ...admin, seesPayloads: false });
  const { status, body } = await post("/settings/people", { name: "eve", role: "admin", sees_payloads: "1" });
  expect([status, String(body).includes("Nothing was changed.")]).toEqual([403, true]);
  expect(await ports.documents.list("people", { limit: 9 })).toEqual([]);
  expect((await post("/settings/people", { name: "<b>", role: "viewer" })).status).toBe(400);
});

test("a token is shown once, its last use is told, and it ends after a question", async () => {
  const { post, text, ports } = await open();
  await addPerson(ports, thisMachine, { name: "ada", role: "admin", sees_payloads: true });
  const made = await post("/settings/tokens", { name: "nightly job", role: "viewer", days: "30" });
  const [token] = /afterclick_[a-z0-9]{12}_[\w-]{43}/.exec(String(made.body))!;
  const list = await text("/settings/tokens");
  expect(list).not.toContain(token);
  expect(list).toMatch(/nightly job[\s\S]*without payloads[\s\S]*never/);
  const [id] = /[a-z0-9]{12}(?=_)/.exec(token)!;
  expect(await text(`/settings/tokens?end=${id}`)).toContain("End the token “nightly job”?");
  expect((await post("/settings/tokens/end", { id })).headers!["location"]).toBe("/settings/tokens?ended");
  expect(await ports.documents.list("tokens", { limit: 9 })).toEqual([]);
  for (const [fields, said] of [
    [{ name: "", role: "viewer" }, "1 to 80"],
    [{ name: "x", role: "viewer", days: "0" }, "1 to 3650"],
    [{ name: "x", role: "viewer", person: "nobody" }, "person_unknown"],
  ] as const) {
    const { status, body } = await post("/settings/tokens", fields);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(String(body)).toContain(said === "person_unknown" ? "Nothing was changed." : said);
  }
});

test("a viewer sees and ends tokens of their own alone", async () => {
  const viewer: Who = { ...admin, id: "vic", name: "vic", role: "viewer", seesPayloads: false };
  const { post, text, ports } = await open(viewer);
  for (const name of ["ada", "vic"]) {
    await addPerson(ports, thisMachine, { name, role: "viewer", sees_payloads: false });
    await addToken(ports, thisMachine, {
      name: `of ${name}`,
      role: "viewer",
      sees_payloads: false,
      person: name,
    });
  }
  const list = await text("/settings/tokens");
  expect([list.includes("of vic"), list.includes("of ada")]).toEqual([true, false]);
  const others = (await ports.documents.list("tokens", { limit: 9 })).find(
    ({ document }) => (document as { person: string }).person === "ada",
  )!;
  expect((await post("/settings/tokens/end", { id: others.id })).status).toBe(404);
  expect((await post("/settings/tokens", { name: "x", role: "admin", person: "ada" })).status).toBe(403);
});

test("lists of people, tokens and deeds are paged, and the pages keep the filter", async () => {
  const { text, ports } = await open();
  for (let n = 0; n < 60; n++) {
    const name = `person ${n}`;
    await addPerson(ports, thisMachine, { name, role: "viewer", sees_payloads: false });
    await addToken(ports, thisMachine, { name, role: "viewer", sees_payloads: false, person: name });
  }
  for (const address of [
    "/settings/people",
    "/settings/tokens",
    "/settings/audit?what=person_added&who=this machine",
  ]) {
    const first = await text(address);
    const [, next] = /href="([^"]+)">(?:Next|Older)</.exec(first)!;
    const second = await text(next!.replaceAll("&amp;", "&"));
    const rows = (html: string) => html.match(/<tr><th scope="row"/g)!.length;
    expect([address, rows(first), rows(second)]).toEqual([address, 50, 10]);
    expect(second).not.toMatch(/>(?:Next|Older)</);
  }
});

test("whatever stands in a document of people, tokens or the audit shows as text", async () => {
  const { text, ports } = await open();
  const odd = `<script>alert(1)</script>\u202e"'`;
  await ports.documents.commit([
    {
      kind: "people",
      id: "odd",
      document: {
        name: odd,
        role: "viewer",
        sees_payloads: false,
        generation: 1,
        added_by: odd,
        added_at: odd,
      },
    },
    {
      kind: "tokens",
      id: "aaaaaaaaaaaa",
      document: { name: odd, person: odd, role: "viewer", sees_payloads: true, hash: odd, added_at: 1 },
    },
    {
      kind: "audit",
      id: "00000000000000-000000000000",
      document: { at: 1, who: odd, how: odd, what: odd, about: odd, after: JSON.stringify({ [odd]: odd }) },
    },
  ]);
  for (const address of [
    "/settings/people?person=odd",
    "/settings/tokens?end=aaaaaaaaaaaa",
    "/settings/audit",
  ])
    expect(await text(address)).not.toContain("<script>alert");
});

test("System tells what answers, what does not and why, and the disk where there is one", async () => {
  const { text } = await open(admin, { disk: () => ({ free_bytes: 5e9, used_bytes: 12e6 }) });
  const well = await text("/settings/system");
  expect(well).toContain("Every part is in order.");
  expect(well).toContain("12\u00a0MB used by the data folder, 5,000\u00a0MB free");
  const sick = await open(admin, {
    queue: {
      publish: () => Promise.reject(new Error()),
      check: () => Promise.reject(warehouseDown({ why: "test" })),
      close: async () => undefined,
    } as never,
  });
  const told = await sick.text("/settings/system");
  expect(told).toContain("1 check of 3 needs somebody.");
  expect(told).toMatch(/queue[\s\S]*Failing[\s\S]*test/);
});
