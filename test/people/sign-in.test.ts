import { expect, test } from "@jest/globals";
import { addPerson, resetPassword } from "../../functions/people/change.ts";
import { freeFailures } from "../../functions/people/pauses.ts";
import { sessionMs } from "../../functions/people/sessions.ts";
import { linkMs } from "../../functions/people/link.ts";
import { thisMachine } from "../../functions/people/who.ts";
import { goodPassword as password, openDoorOfPeople, panelOrigin } from "../support/people.ts";

const me = async (ask: Awaited<ReturnType<typeof openDoorOfPeople>>["ask"], cookie: string | undefined) =>
  ask("GET", "/v1/me", { headers: cookie === undefined ? {} : { cookie } });

test("a link sets a password, once, and signs in; then the password does", async () => {
  const { ask, form, people, deeds } = await openDoorOfPeople();
  const given = { name: "Maria@example.com", role: "editor", sees_payloads: false } as const;
  const { link } = await addPerson(people, thisMachine, given);
  const shown = await ask("GET", link.path);
  expect(shown.status).toBe(200);
  expect(shown.text).toContain('value="Maria@example.com"');
  expect((await ask("GET", link.path)).status).toBe(200);

  const weak = await form(link.path, { password: "short" });
  expect([weak.status, weak.cookie]).toEqual([422, undefined]);
  expect(weak.text).toContain("has 5 characters");
  const set = await form(link.path, { password });
  expect([set.status, set.headers["location"]]).toEqual([303, "/"]);
  expect((await me(ask, set.cookie)).json).toEqual({
    name: "Maria@example.com",
    role: "editor",
    sees_payloads: false,
    how: "session",
  });
  expect((await form(link.path, { password })).status).toBe(410);
  expect((await ask("GET", link.path)).text).toContain("This link was used");

  const signedIn = await form("/sign-in?to=%2Fstreams%3Fq%3Da", { name: " MARIA@example.com", password });
  expect([signedIn.status, signedIn.headers["location"]]).toEqual([303, "/streams?q=a"]);
  expect((await me(ask, signedIn.cookie)).status).toBe(200);
  expect((await deeds()).map(([what]) => what).sort()).toEqual(["password_set", "person_added", "signed_in"]);
});

test("the cookie is kept for this host alone, over TLS, from scripts and from what other pages send", async () => {
  const { form, person } = await openDoorOfPeople();
  await person("maria", "viewer", false);
  const { headers } = await form("/sign-in", { name: "maria", password });
  expect(headers["set-cookie"]).toMatch(
    /^__Host-afterclick=[\w-]+\.[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=1209600$/,
  );
});

test("whether a name exists is told by no text, no status, no header and no work that is done", async () => {
  const { form, person, people, documents } = await openDoorOfPeople();
  await person("maria", "viewer", false);
  await addPerson(people, thisMachine, { name: "invited", role: "viewer", sees_payloads: false });
  const answers = [];
  for (const [index, name] of ["maria", "invited", "nobody", "<b>"].entries()) {
    const before = documents.commits;
    const { status, text, headers } = await form(
      "/sign-in",
      { name, password: "wrong" },
      {},
      `203.0.113.${index}`,
    );
    const shown = name.replace("<b>", "&lt;b&gt;");
    answers.push([status, text.replace(`value="${shown}"`, ""), headers, documents.commits - before]);
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]![0]).toBe(401);
});

test("after 5 failures with a name signing in pauses, also with the right password and for names that nobody has", async () => {
  const { form, person, clock } = await openDoorOfPeople();
  await person("maria", "viewer", false);
  const waits: Record<string, string[]> = { maria: [], nobody: [] };
  let address = 0;
  const fail = (name: string, given = "wrong") =>
    form("/sign-in", { name, password: given }, {}, `2001:db8:0:${address++}::1`);
  for (const name of ["maria", "nobody"]) {
    for (let failure = 0; failure < freeFailures; failure++) expect((await fail(name)).status).toBe(401);
    for (let round = 0; round < 7; round++) {
      const paused = await fail(name, password);
      expect(paused.status).toBe(429);
      waits[name]!.push(paused.headers["retry-after"]!);
      clock.ms += Number(paused.headers["retry-after"]) * 1_000;
      expect((await fail(name)).status).toBe(401);
    }
  }
  expect(waits["maria"]).toEqual(["30", "60", "120", "240", "480", "900", "900"]);
  expect(waits["nobody"]).toEqual(waits["maria"]);
  clock.ms += 900_000;
  expect((await fail("maria", password)).status).toBe(303);
  // Forgiven: the next failure is the first one.
  expect((await fail("maria")).status).toBe(401);
  expect((await fail("maria", password)).status).toBe(303);
});

