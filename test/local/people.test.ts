import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterclick } from "../support/cli.ts";
import { goodPassword as password } from "../support/people.ts";
import { startProduct, type Product } from "../support/product.ts";

/** The real server with PANEL_URL, as a proxy and as its own command line see it. */

const panel = "https://afterclick.example.com";
let directory: string;
let product: Product;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "afterclick-test-"));
  product = await startProduct(directory, { PANEL_URL: `${panel}/` });
});
afterAll(async () => {
  await product.end("SIGTERM");
  await rm(directory, { recursive: true });
});

/** @param headers node sets none but the Host: fetch would not let one be chosen */
function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<{ status: number; text: string; headers: NodeJS.Dict<string | string[]> }> {
  const { hostname, port } = new URL(product.adminUrl);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, method, path, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode!, text, headers: response.headers }));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}
const code = ({ text }: { text: string }) => (JSON.parse(text) as { code: string }).code;
const cli = (...argv: string[]) => afterclick(argv, { url: product.adminUrl, dataDir: directory });
const caddy = {
  host: "afterclick.example.com",
  "x-forwarded-for": "203.0.113.7",
  "x-forwarded-proto": "https",
  via: "2.0 Caddy",
};

test("with PANEL_URL everybody signs in, over loopback too; the command line of the machine is known", async () => {
  expect(code(await ask("GET", "/v1/streams"))).toBe("sign_in_needed");
  expect(code(await ask("GET", "/v1/streams", caddy))).toBe("sign_in_needed");
  expect(code(await ask("GET", "/v1/streams", { host: "evil.example" }))).toBe("host_forbidden");
  expect(code(await ask("GET", "/v1/streams", { authorization: `Bearer ${"x".repeat(43)}` }))).toBe(
    "token_refused",
  );
  expect(await cli("me")).toMatchObject({
    code: 0,
    out: "this machine, known by being on the server's own machine: admin, sees payloads.\n",
  });
  const elsewhere = await mkdtemp(join(tmpdir(), "afterclick-test-"));
  try {
    const { code: left, err } = await afterclick(["streams", "list"], {
      url: product.adminUrl,
      dataDir: elsewhere,
    });
    expect(left).toBe(1);
    expect(err).toContain("sign_in_needed");
  } finally {
    await rm(elsewhere, { recursive: true });
  }
});

test("the token of the machine is for its owner alone", async () => {
  const { mode } = await stat(join(directory, "cli-token"));
  expect((mode & 0o777).toString(8)).toBe("600");
});

test("from the command line to a page: a person is added, sets a password, signs in, and does what their role allows", async () => {
  const added = await cli("people", "add", "maria@example.com", "--role", "viewer");
  expect(added.code).toBe(0);
  expect(added.err).toContain("sets a password with this link, once");
  const link = new URL(added.out.trim());
  expect(link.origin).toBe(panel);

  const shown = await ask("GET", link.pathname, caddy);
  expect(shown.status).toBe(200);
  expect(shown.headers["x-powered-by"]).toBeUndefined();
  const form = {
    ...caddy,
    origin: panel,
    "sec-fetch-site": "same-origin",
    "content-type": "application/x-www-form-urlencoded",
  };
  const set = await ask("POST", link.pathname, form, new URLSearchParams({ password }).toString());
  expect(set.status).toBe(303);
  const out = await ask(
    "POST",
    "/sign-in",
    form,
    new URLSearchParams({ name: "maria@example.com", password }).toString(),
  );
  expect(out.status).toBe(303);
  const cookie = String(out.headers["set-cookie"]).split(";")[0]!;

  const asMaria = { ...caddy, cookie };
  expect((await ask("GET", "/v1/streams", asMaria)).status).toBe(200);
  const json = { ...asMaria, origin: panel, "content-type": "application/json" };
  const stream = JSON.stringify({ table: "crm.leads", offset: "UTC" });
  expect(code(await ask("POST", "/v1/streams", json, stream))).toBe("role_missing");
  expect(code(await ask("GET", "/v1/tables/example.orders/rows", asMaria))).toBe("payloads_hidden");

  expect(
    (await cli("people", "role", "maria@example.com", "--role", "editor", "--payloads", "yes")).out,
  ).toBe("maria@example.com: editor, sees payloads.\n");
  expect((await ask("POST", "/v1/streams", json, stream)).status).toBe(201);
  expect(code(await ask("POST", "/v1/streams", { ...json, origin: "https://evil.example" }, stream))).toBe(
    "origin_forbidden",
  );

  const token = (
    await cli("tokens", "add", "report", "--role", "viewer", "--person", "maria@example.com")
  ).out.trim();
  const byToken = (...argv: string[]) => afterclick([...argv, "--token", token], { url: product.adminUrl });
  expect((await byToken("me")).out).toBe("maria@example.com, known by a token: viewer, no payloads.\n");
  expect((await byToken("streams", "add", "--table", "a.b", "--offset", "UTC")).err).toContain(
    "role_missing",
  );
  expect((await byToken("query", "SELECT 1")).err).toContain("payloads_hidden");
  expect((await cli("tokens", "list")).out).toMatch(
    /report +\| maria@example\.com \| viewer \| no +\| 20\d\d-/,
  );

  const audit = await cli("audit");
  for (const what of [
    "person_added",
    "password_set",
    "signed_in",
    "person_changed",
    "stream_added",
    "token_added",
  ])
    expect(audit.out).toContain(what);
  expect(audit.out).not.toContain(token);
  expect((await cli("people", "remove", "maria@example.com", "--yes")).out).toContain("is removed");
  expect(code(await ask("GET", "/v1/streams", asMaria))).toBe("sign_in_needed");
  expect((await byToken("me")).err).toContain("token_refused");
});

test("a restart makes the machine's token anew, and without PANEL_URL there is none", async () => {
  const before = await readFile(join(directory, "cli-token"), "utf8");
  await product.end("SIGTERM");
  await expect(stat(join(directory, "cli-token"))).rejects.toMatchObject({ code: "ENOENT" });
  product = await startProduct(directory, { PANEL_URL: panel });
  expect(await readFile(join(directory, "cli-token"), "utf8")).not.toBe(before);
  expect((await cli("me")).code).toBe(0);
  await product.end("SIGKILL");
  product = await startProduct(directory);
  await expect(stat(join(directory, "cli-token"))).rejects.toMatchObject({ code: "ENOENT" });
  expect((await ask("GET", "/v1/streams")).status).toBe(200);
  expect(code(await ask("GET", "/v1/streams", { ...caddy, host: "127.0.0.1" }))).toBe("proxy_forbidden");
  expect((await ask("GET", "/sign-in")).status).toBe(404);
});
