import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { afterclick, fakeAdmin, stopClock } from "../../support/cli.ts";
import { id, leads, orders, other } from "./leads.ts";

afterEach(() => void jest.restoreAllMocks());

describe("streams", () => {
  test("add sends the fields and prints the endpoint and the curl line whole", async () => {
    await using admin = await fakeAdmin({
      "POST /v1/streams": { status: 201, json: leads },
    });
    const argv = [
      "streams",
      "add",
      "--table",
      "crm.leads",
      "--offset",
      "-05:30",
      "--name",
      "Leads",
      "--methods",
      "post,get",
    ];
    const { code, out, err } = await afterclick(argv, {
      url: admin.url,
      width: 40,
    });
    expect(code).toBe(0);
    expect(admin.asked[0]?.body).toEqual({
      table: "crm.leads",
      offset: "-05:30",
      name: "Leads",
      methods: ["POST", "GET"],
    });
    expect(out).toContain(leads.endpoint);
    expect(out).toContain(leads.curl);
    expect(err).toBe("Leads: note: the dataset crm does not exist\n");
  });

  test("list shows each stream on a line, and what is wrong with it as a message", async () => {
    const broken = {
      id: "by-hand",
      valid: false,
      reachable: false,
      problems: ["offset is missing"],
      suggested_id: other,
    };
    await using admin = await fakeAdmin({
      "GET /v1/streams": { json: { streams: [leads, broken] } },
    });
    const { out, err } = await afterclick(["streams", "list"], {
      url: admin.url,
    });
    expect(out).toContain(`${id} | Leads | crm.leads | +03:00 | active`);
    expect(out).toMatch(/^by-hand .* invalid \|/m);
    expect(err).toContain("by-hand: offset is missing");
    expect(err).toContain(other);
    expect(JSON.parse((await afterclick(["streams", "list", "--json"], { url: admin.url })).out)).toEqual([
      leads,
      broken,
    ]);
    await afterclick(["streams", "list", "--removed"], { url: admin.url });
    expect(admin.asked.at(-1)?.path).toBe("/v1/streams?activity=true&removed=true");
  });

  test("what is wrong with a stream names it, also where its name is empty or not its own", async () => {
    const warnings = ["look"];
    const streams = [
      { ...leads, name: "", warnings },
      { ...orders, name: "Twice", warnings },
      { ...leads, name: "Twice", warnings },
    ];
    await using admin = await fakeAdmin({
      "GET /v1/streams": { json: { streams } },
    });
    const { err } = await afterclick(["streams", "list"], { url: admin.url });
    expect(err).toBe(`${id}: note: look\nTwice (${other}): note: look\nTwice (${id}): note: look\n`);
  });

  const hits = {
    at: 1,
    since: "2026-11-14",
    truncated: false,
    hits: 9,
    tests: 1,
    repeats: 2,
    with_fields: 8,
    records: 9,
    with_time: 7,
    examples: [{ lacks: "time", hit_id: "5", found: "01.05.2024" }],
  };

  test("list shows what was found in the last hits, and how long ago", async () => {
    const looked = { ...leads, hits: { ...hits, at: stopClock() - 7_300_000, with_key: 9 } };
    await using admin = await fakeAdmin({ "GET /v1/streams": { json: { streams: [looked, orders] } } });
    const { out } = await afterclick(["streams", "list"], { url: admin.url });
    expect(out).toContain("| last hits\n");
    expect(out).toContain("| 9, key 9/9, time 7/9, 2 hours ago\n");
    expect(out).toMatch(/\| active \| +\| +\|$/m);
  });

  test("are named by id, by exact name, or by a table that only one writes to", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/streams": {
        json: {
          streams: [leads, orders, { ...orders, id: "x", name: "Third", table: "a.b" }],
        },
      },
      // As it is typed: a document may have its id in capitals.
      [`GET /v1/streams/${id.toUpperCase()}`]: { json: leads },
      [`GET /v1/streams/${id}`]: { json: leads },
      [`GET /v1/streams/${id}?hits=true`]: { json: { ...leads, methods: { post: true }, hits } },
      [`GET /v1/streams/${other}?hits=true`]: { json: orders },
      "GET /v1/streams/x?hits=true": { json: { ...orders, id: "x", name: "Third", table: "a.b" } },
    });
    const show = (stream: string) => afterclick(["streams", "show", stream], { url: admin.url });
    expect((await show(id.toUpperCase())).out).toContain(id);
    const { out } = await show(id);
    expect(out).toContain('{"post":true}');
    expect(out).toMatch(
      /last hits +9 since 2026-11-14, 1 test, 2 repeats\nwith fields +8 of 9\nwith a time +7 of 9\n/,
    );
    expect(out).toMatch(/no time +e\.g\. hit 5: "?01\.05\.2024/);
    expect((await show("Orders")).out).toContain(other);
    expect((await show("a.b")).out).toContain("Third");
    const several = await show("crm.leads");
    expect(several).toMatchObject({ code: 1, out: "" });
    expect(several.err).toContain(`2 streams have the table "crm.leads": ${id} (Leads), ${other} (Orders).`);
    expect((await show("leads")).err).toContain('No stream has the id, name or table "leads"; there are');
  });

  test("update changes and clears fields, pause and resume the state", async () => {
    await using admin = await fakeAdmin({
      [`GET /v1/streams/${id}`]: { json: leads },
      [`PATCH /v1/streams/${id}`]: { json: { ...leads, state: "paused" } },
    });
    await afterclick(["streams", "update", id, "--key", "leadId", "--clear", "name", "--clear", "updated"], {
      url: admin.url,
    });
    expect(admin.asked.at(-1)?.body).toEqual({
      key: "leadId",
      name: null,
      updated: null,
    });
    expect((await afterclick(["streams", "pause", id], { url: admin.url })).out).toBe("Leads is paused.\n");
    expect(admin.asked.at(-1)?.body).toEqual({ state: "paused" });
    await afterclick(["streams", "resume", id], { url: admin.url });
    expect(admin.asked.at(-1)?.body).toEqual({ state: "active" });
  });

  test("remove promises no 410 of an id that has no address", async () => {
    const byHand = {
      ...leads,
      id: "my-crm",
      reachable: false,
      endpoint: undefined,
    };
    await using admin = await fakeAdmin({
      "GET /v1/streams": { json: { streams: [byHand] } },
      "DELETE /v1/streams/my-crm": { json: { ...byHand, state: "closed" } },
    });
    const remove = (...argv: string[]) =>
      afterclick(["streams", "remove", "my-crm", ...argv], {
        url: admin.url,
        answers: ["my-crm"],
      });
    const asked = await remove();
    expect(asked.err).toContain("closes for ever: no hit can reach its id.");
    expect((await remove("--yes")).out).toBe(
      "Leads is removed: no hit could reach its id, which is no UUID in lower case.\n",
    );
    expect(asked.err + asked.out).not.toContain("410");
  });

  test("remove wants the name or id typed, unless --yes", async () => {
    await using admin = await fakeAdmin({
      [`GET /v1/streams/${id}`]: { json: leads },
      [`DELETE /v1/streams/${id}`]: { json: { ...leads, state: "closed" } },
    });
    const removed = () => admin.asked.filter(({ method }) => method === "DELETE").length;
    const remove = (answers: string[]) => afterclick(["streams", "remove", id], { url: admin.url, answers });
    for (const answer of [["y"], [""], []]) {
      expect(await remove(answer)).toMatchObject({
        code: 1,
        err: expect.stringContaining("nothing was removed"),
      });
    }
    expect(removed()).toBe(0);
    expect((await remove(["Leads"])).code).toBe(0);
    expect((await remove([id])).code).toBe(0);
    expect((await afterclick(["streams", "remove", id, "--yes"], { url: admin.url })).code).toBe(0);
    expect(removed()).toBe(3);
  });
});

