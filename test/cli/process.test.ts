import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fakeAdmin, type Ran } from "../support/cli.ts";

/** The real process: what only it can show. */

const script = resolve("cli/afterclick.mjs");
let folder: string;
let bundle: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "afterclick-cli-"));
  bundle = join(folder, "afterclick.js");
  const built = await started(["cli/build.mjs", bundle]).ended;
  if (built.code !== 0) throw new Error(built.err);
});
const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function started(
  args: string[],
  env: Record<string, string> = {},
): { child: ChildProcess; ended: Promise<Ran> } {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let out = "";
  let err = "";
  child.stdout!.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr!.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<Ran>((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => {
      running.delete(child);
      done({ code: code ?? -1, out, err });
    });
  });
  return { child, ended };
}

// Runs before the script: it then believes to be on another Node.
const pretend = (version: string) => [
  "--import",
  `data:text/javascript,Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } })`,
];

const followed = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
const following: Parameters<typeof fakeAdmin>[0] = {
  [`GET /v1/streams/${followed}`]: { json: { id: followed, name: "Leads" } },
  [`GET /v1/streams/${followed}/tail`]: (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("event: heartbeat\ndata: {}\n\n");
  },
};

describe.each([
  ["the start file", () => script],
  ["the one-file build", () => bundle],
])("%s", (_, file) => {
  test("runs, and tells the version of the package", async () => {
    const { version } = JSON.parse(await readFile("cli/package.json", "utf8")) as { version: string };
    expect(await started([file(), "--version"]).ended).toEqual({
      code: 0,
      out: `${version}\n`,
      err: "",
    });
  });

  test.each(["18.20.0", "22.17.1"])("tells Node %s in one line what is needed", async (version) => {
    const { code, out, err } = await started([...pretend(version), file(), "--version"]).ended;
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toBe(
      `afterclick: this is Node.js ${version}; 22.18 or newer is needed. ` +
        "Install one from https://nodejs.org, or run it as npx afterclick in the clone: npm ci brings the right one.\n",
    );
  });

  test.each(["22.18.0", "26.0.0"])("takes Node %s", async (version) => {
    expect((await started([...pretend(version), file(), "--version"]).ended).code).toBe(0);
  });

  test("reads the address and the token from the environment, an option wins", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/status": { json: { version: "1", queue: {}, checks: [] } },
    });
    const env = { AFTERCLICK_URL: admin.url, AFTERCLICK_TOKEN: "secret" };
    expect((await started([file(), "status"], env).ended).code).toBe(0);
    expect(admin.asked[0]?.headers.authorization).toBe("Bearer secret");
    await started([file(), "status", "--token", "other"], env).ended;
    expect(admin.asked[1]?.headers.authorization).toBe("Bearer other");
    const wrong = await started([file(), "status"], {
      AFTERCLICK_URL: "nonsense",
    }).ended;
    expect(wrong).toEqual({
      code: 2,
      out: "",
      err: 'afterclick: AFTERCLICK_URL is "nonsense"; allowed is an address such as http://127.0.0.1:8081.\n',
    });
  });

  test("restore works without a server, in the folder that the environment names", async () => {
    const { code, err } = await started([file(), "restore", join(folder, "none")], {
      AFTERCLICK_DATA_DIR: join(folder, "data"),
    }).ended;
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining("(restore_refused)"),
    });
  });

  test("ends quietly when nobody reads its output any more", async () => {
    const rows = Array.from({ length: 1000 }, (_unused, index) => [
      String(index),
      "x".repeat(2000),
      1,
      "2020-10-19",
    ]);
    const json = {
      columns: ["hit_id", "payload", "received_at", "date"],
      rows,
    };
    await using admin = await fakeAdmin({
      "GET /v1/tables/a.b/rows": { json },
    });
    const { child, ended } = started([file(), "rows", "a.b", "--limit", "1000"], {
      AFTERCLICK_URL: admin.url,
    });
    child.stdout!.once("data", () => child.stdout!.destroy());
    expect(await ended).toMatchObject({ code: 0, err: "" });
  });

  test("Ctrl-C ends a query with 130 while the server still works on it", async () => {
    const asked = Promise.withResolvers<void>();
    await using admin = await fakeAdmin({
      "POST /v1/query": () => asked.resolve(),
    });
    const { child, ended } = started([file(), "query", "select 1"], {
      AFTERCLICK_URL: admin.url,
    });
    await asked.promise;
    child.kill("SIGINT");
    expect(await ended).toEqual({ code: 130, out: "", err: "" });
  });

  test("Ctrl-C ends a tail with 130 and says nothing", async () => {
    await using admin = await fakeAdmin(following);
    const { child, ended } = started([file(), "tail", followed], {
      AFTERCLICK_URL: admin.url,
    });
    child.stderr!.once("data", () => child.kill("SIGINT"));
    expect(await ended).toEqual({
      code: 130,
      out: "",
      err: "Following Leads; Ctrl-C ends it.\n",
    });
  });
});

/** Runs before the script: what it does at the first signal; the process is held up
 *  until `held` is cleared. */
const atFirstSignal = (what: string) => [
  "--import",
  `data:text/javascript,process.once("SIGINT", () => { ${what} }); const held = setInterval(() => {}, 100)`,
];

test("a signal that comes again at once, as npx passes Ctrl-C on, does not end a tail hard", async () => {
  await using admin = await fakeAdmin(following);
  const echo = 'setTimeout(() => { process.kill(process.pid, "SIGINT"); clearInterval(held) }, 10)';
  const { child, ended } = started([...atFirstSignal(echo), script, "tail", followed], {
    AFTERCLICK_URL: admin.url,
  });
  child.stderr!.once("data", () => child.kill("SIGINT"));
  expect(await ended).toMatchObject({ code: 130, err: "Following Leads; Ctrl-C ends it.\n" });
});

test("another signal is of somebody in a hurry: it ends at once with 128 + its number", async () => {
  await using admin = await fakeAdmin(following);
  const again = 'process.kill(process.pid, "SIGTERM")';
  const { child, ended } = started([...atFirstSignal(again), script, "tail", followed], {
    AFTERCLICK_URL: admin.url,
  });
  child.stderr!.once("data", () => child.kill("SIGINT"));
  expect(await ended).toMatchObject({ code: 143 });
});

test("the one-file build names no folder of the machine that built it, and needs nothing beside it", async () => {
  const text = await readFile(bundle, "utf8");
  expect(text).not.toContain(resolve("."));
  expect(text).not.toContain(folder);
  expect(text).not.toMatch(/^(import|export) /m);
});
