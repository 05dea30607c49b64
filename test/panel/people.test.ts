import { expect, test } from "@jest/globals";
import { signInNeeded } from "../../functions/problems.ts";
import { reaches, roles, type Role } from "../../functions/people/person.ts";
import { thisMachine } from "../../functions/people/who.ts";
import { openPanel } from "./setup.ts";

/** Who may open which page. What each needs is said here once more, by hand. */

const stream = "11111111-1111-4111-8111-111111111111";
const needed: [string, string, Role][] = [
  ["GET", "/streams", "viewer"],
  ["GET", `/streams/${stream}`, "viewer"],
  ["GET", "/parts", "viewer"],
  ["GET", "/find?q=abc", "viewer"],
  ["GET", "/snippets/curl", "viewer"],
  ["GET", `/streams/${stream}/live`, "viewer"],
  ["GET", `/streams/${stream}/problems`, "viewer"],
  ["GET", `/streams/${stream}/problems/jobs/none`, "viewer"],
  ["POST", `/streams/${stream}/problems/replay`, "editor"],
  ["POST", `/streams/${stream}/problems/discard`, "editor"],
  ["GET", `/streams/${stream}/settings`, "editor"],
  ["POST", `/streams/${stream}/settings`, "editor"],
  ["POST", `/streams/${stream}/state`, "editor"],
  ["POST", `/streams/${stream}/remove`, "editor"],
  ["GET", "/streams/new", "editor"],
  ["GET", "/streams/new/table?table=a.b&offset=UTC", "editor"],
  ["POST", "/streams/new", "editor"],
  ["POST", `/streams/${stream}/links`, "editor"],
  ["POST", `/streams/${stream}/links/withdraw`, "editor"],
  ["POST", `/streams/${stream}/test`, "editor"],
  ["POST", "/demo", "editor"],
  ["POST", "/demo/remove", "editor"],
  ["GET", "/tables", "viewer"],
  ["GET", "/settings", "viewer"],
  ["GET", "/settings/people", "admin"],
  ["POST", "/settings/people", "admin"],
  ["POST", "/settings/people/change", "admin"],
  ["GET", "/settings/tokens", "viewer"],
  ["POST", "/settings/tokens", "viewer"],
  ["POST", "/settings/tokens/end", "viewer"],
  ["GET", "/settings/audit", "admin"],
  ["GET", "/settings/system", "viewer"],
  ["GET", "/settings/you", "viewer"],
  ["POST", "/settings/you/sign-out-everywhere", "viewer"],
];

test.each(needed)("%s %s is for those who may", async (method, address, role) => {
  for (const has of roles) {
    const who = { ...thisMachine, name: "maria", role: has, how: "session" as const };
    const { ask, registry } = await openPanel({ personOf: () => who });
    registry.put(stream, { table: "a.b", offset: "UTC" });
    const [path = "", query = ""] = address.split("?");
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const { status, body } = await ask({ method, path, query, headers, body: "" });
    expect([has, status === 403]).toEqual([has, !reaches(has, role)]);
    if (status === 403) expect(body).toContain(`this needs the role ${role}`);
  }
});

test("no form of another site is taken, by any page that changes something, and nothing is read of it", async () => {
  const { ask, registry } = await openPanel();
  registry.put(stream, { table: "a.b", offset: "UTC" });
  const changing = needed.filter(([method]) => method === "POST");
  expect(changing.length).toBeGreaterThan(12);
  const foreign = [
    { origin: "https://evil.example.com" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { origin: "https://evil.example.com", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" },
  ];
  for (const [method, path] of changing)
    for (const headers of foreign) {
      const type = { "content-type": "application/x-www-form-urlencoded" };
      const { status } = await ask({
        method,
        path,
        headers: { ...type, ...headers },
        body: "reason=x&note=y",
      });
      expect([path, headers, status]).toEqual([path, headers, 403]);
    }
  expect(await registry.list()).toHaveLength(1);
});

test("no page is shown in a frame of another one, whatever it answers", async () => {
  const { get, registry } = await openPanel();
  registry.put(stream, { table: "a.b", offset: "UTC" });
  let pages = 0;
  for (const [method, address] of needed) {
    if (method !== "GET") continue;
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
  const form = await ask({ method: "POST", path: "/streams/new", body: "" });
  expect(form.status).toBe(401);
  await expect(ask({ path: "/streams", headers: { accept: "application/json" } })).rejects.toMatchObject({
    code: "sign_in_needed",
  });
});