test("a link for a developer goes where data goes; where no address is known, what to do instead is said", async () => {
  const until = Date.UTC(2026, 11, 4, 13, 5, 31);
  const made = { path: "/developer/x.1.y", until };
  const links = `/v1/streams/${id}/developer-links`;
  await using admin = await fakeAdmin({
    [`GET /v1/streams/${id}`]: { json: leads },
    [`POST ${links}`]: [
      { status: 201, json: { ...made, url: `https://panel.example.com${made.path}` } },
      { status: 201, json: made },
    ],
    [`DELETE ${links}`]: [{ json: { withdrawn: true } }, { json: { withdrawn: false } }],
  });
  const run = (...argv: string[]) => afterclick(["streams", "link", id, ...argv], { url: admin.url });
  const known = await run();
  expect(known).toMatchObject({ code: 0, out: "https://panel.example.com/developer/x.1.y\n" });
  expect(known.err).toContain("until 2026-12-04T13:05:31Z");
  const local = await run();
  expect(local).toMatchObject({ code: 0, out: "/developer/x.1.y\n" });
  expect(local.err).toContain("--type html > for-developer.html");
  expect(JSON.parse((await run("--json")).out)).toEqual(made);
  expect((await run("--withdraw")).out).toBe("All links of the stream are withdrawn.\n");
  expect((await run("--withdraw")).out).toBe("No link of the stream was open.\n");
});
