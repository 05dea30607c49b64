import { expect, test } from "@jest/globals";
import { afterclick, fakeAdmin } from "../../support/cli.ts";

/** The commands around people that test/local/people.test.ts does not run against a server. */

const maria = {
  name: "maria@example.com",
  role: "editor",
  sees_payloads: true,
  added_by: "ada",
  has_password: false,
  link_until: Date.UTC(2026, 11, 4),
};

test("people list says who may do what, who signs in how, and for whom Identity-Aware Proxy speaks", async () => {
  const ada = {
    name: "ada",
    role: "admin",
    sees_payloads: false,
    added_by: "the configuration",
    first_admin: true,
  };
  await using admin = await fakeAdmin({
    "GET /v1/people": {
      json: {
        people: [{ ...ada, has_password: true }, maria],
        iap_audience: "/projects/1/global/backendServices/2",
      },
    },
  });
  const { out, err } = await afterclick(["people", "list"], { url: admin.url });
  expect(out).toMatch(/^ada +\| admin, by configuration \| no +\| password +\| the configuration$/m);
  expect(out).toMatch(/^maria@example\.com \| editor +\| yes +\| link until 2026-12-04T00:00:00Z \| ada$/m);
  expect(err).toContain("backendServices/2");
});

test("people reset prints the link alone, so that it can be handed on; where its address is not known it says so", async () => {
  const link = { path: "/password/bWFyaWE.x", until: Date.UTC(2026, 11, 4) };
  await using admin = await fakeAdmin({
    "POST /v1/people/maria%40example.com/reset": [
      { json: { person: maria, link: { ...link, url: `https://afterclick.example.com${link.path}` } } },
      { json: { person: maria, link } },
    ],
  });
  const known = await afterclick(["people", "reset", "maria@example.com"], { url: admin.url });
  expect([known.code, known.out]).toEqual([0, `https://afterclick.example.com${link.path}\n`]);
  const unknown = await afterclick(["people", "reset", "maria@example.com"], { url: admin.url });
  expect(unknown.out).toBe(`${link.path}\n`);
  expect(unknown.err).toContain("PANEL_URL");
});

test("people iap, tokens remove and me --sign-out-everywhere say what they did", async () => {
  const iap_audience = "/projects/1/global/backendServices/2";
  await using admin = await fakeAdmin({
    "POST /v1/iap": { json: { iap_audience } },
    "DELETE /v1/tokens/000000000000": { json: { id: "000000000000" } },
    "POST /v1/me/sign-out-everywhere": { json: { name: "maria" } },
  });
  const says = async (...argv: string[]) => (await afterclick(argv, { url: admin.url })).out;
  expect(await says("people", "iap", iap_audience)).toContain(iap_audience);
  expect(admin.asked[0]?.body).toEqual({ audience: iap_audience });
  expect(await says("tokens", "remove", "000000000000")).toBe("Token 000000000000 is over.\n");
  expect(await says("me", "--sign-out-everywhere")).toBe("All sessions of maria are over.\n");
});

test.each([
  [["people", "add", "maria"], "needs --role"],
  [["people", "add", "maria", "--role", "owner"], "viewer, editor, admin"],
  [["people", "role", "maria"], "--payloads"],
  [["people", "role", "maria", "--payloads", "maybe"], "yes, no"],
  [["people", "remove", "maria"], "--yes"],
  [["tokens", "add", "ci"], "needs --role"],
  [["tokens", "add", "ci", "--role", "viewer", "--days", "0"], "1"],
])("%j asks the server nothing", async (argv, says) => {
  const { code, err } = await afterclick(argv);
  expect(code).toBe(2);
  expect(err).toContain(says);
});

test("nothing that a name or an entry holds reaches the terminal as more than text", async () => {
  const odd = "\u001b[2J\u202eevil";
  const entry = {
    id: "1",
    at: 0,
    who: odd,
    how: "session",
    what: "person_added",
    about: odd,
    after: { name: odd },
  };
  await using admin = await fakeAdmin({
    "GET /v1/people": { json: { people: [{ ...maria, name: odd, added_by: odd }] } },
    "GET /v1/audit": { json: { entries: [entry] } },
    "GET /v1/me": { json: { name: odd, role: odd, sees_payloads: true, how: odd } },
    "GET /v1/tokens": {
      json: { tokens: [{ id: odd, name: odd, person: odd, role: odd, sees_payloads: true }] },
    },
  });
  for (const argv of [["people", "list"], ["audit"], ["me"], ["tokens", "list"]]) {
    const { code, out } = await afterclick(argv, { url: admin.url });
    expect([argv, code]).toEqual([argv, 0]);
    // eslint-disable-next-line no-control-regex
    expect(out).not.toMatch(/[\u001b\u202e]/);
  }
});