test("after 5 failures from an address it pauses for all names, an IPv6 network counts as one, and a proxy that names nobody is none", async () => {
  const { form, person } = await openDoorOfPeople();
  await person("maria", "viewer", false);
  const fail = (index: number, address: string) =>
    form("/sign-in", { name: `somebody ${index}`, password: "wrong" }, {}, address);
  for (let index = 0; index < freeFailures; index++) {
    expect((await fail(index, `2001:db8::${index}`)).status).toBe(401);
    expect((await fail(100 + index, "127.0.0.1")).status).toBe(401);
  }
  const from = (address: string) => form("/sign-in", { name: "maria", password }, {}, address);
  expect((await from("2001:db8::ffff")).status).toBe(429);
  expect((await from("2001:db8:0:1::1")).status).toBe(303);
  expect((await from("127.0.0.1")).status).toBe(303);
});

test("of many guesses at once each waits for those before it: five are checked, the rest is refused", async () => {
  const { form, person } = await openDoorOfPeople();
  await person("maria", "viewer", false);
  const guesses = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      form("/sign-in", { name: "maria", password: `guess ${index}` }, {}, `198.51.100.${index}`),
    ),
  );
  const statuses = guesses.map(({ status }) => status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(freeFailures);
  expect(statuses.filter((status) => status === 429)).toHaveLength(12 - freeFailures);
});

test("a session is begun anew at each sign-in, whatever cookie was there before", async () => {
  const { ask, form, person } = await openDoorOfPeople();
  await person("maria", "viewer", false);
  const planted = `__Host-afterclick=${Buffer.from("maria").toString("base64url")}.${"x".repeat(43)}`;
  expect((await me(ask, planted)).code).toBe("sign_in_needed");
  const first = await form("/sign-in", { name: "maria", password }, { cookie: planted });
  expect(first.cookie).not.toBe(planted);
  expect((await me(ask, planted)).code).toBe("sign_in_needed");
  const second = await form("/sign-in", { name: "maria", password }, { cookie: first.cookie! });
  expect(second.cookie).not.toBe(first.cookie);
  // Two cookies of the name that only one can have: neither counts.
  expect((await me(ask, `${first.cookie}; ${second.cookie}`)).code).toBe("sign_in_needed");
});

test("a session ends by signing out, with its time, with everything of the person, and when the person goes", async () => {
  const { ask, form, person, people, clock } = await openDoorOfPeople();
  const signIn = async () => (await form("/sign-in", { name: "maria", password })).cookie!;
  const isIn = async (cookie: string) => (await me(ask, cookie)).status === 200;
  await person("maria", "admin", true);

  const one = await signIn();
  const other = await signIn();
  const out = await form("/sign-out", {}, { cookie: one });
  expect([out.headers["location"], out.headers["set-cookie"]]).toEqual([
    "/sign-in",
    "__Host-afterclick=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0",
  ]);
  expect([await isIn(one), await isIn(other)]).toEqual([false, true]);

  const everywhere = await ask("POST", "/v1/me/sign-out-everywhere", {
    headers: { cookie: other, origin: panelOrigin },
  });
  expect([everywhere.status, await isIn(other)]).toEqual([200, false]);

  const late = await signIn();
  clock.ms += sessionMs - 1;
  expect(await isIn(late)).toBe(true);
  clock.ms += 1;
  expect(await isIn(late)).toBe(false);

  const reset = await signIn();
  await resetPassword(people, thisMachine, "maria");
  expect(await isIn(reset)).toBe(false);
  expect((await form("/sign-in", { name: "maria", password })).status).toBe(401);
});

test("whoever is removed and added again gets no old session back, nor a role that changed since", async () => {
  const { ask, person } = await openDoorOfPeople();
  const cookie = await person("maria", "viewer", false);
  const admin = {
    headers: { authorization: `Bearer ${"m".repeat(43)}`, "content-type": "application/json" },
  };
  await ask("PATCH", "/v1/people/maria", { ...admin, body: '{"role":"editor","sees_payloads":true}' });
  expect((await me(ask, cookie)).json).toMatchObject({ role: "editor", sees_payloads: true });
  await ask("DELETE", "/v1/people/maria", { headers: { authorization: admin.headers.authorization } });
  expect((await me(ask, cookie)).code).toBe("sign_in_needed");
  await ask("POST", "/v1/people", { ...admin, body: '{"name":"maria","role":"admin"}' });
  expect((await me(ask, cookie)).code).toBe("sign_in_needed");
});

test("a person has at most 20 sessions: the oldest gives way", async () => {
  const { ask, form, person, documents, clock } = await openDoorOfPeople();
  const first = await person("maria", "viewer", false);
  await person("maria2", "viewer", false);
  for (let count = 0; count < 20; count++) {
    clock.ms += 1;
    expect((await form("/sign-in", { name: "maria", password })).status).toBe(303);
  }
  expect((await me(ask, first)).code).toBe("sign_in_needed");
  expect(await documents.list("sessions", { limit: 100 })).toHaveLength(21);
});

