import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { freePort } from "../../infra/emulated/emulators.ts";
import { configSchema, targets } from "../../infra/google/config.ts";
import { build, offline, root, type Built } from "../support/google/built.ts";
import { dial } from "../support/wire/raw-http.ts";
import { until } from "../support/until.ts";

/** The built zip under the real launcher of the Functions Framework, away from every service. */

let built: Built;
beforeAll(() => {
  built = build();
});
afterAll(() => built.remove());

const portOf = (url: string) => Number(new URL(url).port);
const lastLine = (output: string) => output.trim().split("\n").at(-1)!;
const refusal = (settings: Record<string, string>, port?: number): Promise<string> =>
  built.run(settings, port).then(
    () => "It started.",
    (error: Error) => error.message,
  );

test("one build is four functions: FUNCTION_TARGET says which one an instance is", async () => {
  const collect = await built.run(offline.collect);
  // No queue, no 2xx.
  expect((await fetch(`${collect.url}/health`)).status).toBe(503);
  const deliver = await built.run(offline.deliver);
  expect((await fetch(`${deliver.url}/`)).headers.get("allow")).toBe("POST");
  const admin = await built.run(offline.admin);
  const document = (await (await fetch(`${admin.url}/openapi.json`)).json()) as { info: { version: string } };
  expect(document.info.version).toBe(
    (
      JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
        version: string;
      }
    ).version,
  );
  const page = await fetch(`${admin.url}/openapi.json`, { headers: { origin: "https://evil.example" } });
  expect([page.status, ((await page.json()) as { code: string }).code]).toEqual([403, "origin_forbidden"]);
});

const plain = (settings: Record<string, string>) =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => name !== "FUNCTION_TARGET"));
const commands: [string, (port: string) => string[]][] = [
  ["--target=deliver --port=P", (port) => ["--target=deliver", `--port=${port}`]],
  ["--target deliver --port P", (port) => ["--target", "deliver", "--port", port]],
  // The framework has more of them, and reads its options from anywhere.
  ["--source . --port=P --target=deliver", (port) => ["--source", ".", `--port=${port}`, "--target=deliver"]],
];

test.each(commands)(
  "npx functions-framework %s in the unpacked zip starts that function there",
  async (_, args) => {
    const port = await freePort();
    // What the environment says of the two counts less, as with the framework itself.
    const env = { ...plain(offline.deliver), FUNCTION_TARGET: "collect", PORT: "1" };
    const { url } = await built.start([built.launcher, ...args(String(port))], env);
    expect(portOf(url)).toBe(port);
    expect((await fetch(url)).headers.get("allow")).toBe("POST");
  },
);

test("a wrong --target is refused by its name", async () => {
  const started = built.start([built.launcher, "--target=colect"], plain(offline.collect));
  await expect(started).rejects.toThrow(/exit code 1[^]*FUNCTION_TARGET must be one of[^]*colect/);
});

test.each(targets)(
  "without the framework, as docs/deploy.md has it, a %s answers and ends",
  async (target) => {
    // The folder as the page copies it into a container: no package lies beside it.
    const folder = join(built.directory, "plain");
    cpSync(join(built.directory, "function"), folder, { recursive: true });
    expect(existsSync(join(folder, "node_modules"))).toBe(false);
    const page = readFileSync(join(root, "docs/deploy.md"), "utf8");
    const [node, script, ...args] = JSON.parse(/^CMD (\[.+\])$/m.exec(page)![1]!) as string[];
    expect(node).toBe("node");
    const env = { ...offline[target], PORT: String(await freePort()) };
    const instance = await built.start([join(folder, script!), ...args], env);
    expect(String(portOf(instance.url))).toBe(env.PORT);
    const [path, answer] = answers[target];
    expect((await fetch(`${instance.url}${path}`)).status).toBe(answer);
    expect(await instance.end("SIGTERM")).toBe(0);
  },
);

/** Of each function, far from any service. */
const answers = {
  collect: ["/health", 503],
  deliver: ["/", 405],
  admin: ["/openapi.json", 200],
  import: ["/sweep", 405],
} as const;

