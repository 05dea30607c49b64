import { expect, test } from "@jest/globals";
import { roles } from "../../functions/people/person.ts";
import { openDoorOfPeople } from "../support/people.ts";

type Door = Awaited<ReturnType<typeof openDoorOfPeople>>;

const asked = (cookie: string, body?: object) => ({
  headers: {
    cookie,
    origin: "https://afterclick.example.com",
    ...(body !== undefined && { "content-type": "application/json" }),
  },
  ...(body !== undefined && { body: JSON.stringify(body) }),
});
const make = async ({ ask }: Door, cookie: string, body: object) =>
  ask("POST", "/v1/tokens", asked(cookie, { name: "ci", ...body }));
const by = (token: unknown) => ({ headers: { authorization: `Bearer ${String(token)}` } });

test("a token is shown once, kept as a hash, and is no part of any list or entry", async () => {
  const door = await openDoorOfPeople();
  const cookie = await door.person("maria", "admin", true);
  const { status, json } = await make(door, cookie, { role: "viewer" });
  expect(status).toBe(201);
  const token = String(json["token"]);
  expect(token).toMatch(/^afterclick_[a-z0-9]{12}_[\w-]{43}$/);
  const everything = [];
  for (const kind of ["people", "sessions", "tokens", "audit", "pauses"] as const)
    everything.push(await door.documents.list(kind, { limit: 100 }));
  const lists = [
    await door.ask("GET", "/v1/tokens", asked(cookie)),
    await door.ask("GET", "/v1/audit", asked(cookie)),
  ];
  const secret = token.slice(-43);
  expect(JSON.stringify(lists)).toContain(String(json["id"]));
  expect(JSON.stringify([everything, lists])).not.toContain(secret);
  expect(JSON.stringify(lists)).not.toContain("hash");
  // Nor is a session's secret, or a password.
  expect(JSON.stringify(everything)).not.toContain(cookie.split(".")[1]);
  expect(JSON.stringify(everything)).not.toContain("four words");
});

test("a token reaches no further than it says, nor than its person does at the time", async () => {
  const door = await openDoorOfPeople();
  const { ask } = door;
  const cookie = await door.person("maria", "editor", true);
  const admin = await door.person("ada", "admin", true);
  const me = async (token: unknown) => (await ask("GET", "/v1/me", by(token))).json;
  const whole = (await make(door, cookie, { role: "editor", sees_payloads: true })).json["token"];
  const narrow = (await make(door, cookie, { role: "viewer" })).json["token"];
  expect(await me(whole)).toEqual({ name: "maria", role: "editor", sees_payloads: true, how: "token" });
  expect(await me(narrow)).toMatchObject({ role: "viewer", sees_payloads: false });

  await ask("PATCH", "/v1/people/maria", asked(admin, { role: "viewer", sees_payloads: false }));
  for (const token of [whole, narrow])
    expect(await me(token)).toMatchObject({ role: "viewer", sees_payloads: false });
  const refused = await ask("POST", "/v1/query", {
    headers: { ...by(whole).headers, "content-type": "application/json" },
    body: '{"sql":"SELECT 1"}',
  });
  expect(refused.code).toBe("payloads_hidden");
  await ask("DELETE", "/v1/people/maria", asked(admin));
  expect((await ask("GET", "/v1/me", by(whole))).code).toBe("token_refused");
});

test("nobody makes a token, or a person, that reaches further than they do", async () => {
  const door = await openDoorOfPeople();
  const { ask } = door;
  for (const role of roles)
    for (const seesPayloads of [true, false]) {
      const cookie = await door.person(`${role}-${seesPayloads}`, role, seesPayloads);
      for (const asks of roles)
        for (const payloads of [true, false]) {
          const may = roles.indexOf(asks) <= roles.indexOf(role) && (seesPayloads || !payloads);
          const { status } = await make(door, cookie, { role: asks, sees_payloads: payloads });
          expect([role, seesPayloads, asks, payloads, status]).toEqual([
            role,
            seesPayloads,
            asks,
            payloads,
            may ? 201 : 403,
          ]);
        }
    }
  const blind = await door.person("blind", "admin", false);
  const tooMuch = [
    ["POST", "/v1/people", { name: "x", role: "viewer", sees_payloads: true }],
    ["PATCH", "/v1/people/blind", { sees_payloads: true }],
    ["POST", "/v1/people/admin-true/reset", undefined],
    ["POST", "/v1/tokens", { name: "x", role: "viewer", sees_payloads: true, person: "admin-true" }],
  ] as const;
  for (const [method, path, body] of tooMuch)
    expect([path, (await ask(method, path, asked(blind, body))).code]).toEqual([path, "too_much_given"]);
  // A token of an admin that sees none cannot take over one who does.
  const { token } = (await make(door, await door.person("ada", "admin", true), { role: "admin" })).json;
  expect((await ask("POST", "/v1/people/ada/reset", by(token))).code).toBe("too_much_given");
  expect((await ask("POST", "/v1/people/blind/reset", by(token))).status).toBe(200);
});

