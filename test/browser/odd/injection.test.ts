import { readdirSync, readFileSync } from "node:fs";
import type { Server } from "node:http";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { streamFields } from "../../../functions/streams/fields.ts";
import { needing } from "../../support/needs.ts";
import { harmless, hostileTexts } from "../../support/wire/hostile.ts";
import { noBrowser, openPage } from "../browser.ts";
import { openBrowser } from "../chromium.ts";
import { parse } from "./parse.ts";
import { fileIds, hitId, jobId, letterId, openWorld, serve, streams } from "./world.ts";

/** No text that somebody else wrote is more than text on any page. Each page is drawn with a hostile text in
 *  all places at once, and again with as long a harmless one: a real parser must find the same elements with
 *  the same attributes. */

const sources = readdirSync("panel", { recursive: true, encoding: "utf8" })
  .filter((file) => /\.tsx?$/.test(file) && !file.startsWith("snippets/"))
  .map((file) => readFileSync(`panel/${file}`, "utf8"));
/** So that a page that comes later is among them. */
const routes = [
  ...readFileSync("panel/panel.tsx", "utf8").matchAll(/method: "(GET|POST)", path: "([^"]+)"/g),
].map(([, method, path]) => ({ method: method!, path: path! }));

/** What pages read of an address, and of a form. */
const named = (pattern: RegExp) => [
  ...new Set(sources.flatMap((text) => [...text.matchAll(pattern)].map(([, name]) => name!))),
];
const parameters = [
  ...named(/\bquery\.(?:get|has)\("(\w+)"/g),
  // By a name that is no text in the call.
  ..."sent at took since until offset limit all".split(" "),
];
const fields = [
  ...Object.keys(streamFields),
  ...named(/(?:form|sent|\)\))\.get\("(\w+)"/g),
  ...named(/\bname="(\w+)"/g),
  // A word a line: how many there are is the business of the text. A feed's user is refused for a colon.
].filter((name) => name !== "null_words" && name !== "holidays" && name !== "user");

/** Never ends, and is no page: Live reads it. */
const endless = "/streams/{id}/tail";

/** These show nothing that somebody else wrote: they lead elsewhere, hand out files of ours, show parts, or
 *  say what is known of a table's name. */
const ownPages = [
  "/",
  endless,
  "/settings",
  "/snippets/{type}",
  "/parts",
  "/streams/new/table",
  "/settings/imports",
];

interface Asked {
  readonly path: string;
  readonly method: string;
  readonly address: string;
  readonly body?: string;
}

/** Every page, with whatever it may be asked for; those that change something come last. */
function asked(text: string): Asked[] {
  const encoded = encodeURIComponent(text.toWellFormed());
  const typed = (names: readonly string[]) =>
    // What comes after it in a list is everything.
    String(
      new URLSearchParams(
        Object.fromEntries(names.map((name) => [name, name === "after" ? ` ${text}` : text])),
      ),
    );
  const more: Record<string, string[]> = {
    "/imports/new": [`?name=${encoded}&zone=${encoded}&due=${encoded}`],
    "/feeds/new": [`?url=${encoded}`],
    "/imports/{import}": ["?saved=new", "?file=none"],
    "/imports/{import}/files/{file}": ["?remove"],
    "/imports/{import}/links": ["?reason=id_near", "?state=linked", `?changed=${encoded}`],
    "/find": [`?q=${hitId}`, `?q=${letterId}`, `?q=${encoded}`],
    "/tables/{table}": ["?all=1"],
    "/snippets/{type}": [`?id=${streams.valid}`],
    "/streams/{id}": [`?sent=POST&at=1&took=1&hit=${hitId}`],
    "/streams/{id}/problems": [`?discard=${encoded}`, "?discard=row_refused", `?job=${jobId}`],
    "/settings/people": [`?person=${encoded}`],
    "/settings/tokens": ["?end=abcdefghijkl"],
  };
  const gets = routes
    .filter(({ method, path }) => method === "GET" && path !== endless)
    .flatMap(({ path }) =>
      addresses(path, encoded).flatMap((address) =>
        ["", `?${typed(parameters)}`, ...(more[path] ?? [])].map((query) => ({
          path,
          method: "GET",
          address: address + query,
        })),
      ),
    );
  const statements = ["shop.foreign", "shop.odd"].map((name) => ({
    path: "/query",
    method: "POST",
    address: "/query",
    body: `sql=SELECT * FROM ${name}`,
  }));
  const posts = routes
    .filter(({ method }) => method === "POST")
    .map(({ method, path }) => ({
      path,
      method,
      address: addresses(path, encoded)[0]!,
      body: typed(fields),
    }));
  return [...gets, ...statements, ...posts];
}