test("a link that is old, broken or somebody else's is over, in the same words", async () => {
  const { ask, people, clock } = await openDoorOfPeople();
  const given = { name: "maria", role: "viewer", sees_payloads: false } as const;
  const { link } = await addPerson(people, thisMachine, given);
  const nobody = link.path.replace(
    /\/password\/[^.]+/,
    `/password/${Buffer.from("nobody").toString("base64url")}`,
  );
  const texts = await Promise.all(
    ["/password/", "/password/x", `${link.path}x`, nobody, link.path.replace(/.$/, "~")].map((path) =>
      ask("GET", path),
    ),
  );
  expect(new Set(texts.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(texts[0]!.status).toBe(410);
  clock.ms += linkMs - 1;
  expect((await ask("GET", link.path)).status).toBe(200);
  clock.ms += 1;
  expect((await ask("GET", link.path)).status).toBe(410);
});

const foreign: [string, Record<string, string>][] = [
  ["another site", { origin: "https://evil.example" }],
  ["another site of the same name, without TLS", { origin: "http://afterclick.example.com" }],
  ["a sub-domain", { origin: "https://evil.afterclick.example.com", "sec-fetch-site": "same-site" }],
  [
    "a page of the visitor's own machine, through a proxy that keeps no Host",
    { origin: "http://127.0.0.1:8081", host: "127.0.0.1:8081" },
  ],
  ["a frame without an origin", { origin: "null" }],
  ["what a browser says to be another site's", { "sec-fetch-site": "cross-site" }],
];
test.each(foreign)(
  "a form that %s sends changes nothing, with the cookie or without",
  async (_name, headers) => {
    const { form, person, ask } = await openDoorOfPeople();
    const cookie = await person("maria", "admin", true);
    for (const path of ["/sign-in", "/sign-out", "/password/x"]) {
      const answer = await form(path, { name: "maria", password }, { cookie, ...headers });
      expect([path, answer.code, answer.cookie]).toEqual([path, "origin_forbidden", undefined]);
    }
    const asked = { cookie, "content-type": "application/json", ...headers };
    const body = '{"name":"evil","role":"admin"}';
    expect((await ask("POST", "/v1/people", { headers: asked, body })).code).toBe("origin_forbidden");
    // What a form of any page may send without asking.
    const plain = { cookie, "content-type": "text/plain" };
    expect((await ask("POST", "/v1/people", { headers: plain, body })).code).toBe("unsupported_media_type");
    expect((await ask("GET", "/v1/people", { headers: { cookie } })).json["people"]).toHaveLength(1);
  },
);

test("a link that was pasted on another page opens, while signed in; in a frame it does not", async () => {
  const { ask, person } = await openDoorOfPeople();
  const cookie = await person("maria", "admin", true);
  const follows = { cookie, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  expect((await ask("GET", "/v1/me", { headers: { ...follows, "sec-fetch-dest": "document" } })).status).toBe(
    200,
  );
  expect((await ask("GET", "/v1/me", { headers: { ...follows, "sec-fetch-dest": "iframe" } })).code).toBe(
    "origin_forbidden",
  );
  const { headers } = await ask("GET", "/sign-in");
  expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
  expect(headers["content-security-policy"]).toContain("default-src 'none'");
});

test.each([
  "https://evil.example",
  "//evil.example",
  "/\\evil.example",
  "/%0d%0ax: y\r\nx: y",
  "javascript:alert(1)",
  "",
  "x",
])("after signing in nobody is led away: %j", async (to) => {
  const { form, person } = await openDoorOfPeople();
  await person("maria", "viewer", false);
  const { headers } = await form(`/sign-in?to=${encodeURIComponent(to)}`, { name: "maria", password });
  expect(headers["location"]).toBe("/");
});

test("a GET changes nothing, and what a name holds is shown harmlessly", async () => {
  const { ask, form, person, documents } = await openDoorOfPeople();
  const cookie = await person("maria", "admin", true);
  const before = documents.commits;
  for (const path of ["/sign-in", "/sign-out", "/password/x", "/sign-in?to=/&name=a"])
    expect([200, 410]).toContain((await ask("GET", path, { headers: { cookie } })).status);
  expect(documents.commits).toBe(before);
  expect((await ask("PUT", "/sign-in")).code).toBe("method_not_allowed");
  const odd = `"><script>alert(1)</script>'&`;
  const { text } = await form("/sign-in?to=/%22%3E%3Cscript%3E", { name: odd, password });
  expect(text).not.toContain("<script");
  expect(text).toContain("&quot;&gt;&lt;script&gt;");
});
