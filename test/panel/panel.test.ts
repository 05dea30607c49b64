import { expect, test } from "@jest/globals";
import { registryDown } from "../../functions/problems.ts";
import { bundlePanel } from "../../panel/build.ts";
import { host, openPanel, thrown } from "./setup.ts";

const root = new URL("../..", import.meta.url).pathname;

test("the same sources give the same bytes", async () => {
  const build = async () => Buffer.from(await bundlePanel(root, `${root}dist/panel`)).toString("base64");
  expect(await build()).toBe(await build());
});

test("a page runs our own files alone, and is kept by nobody", async () => {
  const { get } = await openPanel();
  const { status, headers, body } = await get("/streams");
  expect(status).toBe(200);
  const policy = headers!["content-security-policy"]!;
  expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
  expect(headers!["cache-control"]).toBe("no-store");
  expect(headers!["referrer-policy"]).toBe("same-origin");
  const html = String(body);
  expect(html).not.toMatch(/<style|\bstyle=|<script(?! type="module" src="\/assets\/)|\bon[a-z]+=/);
  expect(html.match(/(?:src|href)="(?:https?:)?\/\/[^"]*"/g)).toBe(null);
});

test("what a page names by its hash is there for ever, and is small", async () => {
  const { get } = await openPanel();
  const html = String((await get("/streams")).body);
  const paths = [...html.matchAll(/"(\/assets\/[a-z]+-[0-9a-f]{12}\.([a-z]+))"/g)];
  expect(paths.map(([, , ending]) => ending).sort()).toEqual(["css", "js", "svg"]);
  for (const [, path] of paths) {
    const { status, headers } = await get(path!);
    expect(status).toBe(200);
    expect(headers!["cache-control"]).toBe("public, max-age=31536000, immutable");
  }
  expect((await get("/assets/panel-000000000000.css")).status).toBe(404);
});

test("a program that asks for what is not there gets the problem's document, a person a page", async () => {
  const { get } = await openPanel();
  expect((await thrown(get("/nope", { accept: "*/*" }))).code).toBe("admin_not_found");
  const page = await get("/nope");
  expect(page.status).toBe(404);
  expect(String(page.body)).toContain("<h1>Nothing is here</h1>");
  // What was looked for may be a hit: the way to it stands there.
  expect(String(page.body)).toMatch(/<form[^>]*action="\/find".*name="q"/s);
});

test("a method that a page does not take is said with those that it takes", async () => {
  const { ask } = await openPanel();
  const page = await ask({ method: "DELETE", path: "/streams", headers: { origin: `http://${host}` } });
  expect(page.status).toBe(405);
  expect(page.headers!["allow"]).toBe("GET");
});

test("a page of another site opens a page of ours by a link, and sends nothing", async () => {
  const { ask } = await openPanel();
  const foreign = {
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
  };
  expect((await ask({ path: "/streams", headers: foreign })).status).toBe(200);
  for (const headers of [{ ...foreign, origin: "https://evil.example" }, foreign, { origin: "null" }])
    expect((await ask({ method: "POST", path: "/streams", headers })).status).toBe(403);
  expect((await ask({ path: "/streams", headers: { ...foreign, "sec-fetch-dest": "iframe" } })).status).toBe(
    403,
  );
});

test("where the registry is away the page says so, that senders are not affected, and offers to try again", async () => {
  const { get } = await openPanel({
    registry: {
      list: () => Promise.reject(registryDown({ why: "test" })),
      read: () => Promise.reject(registryDown({ why: "test" })),
      write: () => Promise.reject(registryDown({ why: "test" })),
      close: async () => undefined,
    },
  });
  const page = await get("/streams");
  expect(page.status).toBe(503);
  expect(page.headers!["retry-after"]).toBe("5");
  expect(String(page.body)).toMatch(
    /cannot read its data just now.*Your senders are not affected.*Try again/s,
  );
});

test("what nobody foresaw is shown by an id alone, and the log has the cause by it", async () => {
  const { get, logged } = await openPanel({
    registry: {
      list: () => Promise.reject(new Error("secret inside")),
      read: async () => undefined,
      write: async () => undefined,
      close: async () => undefined,
    },
  });
  const page = await get("/streams");
  expect(page.status).toBe(500);
  const [, id] = /error id <code>(e-[0-9a-f]{8})</.exec(String(page.body))!;
  expect(String(page.body)).not.toContain("secret inside");
  expect(logged).toMatchObject([{ severity: "ERROR", event: "page_failed", error_id: id }]);
  expect(String(logged[0]!["cause"])).toContain("secret inside");
});
