import { describe, expect, test } from "@jest/globals";
import { commands } from "../../cli/commands.ts";
import { commonOptions } from "../../cli/typed.ts";
import { afterclick, fakeAdmin, problem } from "../support/cli.ts";

describe("help", () => {
  test("lists every command with what it does, and every exit code", async () => {
    const { code, out, err } = await afterclick(["--help"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const { name, summary } of commands)
      expect(out).toMatch(new RegExp(`^  ${name} +${escape(summary)}$`, "m"));
    for (const exit of [0, 1, 2, 3, 4]) expect(out).toMatch(new RegExp(`^  ${exit}  `, "m"));
    expect(out).not.toContain("Other");
  });

  test.each(commands.map((command) => [command.name, command] as const))(
    "%s --help shows its usage and each of its arguments and options",
    async (name, command) => {
      const { code, out } = await afterclick([...name.split(" "), "--help"]);
      expect(code).toBe(0);
      expect(out).toMatch(new RegExp(`^Usage: afterclick ${name}`));
      for (const { name: place, says } of command.args)
        expect(out).toMatch(new RegExp(`^  ${escape(place)} +${escape(says)}$`, "m"));
      for (const [option, { says }] of Object.entries({
        ...command.options,
        ...commonOptions,
      })) {
        expect(out).toMatch(new RegExp(`^  --${option}( [A-Z_]+)? +${escape(says)}$`, "m"));
      }
      expect(await afterclick(["help", ...name.split(" ")])).toEqual(
        expect.objectContaining({ code: 0, out }),
      );
    },
  );

  test("no line of any help is wider than 132 columns", async () => {
    const texts = await Promise.all(
      [["--help"], ...commands.map(({ name }) => [...name.split(" "), "--help"])].map((argv) =>
        afterclick(argv),
      ),
    );
    const wide = texts.flatMap(({ out }) => out.split("\n")).filter((line) => line.length > 132);
    expect(wide).toEqual([]);
  });

  test("nothing typed shows the help, a group alone shows its commands and counts as wrong usage", async () => {
    expect((await afterclick([])).out).toContain("Usage: afterclick COMMAND");
    const group = await afterclick(["streams"]);
    expect(group.code).toBe(2);
    expect(group.out).toContain("streams add");
    expect((await afterclick(["dead-letters", "--help"])).code).toBe(0);
  });

  test("--version prints the version", async () => {
    expect(await afterclick(["--version"])).toMatchObject({
      code: 0,
      out: "1.2.3\n",
    });
  });
});

const wrong: [argv: string[], expected: string][] = [
  [["strems"], 'no command "strems"; did you mean streams?'],
  [["xyzzy"], "allowed are streams, activity, snippet, shapes, reconcile, senders, tables, rows, hit"],
  [["streams", "lst"], "did you mean streams list?"],
  [["streams", "xyzzy"], "allowed are add, list"],
  [["rows"], "rows needs TABLE"],
  [["rows", "a.b", "c"], '"c" is one more'],
  [["rows", "a.b", "--limt", "3"], "rows has no option --limt; did you mean --limit?"],
  [["rows", "a.b", "--zzz"], "allowed are --url, --token, --help, --all, --limit, --since, --until, --json"],
  [["rows", "a.b", "--limit"], "--limit needs a value: --limit N"],
  [["rows", "a.b", "--limit", "--json"], "--limit needs a value"],
  [["rows", "a.b", "--limit", "0"], '--limit is "0"; allowed is a whole number from 1 to 1000'],
  [["rows", "a.b", "--limit", "1001"], "from 1 to 1000"],
  [["rows", "a.b", "--limit", "1e2"], "from 1 to 1000"],
  [["rows", "a.b", "--limit", "1", "--limit", "2"], "given twice"],
  [["rows", "a.b", "--since", "monday"], '--since is "monday"; allowed is a day as YYYY-MM-DD'],
  [["rows", "a.b", "--json=yes"], "--json takes no value"],
  [["rows", "a.b", "--__proto__", "1"], "has no option --__proto__"],
  [["--limit", "3", "rows", "a.b"], "no option before a command"],
  [["rows", "a.b", "--url", "nonsense"], '--url is "nonsense"; allowed is an address such as'],
  [["rows", "a.b", "--url", "ftp://x"], "allowed is an address such as"],
  [["rows", "a.b", "--url", "http://user:pass@x"], "give --token"],
  [["hit", "N1"], 'HIT_ID is "N1"; allowed is a UUID'],
  [["hit", "3f0c2b1e-0000-4000-8000-000000000000", "--since", "yesterday"], "allowed is a day as YYYY-MM-DD"],
  [["hit", "3f0c2b1e-0000-4000-8000-000000000000", "--since", "2026-13-01"], "allowed is a day"],
  [["streams", "add", "--table", "a.b"], "streams add needs --offset"],
  [["streams", "add", "--table", "", "--offset", "UTC"], "--table is empty"],
  [["streams", "update", "Leads"], "needs something to change"],
  [["streams", "update", "Leads", "--clear", "table"], "allowed are name, methods, key, updated"],
  [["streams", "update", "Leads", "--clear", "key", "--key", "x"], "contradict"],
  [["streams", "remove", "Leads"], "give --yes"],
  [["query", "select 1", "--csv", "--json"], "contradict"],
  [["query", "select 1", "--limit", "100001"], "from 1 to 100000"],
  [["query", "select 1", "--deadline", "301"], "from 1 to 300"],
  [["export", "--output", "x.csv"], "needs a TABLE, or --sql"],
  [["export", "t", "--sql", "select 1", "--output", "x.csv"], "contradict"],
  [["export", "t"], "needs --output FILE"],
  [["export", "select 1", "--output", "x.csv"], "A SELECT goes behind --sql"],
  [["export", "t", "--output", "x.xls"], "allowed are .parquet and .csv"],
  [["export", "t", "--output", "x", "--format", "xls"], "allowed are parquet, csv"],
  [["dead-letters", "list", "--state", "open"], "allowed are waiting, replaying, delivered, discarded"],
  [["dead-letters", "list", "--reason", "bad"], "allowed are stream_missing"],
  [["dead-letters", "replay", "--yes"], "a HIT_ID, any of --stream, --reason, --since and --until, or --all"],
  [["dead-letters", "replay", "--all"], "nobody can answer here; give --yes"],
  [["dead-letters", "replay", "--reason", "bad"], "allowed are stream_missing"],
  [["dead-letters", "replay"], "a HIT_ID, any of --stream, --reason, --since and --until, or --all"],
  [["dead-letters", "discard", "--reason", "bad", "--note", "n"], "allowed are stream_missing"],
  [["dead-letters", "replay", "--all", "--reason", "row_refused", "--yes"], "one way to choose"],
  [["dead-letters", "discard", "--all", "--yes"], "needs --note"],
  [["dead-letters", "discard", "--all", "--yes", "--note", "x".repeat(501)], "it has 501"],
  [["test", "Leads", "--timeout", "601"], "from 1 to 600"],
  [["tail", "Leads", "--limit", "0"], "whole number from 1"],
  [["test", "Leads", "--content-type", "a\nb"], '--content-type is "a\\nb"'],
  [["test", "Leads", "--content-type", "漢"], "allowed is what a header takes"],
  [["backup", ""], "DIR is empty; give a value"],
  [["restore", ""], "DIR is empty; give a value"],
  [["restore", "b", "--data-dir", ""], "--data-dir is empty; give a value"],
  [["restore", "b", "--data-dir="], "--data-dir is empty; give a value"],
  [["rows", ""], "TABLE is empty; give a value"],
  [["hit", ""], "HIT_ID is empty"],
  [["query", ""], "SQL is empty"],
  [["export", "t", "--output", ""], "--output is empty"],
  [["status", "--url", ""], "--url is empty"],
  [["status", "--token", ""], "--token is empty"],
  [["status", "--token", "two words"], "The token holds blanks"],
  [["status", "--url", "http://example.com", "--token", "t"], "unencrypted"],
  [["backup", "relative", "--url", "https://example.com"], "name a whole path there"],
];

describe("wrong usage gets one line, exit code 2, and asks nothing of the server", () => {
  test.each(wrong)("%j", async (argv, expected) => {
    const { code, out, err } = await afterclick(argv);
    expect(err).toContain(expected);
    expect(err.trimEnd()).not.toContain("\n");
    expect(err).toMatch(/^afterclick: /);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });
});

describe("Ctrl-C", () => {
  test.each([
    [["query", "select 1"], "POST /v1/query"],
    [["rows", "a.b"], "GET /v1/tables/a.b/rows"],
    [["export", "a.b", "--output", "x.csv"], "POST /v1/export"],
    [["backup", "/b"], "POST /v1/backup"],
    [["status"], "GET /v1/status"],
    [["streams", "list"], "GET /v1/streams"],
  ])("ends %j at once, without waiting for an answer", async (argv, call) => {
    const stop = new AbortController();
    let left = () => {};
    const learned = new Promise<void>((resolve) => (left = resolve));
    await using admin = await fakeAdmin({
      [call]: (_request, response) => {
        response.on("close", left);
        stop.abort();
      },
    });
    const { code, out, err } = await afterclick(argv, {
      url: admin.url,
      stopped: stop.signal,
    });
    expect({ code, out, err }).toEqual({ code: 130, out: "", err: "" });
    await learned;
  });

  test("ends an answer that comes in already", async () => {
    const stop = new AbortController();
    await using admin = await fakeAdmin({
      "POST /v1/query": (_request, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.write('{"columns":[],', () => stop.abort());
      },
    });
    const { code, err } = await afterclick(["query", "select 1"], {
      url: admin.url,
      stopped: stop.signal,
    });
    expect({ code, err }).toEqual({ code: 130, err: "" });
  });
});

describe("the server", () => {
  test("that cannot be reached is named, with how to start it, exit code 3", async () => {
    const { code, err } = await afterclick(["status"]);
    expect(code).toBe(3);
    expect(err).toBe(
      "afterclick: The admin API at http://127.0.0.1:9 cannot be reached (connection refused). " +
        "Start the server with npm start, or name another one with --url or AFTERCLICK_URL.\n",
    );
  });

  test("that breaks off in the middle of an answer cannot be reached either", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/status": (_, response) => {
        response.writeHead(200, {
          "content-type": "application/json",
          "content-length": 1000,
        });
        response.write("{", () => response.destroy());
      },
    });
    expect(await afterclick(["status"], { url: admin.url })).toMatchObject({
      code: 3,
      out: "",
    });
  });

  test("that refuses is quoted with its code, exit code 1", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/status": problem(503, "registry_down", "It is away.\u001b[2J"),
    });
    const { code, err } = await afterclick(["status"], { url: admin.url });
    expect({ code, err }).toEqual({
      code: 1,
      err: "afterclick: It is away.\\x1b[2J (registry_down)\n",
    });
  });

  test.each<[string, { status: number; body: string; token?: string }, string]>([
    [
      "is another one",
      { status: 200, body: "<html>" },
      "answers, but not as the admin API does (HTTP 200, text/html)",
    ],
    [
      "answers JSON of another kind",
      { status: 200, body: '{"ok":true}' },
      "answers, but not as the admin API does",
    ],
    ["forwards", { status: 302, body: "" }, "HTTP 302"],
    [
      "cannot answer just now",
      { status: 503, body: "Service Unavailable" },
      "answered for it (HTTP 503): the service took too long, or no instance of it could answer. Ask again in a minute.",
    ],
    [
      "wants another token",
      { status: 401, body: "" },
      "lasts an hour) or made for another address; give another one with --token or AFTERCLICK_TOKEN",
    ],
    ["wants one and got none", { status: 401, body: "", token: "" }, "No token was sent"],
    ["forbids", { status: 403, body: "<html>" }, "roles/run.invoker"],
    [
      "forbids, says how to fix it",
      { status: 403, body: "" },
      "gcloud run services add-iam-policy-binding afterclick-admin",
    ],
  ])("that %s is told from an admin API", async (_, { status, body, token = "given" }, expected) => {
    await using admin = await fakeAdmin({
      "GET /v1/status": (_request, response) =>
        void response.writeHead(status, { "content-type": "text/html" }).end(body),
    });
    const { code, err } = await afterclick(["status"], {
      url: admin.url,
      ...(token !== "" && { token }),
    });
    expect(err).toContain(expected);
    expect(code).toBe(1);
  });

  test("that is collect instead of the admin API is noticed", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/status": problem(404, "not_found", "Nothing answers at this path."),
    });
    expect((await afterclick(["status"], { url: admin.url })).err).toContain("Is http://127.0.0.1:");
  });

  test("gets the token as a bearer, and a path before /v1 is kept", async () => {
    const status = { json: { version: "1", queue: {}, checks: [] } };
    await using admin = await fakeAdmin({ "GET /below/v1/status": status });
    expect((await afterclick(["--token", "secret", "status", "--url", `${admin.url}/below/`])).code).toBe(0);
    expect(admin.asked[0]?.headers.authorization).toBe("Bearer secret");
  });

  test("that answers what nobody foresaw leads to one line, never a stack", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/status": { json: { version: "1", queue: {}, checks: [null] } },
    });
    const quiet = await afterclick(["status"], { url: admin.url });
    expect(quiet.code).toBe(1);
    expect(quiet.err).toMatch(
      /^afterclick: something went wrong that should not \(TypeError: .*AFTERCLICK_DEBUG=1.*\n$/,
    );
    expect((await afterclick(["status"], { url: admin.url, debug: true })).err).toContain("    at ");
  });
});

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