test("the framework answers nothing itself: malformed JSON, odd charsets and broken gzip come to our door", async () => {
  const { url } = await built.run(offline.deliver);
  for (const headers of [
    { "content-type": "application/json" },
    { "content-type": "application/json; charset=klingon" },
    { "content-type": "application/json", "content-encoding": "gzip" },
  ]) {
    const answer = await fetch(url, {
      method: "POST",
      body: '{"broken',
      headers,
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: "bad_request",
      detail: expect.stringContaining("push message") as unknown,
    });
  }
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s: what has begun is answered, newcomers are refused, the instance ends with 0",
  async (signal) => {
    const instance = await built.run(offline.deliver);
    const line = await dial(portOf(instance.url));
    line.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    await until("the request has begun", () => line.interim === 1);
    const ended = instance.end(signal);
    await until("nobody else is let in", () =>
      fetch(instance.url).then(
        () => false,
        () => true,
      ),
    );
    line.send("oops");
    const [answer] = await line.closed();
    expect(answer).toMatchObject({
      status: 400,
      headers: { connection: "close" },
    });
    expect(await ended).toBe(0);
  },
);

test("a wrong configuration is one line that names every variable, and exit code 1", async () => {
  const { PROJECT: _project, ...without } = offline.collect;
  const told = await refusal({
    ...without,
    TOPIC: "hits",
    TRUSTED_PROXIES: "6",
    LOG_LEVEL: "loud",
  });
  const lines = told.trim().split("\n");
  expect(lines[0]).toContain("exit code 1");
  expect(lines).toHaveLength(2);
  const { severity, message } = JSON.parse(lines[1]!) as {
    severity: string;
    message: string;
  };
  expect(severity).toBe("ERROR");
  for (const name of ["PROJECT", "TOPIC", "TRUSTED_PROXIES", "LOG_LEVEL"]) expect(message).toContain(name);
});

test.each([{ FUNCTION_TARGET: "" }, { FUNCTION_TARGET: "colect" }, { FUNCTION_TARGET: "__proto__" }])(
  "a wrong target is refused: %j",
  async (target) => {
    // The launcher has a default of its own for an empty one.
    const told = await refusal({ ...offline.collect, ...target });
    expect(told).toContain("exit code 1");
    expect(lastLine(told)).toContain("FUNCTION_TARGET");
  },
);

test("a port that is taken is one line and exit code 1: a framework that listens itself would be loud", async () => {
  const { url } = await built.run(offline.collect);
  const told = await refusal(offline.collect, portOf(url));
  expect(told).toContain("exit code 1");
  expect(lastLine(told)).toContain("cannot start");
  expect(told.trim().split("\n")).toHaveLength(2);
});

test("the log is lines of JSON as Cloud Logging reads them, tied to their request's trace", async () => {
  const instance = await built.run(offline.deliver);
  const trace = "0af7651916cd43dd8448eb211c80319c";
  const push = {
    message: { data: "", attributes: {}, messageId: "7" },
    subscription: "projects/p1/subscriptions/deliver",
  };
  // There it is refused at once: no retry topic is asked, which is out of reach.
  const send = (headers: Record<string, string>) =>
    fetch(`${instance.url}/retried`, {
      method: "POST",
      body: JSON.stringify(push),
      headers,
    });
  expect((await send({ traceparent: `00-${trace}-b7ad6b7169203331-01` })).status).toBe(503);
  expect((await send({ "x-cloud-trace-context": `${trace}/123;o=1` })).status).toBe(503);
  expect((await send({ "x-cloud-trace-context": "nonsense" })).status).toBe(503);
  const logged = () =>
    instance
      .output()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  await until("all is logged", () => logged().length === 4);
  const [started, ...foreign] = logged();
  expect(started).toMatchObject({
    severity: "INFO",
    event: "started",
    time: expect.any(String) as unknown,
  });
  const named = {
    severity: "WARNING",
    event: "foreign_message",
    message_id: "7",
  };
  const traced = {
    ...named,
    "logging.googleapis.com/trace": `projects/p1/traces/${trace}`,
  };
  expect(foreign).toMatchObject([traced, traced, named]);
  expect(foreign[2]).not.toHaveProperty(["logging.googleapis.com/trace"]);
});

test("Terraform sets what each function reads, and nothing else", () => {
  const locals = readFileSync(join(root, "terraform/locals.tf"), "utf8");
  const variablesOf = (name: string): string[] => {
    const block = new RegExp(`\\b${name}_env = (?:merge\\(local\\.common_env, )?\\{\n([^]*?)\n  \\}`).exec(
      locals,
    );
    return [...block![1]!.matchAll(/^\s+([A-Z_]+)\s*=/gm)].map((match) => match[1]!);
  };
  for (const target of targets) {
    const set = [...variablesOf("common"), ...variablesOf(target), "FUNCTION_TARGET", "PORT"].sort();
    const read = Object.keys(configSchema(target).properties).filter((name) => !/EMULATOR/.test(name));
    expect(set).toEqual(read.sort());
  }
});