test("one's tokens are one's own; an admin sees and ends everybody's", async () => {
  const door = await openDoorOfPeople();
  const { ask } = door;
  const maria = await door.person("maria", "viewer", false);
  const otto = await door.person("otto", "editor", false);
  const admin = await door.person("ada", "admin", false);
  const { id, token } = (await make(door, maria, { role: "viewer" })).json;
  const names = async (cookie: string) =>
    ((await ask("GET", "/v1/tokens", asked(cookie))).json["tokens"] as { person: string }[]).map(
      ({ person }) => person,
    );
  expect([await names(maria), await names(otto), await names(admin)]).toEqual([["maria"], [], ["maria"]]);
  expect((await ask("DELETE", `/v1/tokens/${String(id)}`, asked(otto))).code).toBe("token_unknown");
  expect((await make(door, otto, { role: "viewer", person: "maria" })).code).toBe("too_much_given");
  expect((await ask("GET", "/v1/me", by(token))).status).toBe(200);
  expect((await ask("DELETE", `/v1/tokens/${String(id)}`, asked(admin))).status).toBe(200);
  expect((await ask("GET", "/v1/me", by(token))).code).toBe("token_refused");
});

test("the last use is noted once a minute at the most, and a token ends with its days", async () => {
  const door = await openDoorOfPeople();
  const { ask, clock, documents } = door;
  const cookie = await door.person("maria", "viewer", false);
  const { id, token } = (await make(door, cookie, { role: "viewer", days: 1 })).json;
  const used = async () =>
    ((await documents.read("tokens", String(id)))!.document as { used_at?: number }).used_at;
  expect(await used()).toBeUndefined();
  const first = clock.ms;
  const before = documents.commits;
  for (let request = 0; request < 60; request++) {
    expect((await ask("GET", "/v1/me", by(token))).status).toBe(200);
    clock.ms += 999;
  }
  expect([await used(), documents.commits - before]).toEqual([first, 1]);
  clock.ms = first + 60_000;
  await ask("GET", "/v1/me", by(token));
  expect([await used(), documents.commits - before]).toEqual([first + 60_000, 2]);
  clock.ms = first + 86_400_000 - 1;
  expect((await ask("GET", "/v1/me", by(token))).status).toBe(200);
  clock.ms += 1;
  expect((await ask("GET", "/v1/me", by(token))).code).toBe("token_refused");
});

test.each(["", "x", "afterclick_", `afterclick_000000000000_${"x".repeat(43)}`, "a.b.c"])(
  "what is no token gets nobody in: %j",
  async (token) => {
    const { ask, person } = await openDoorOfPeople();
    const cookie = await person("maria", "admin", true);
    const { code } = await ask("GET", "/v1/me", by(token));
    expect(code).toMatch(/^(token_refused|sign_in_needed)$/);
    // A wrong token beside a session: whoever sends both means the token.
    if (token === "") return;
    expect((await ask("GET", "/v1/me", { headers: { cookie, ...by(token).headers } })).code).toBe(
      "token_refused",
    );
  },
);

test("a token that somebody uses just as it is taken away is not brought back", async () => {
  const door = await openDoorOfPeople();
  const { ask, documents } = door;
  const cookie = await door.person("maria", "viewer", false);
  const { id, token } = (await make(door, cookie, { role: "viewer" })).json;
  const read = documents.read.bind(documents);
  documents.read = async (kind, key) => {
    const found = await read(kind, key);
    if (kind === "tokens") await documents.commit([{ kind, id: key, document: null }]);
    return found;
  };
  await ask("GET", "/v1/me", by(token));
  expect(await read("tokens", String(id))).toBeUndefined();
});
