import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Body, type Language, snippet } from "../../../panel/snippets/snippets.ts";
import { systems } from "../../../panel/snippets/systems.ts";
import { needing } from "../../support/needs.ts";
import { cli, endAll, type Product, startProduct } from "../../support/product.ts";
import { until } from "../../support/until.ts";
import { type Answer, failingServer } from "./failing-server.ts";
import { environment, runners } from "./languages.ts";

let folder: string;
let product: Product;
let server: Awaited<ReturnType<typeof failingServer>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "afterclick-snippets-"));
  product = await startProduct(join(folder, "data"));
  server = await failingServer(product.collectUrl);
});
afterAll(async () => {
  for (const child of running) child.kill("SIGKILL");
  await server?.close();
  await endAll();
  rmSync(folder, { recursive: true, force: true });
});

const name = "order-N1-delivered-1579478400";
const busy = { status: 503, headers: { "retry-after": "1" }, body: "busy" };

/** Letters that a form, JSON or a text of a program treats apart. */
const customer = 'Олена & Ко=1+2 "Q" \\ \n';

/** The text as it is handed out, but for the pauses, a ten thousandth of them, and the customer. */
function changed(text: string): string {
  const pauses = /1, 5, 30, 300, 1800|1 5 30 300 1800/;
  expect(text).toMatch(pauses);
  return text
    .replace(pauses, (found) => found.replace(/\d+/g, (seconds) => String(Number(seconds) / 10_000)))
    .replace(/(["'])U1\1/, () => JSON.stringify(customer));
}

test("the command line prints what is run here, as a form and as JSON", async () => {
  const { id } = await product.admin<{ id: string }>("POST", "/v1/streams", {
    table: "cli.a",
    offset: "UTC",
  });
  for (const body of ["form", "json"] as const) {
    const { stdout } = await cli(product.adminUrl, ["snippet", id, "--type", "python", "--body", body]);
    expect(stdout).toBe(snippet("python", `${product.collectUrl}/ds/${id}`, body).text);
  }
});

test.each(systems.filter(({ stream }) => "key" in stream).map(({ type, stream }) => [type, stream] as const))(
  "%s: the command of its steps gives the stream the fields that fit",
  async (type, fields) => {
    const of = { table: `cli.${type}`, offset: "UTC" };
    const { id } = await product.admin<{ id: string }>("POST", "/v1/streams", of);
    const { stdout: steps } = await cli(product.adminUrl, ["snippet", id, "--type", type]);
    const command = / npx afterclick (streams update .*)/.exec(steps)![1]!;
    // Paths stand in single quotes, as a shell takes them.
    const args = command.split(" ").map((word) => word.replaceAll("'", ""));
    expect(await cli(product.adminUrl, args)).toMatchObject({ code: 0 });
    expect(await product.admin("GET", `/v1/streams/${id}`)).toMatchObject(fields);
  },
);

interface Made {
  readonly command: readonly string[];
  readonly path: string;
  readonly table: string;
}
const before = new Map<string, Made>();

/** Compiled once, on a stream of its own. */
async function make(language: string, body: Body): Promise<Made> {
  const name = `${language}_${body}`;
  const found = before.get(name);
  if (found !== undefined) return found;
  const table = `snippets.${name}`;
  const { id } = await product.admin<{ id: string }>("POST", "/v1/streams", { table, offset: "UTC" });
  const path = `/ds/${id}`;
  const { file, text } = snippet(language as Language, server.url + path, body);
  const own = join(folder, name);
  mkdirSync(own);
  writeFileSync(join(own, file), changed(text));
  const made = { command: runners[language as Language]!.prepare(join(own, file), own), path, table };
  before.set(name, made);
  return made;
}

/** Runs it once; the server answers as told. */
async function run({ command, path, table }: Made, answers: Answer[]) {
  const place = server.at(path);
  place.seen.length = 0;
  place.answers = answers;
  const begun = performance.now();
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, args, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  running.delete(child);
  return { code, printed, table, seen: [...place.seen], tookMs: performance.now() - begun };
}

const running = new Set<ChildProcess>();

describe.each(Object.entries(runners))("%s", (language, runner) => {
  needing(runner.missing(), () => {
    const send = async (body: Body, answers: Answer[]) => run(await make(language, body), answers);

    test.each([
      [
        "form",
        "application/x-www-form-urlencoded",
        (text: string) => Object.fromEntries(new URLSearchParams(text)),
      ],
      ["json", "application/json", (text: string) => JSON.parse(text) as unknown],
    ] as const)(
      "%s: a server that is busy, and an answer that never comes, then one row; sent once more it is the same hit",
      async (body, type, parse) => {
        const { code, printed, table, seen } = await send(body, [busy, "cut", "passed on"]);
        expect({ code, printed }).toEqual({ code: 0, printed: expect.any(String) });
        expect(seen).toHaveLength(3);
        // The shell's form is written out.
        const userId = language === "bash" && body === "form" ? "U1" : customer;
        for (const { method, headers, body: sent } of seen) {
          expect([method, headers["content-type"], headers["webhook-id"]]).toEqual(["POST", type, name]);
          expect(parse(sent)).toEqual({ orderId: "N1", status: "delivered", total: "120.13", userId });
          expect(sent).toBe(seen[0]!.body);
        }
        // A pause is never shorter than it is asked for, however busy the machine; without Retry-After the
        // first one is 0.1 ms.
        expect(seen[1]!.at - seen[0]!.at).toBeGreaterThan(990);

        const sql = `SELECT hit_id, payload FROM ${table}`;
        const rows = () => product.admin<{ rows: [string, string][] }>("POST", "/v1/query", { sql });
        await until(async () => (await rows().catch(() => ({ rows: [] }))).rows.length > 0);
        const [[hitId, payload], ...others] = (await rows()).rows as [[string, string]];
        expect([payload, others]).toEqual([seen[0]!.body, []]);
        expect(printed).toContain(`${name} is stored as hit ${hitId}`);

        const again = await send(body, ["passed on"]);
        expect(again.printed).toContain(`${name} is stored as hit ${hitId}`);
        expect(again.seen).toHaveLength(1);
      },
    );

    test("gives up after six tries, and says so", async () => {
      const { code, printed, seen } = await send("form", [{ status: 429, body: "slow down" }]);
      expect(seen).toHaveLength(6);
      expect(code).not.toBe(0);
      expect(printed).toMatch(new RegExp(`${name} is not stored[^]*slow down`));
    });

    test("does not repeat what is refused, follows no redirect, and believes no 200 without a hit_id", async () => {
      for (const [status, headers] of [
        [404, {}],
        [301, { location: `${server.url}/elsewhere` }],
        [200, {}],
      ] as const) {
        const { code, printed, seen } = await send("form", [{ status, headers, body: "here is why" }]);
        expect([status, seen.length]).toEqual([status, 1]);
        expect([status, code === 0]).toEqual([status, false]);
        expect(printed).toMatch(new RegExp(`${name} is not stored[^]*here is why`));
      }
    });
  });
});

test("each of them goes on after 10 s without an answer", async () => {
  // All at once: they do nothing but wait.
  const here = Object.entries(runners).filter(([, runner]) => runner.missing() === undefined);
  const made = await Promise.all(here.map(([language]) => make(language, "form")));
  const sent = await Promise.all(made.map((one) => run(one, ["nothing", "passed on"])));
  for (const [index, { code, seen, tookMs }] of sent.entries()) {
    // From its start to its end, which no load can make shorter.
    const waited = tookMs > 10_000;
    expect([here[index]![0], code, seen.length, waited]).toEqual([here[index]![0], 0, 2, true]);
  }
});