/** Of a page's path, with each of what may stand in it. */
function addresses(path: string, encoded: string): string[] {
  const values: Record<string, readonly string[]> = {
    id: [...Object.values(streams), encoded],
    job: [jobId, encoded],
    hit_id: [hitId, encoded],
    type: ["bash", "html", encoded],
    import: ["odd", encoded],
    feed: ["odd", "broken", encoded],
    file: [...fileIds, encoded],
    table: ["shop.odd", "shop.foreign", encoded],
  };
  return Object.entries(values).reduce(
    (paths, [name, some]) =>
      paths.flatMap((one) =>
        one.includes(`{${name}}`) ? some.map((value) => one.replace(`{${name}}`, () => value)) : [one],
      ),
    [path],
  );
}

/** See parse.ts. */
interface Seen {
  readonly status: number;
  readonly holds: number;
  readonly elements: string;
  readonly acting: readonly string[];
  readonly turning: readonly string[];
}

/** What the hostile text made of a page, from the first element on that is another one. */
function differenceOf(at: string, seen: Seen, clean: Seen): string[] {
  const [elements, expected] = [seen, clean].map((one) => [
    `status ${one.status}`,
    ...one.acting,
    ...one.elements.split(" "),
  ]) as [string[], string[]];
  const first = elements.findIndex((element, index) => element !== expected[index]);
  if (first === -1 && elements.length === expected.length) return [];
  const from = first === -1 ? elements.length : first;
  return [
    `${at}: ${elements.slice(from, from + 5).join(" ")} in place of ${expected.slice(from, from + 5).join(" ")}`,
  ];
}

needing(noBrowser, () => {
  let browser: Browser;
  let page: Page;
  const servers: Server[] = [];
  beforeAll(async () => {
    browser = await openBrowser();
    ({ page } = await openPage(browser));
  });
  afterAll(async () => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    await browser?.close();
  });

  async function open(text: string) {
    const world = await openWorld(text);
    const { origin, server } = await serve(world);
    servers.push(server);
    return { ...world, origin };
  }

  async function look(text: string): Promise<{ path: string; at: string; seen: Seen }[]> {
    const { origin } = await open(text);
    await page.goto(`${origin}/parts`);
    const all = asked(text);
    const seen = (await page.evaluate(`(${parse})(${JSON.stringify(all)})`)) as Seen[];
    return all.map(({ path, method, address }, index) => ({
      path,
      at: `${method} ${address.slice(0, 120)}`,
      seen: seen[index]!,
    }));
  }

  test.each(Object.entries(hostileTexts))("%s is text on every page, and nothing else", async (_, text) => {
    const [hostile, clean] = [await look(text), await look(harmless(text))];
    const differing = hostile.flatMap(({ at, seen }, index) => differenceOf(at, seen, clean[index]!.seen));
    expect(differing).toEqual([]);
    // Nor does it change how the texts around it are shown.
    expect(hostile.flatMap(({ at, seen }) => seen.turning.map((found) => `${at}: ${found}`))).toEqual([]);
    // Each page has it somewhere else than in the name of who is signed in.
    const most = (of: string) =>
      Math.max(...hostile.filter(({ path }) => path === of).map(({ seen }) => seen.holds));
    const without = routes.filter(({ method, path }) => method === "GET" && most(path) <= most("/parts"));
    expect(without.map(({ path }) => path).sort()).toEqual([...ownPages].sort());
  });

  test("nothing of it runs, and no page says anything in the console", async () => {
    const { origin, tail } = await open(hostileTexts["markup"]!);
    const watched = await openPage(browser);
    watched.page.on("dialog", (dialog) => {
      watched.faults.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    const shown = asked(hostileTexts["markup"]!).filter(
      ({ method, path }) => method === "GET" && path !== "/snippets/{type}",
    );
    for (const { address } of shown.filter(({ address }) => address.length < 120)) {
      await watched.page.goto(origin + address);
      expect([address, await watched.page.evaluate("window.taken ?? 'nothing'")]).toEqual([
        address,
        "nothing",
      ]);
    }
    await watched.page.goto(`${origin}/streams/${streams.valid}/live`);
    await watched.page.getByText("Live since").waitFor();
    const body = Buffer.from(hostileTexts["more markup"]!);
    const headers = { "user-agent": hostileTexts["markup"]! };
    tail.stored({
      hit_id: hitId,
      stream_id: streams.valid,
      received_at: Date.now(),
      body,
      headers,
      query: hostileTexts["markup"]!,
    });
    await watched.page.getByText("onfocus=taken=true").first().waitFor();
    expect(await watched.page.evaluate("window.taken ?? 'nothing'")).toBe("nothing");
    expect(watched.faults).toEqual([]);
    await watched.close();
  });
});
