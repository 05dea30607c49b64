import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { needing } from "../support/needs.ts";
import { settled, type Product } from "../support/product.ts";
import { until } from "../support/until.ts";
import { expectSound, follow, noBrowser, openPage, violationsOf } from "./browser.ts";
import { openPanel } from "./chromium.ts";

needing(noBrowser, () => {
  let panel: Awaited<ReturnType<typeof openPanel>>;
  let browser: Browser;
  let product: Product;
  beforeAll(async () => {
    panel = await openPanel();
    ({ browser, product } = panel);
  });
  afterAll(() => panel?.close());

  const add = (table: string) =>
    product.admin<{ id: string; endpoint: string }>("POST", "/v1/streams", { table, offset: "UTC" });
  const call = async (endpoint: string, body: string) =>
    expect((await fetch(endpoint, { method: "POST", body })).status).toBe(200);
  const rows = async (table: string) =>
    (await product.admin<{ rows: unknown[] }>("GET", `/v1/tables/${table}/rows`).catch(() => ({ rows: [] })))
      .rows.length;
  const waiting = async (id: string) =>
    (
      await product.admin<{ dead_letters: unknown[] }>(
        "GET",
        `/v1/dead-letters?state=waiting&stream_id=${id}`,
      )
    ).dead_letters.length;

  /** A stream whose table's name differs from one that is there in upper and lower case alone:
   *  no row can be written. */
  async function failing(name: string, hits: number) {
    const other = `shop.${name.toUpperCase()}`;
    const [first, second] = [await add(`shop.${name}`), await add(other)];
    await call(first.endpoint, "a=1");
    await until("the table is there", async () => (await rows(`shop.${name}`)) > 0);
    for (let hit = 1; hit <= hits; hit++) await call(second.endpoint, `n=${hit}`);
    await until("they wait as dead letters", async () => (await waiting(second.id)) === hits);
    return second.id;
  }

  test("what failed is told with its cause, replayed once that is gone, and becomes rows", async () => {
    const id = await failing("cased", 2);
    const { page, faults, close } = await openPage(browser, { javaScriptEnabled: false });
    await page.goto(`${product.adminUrl}/streams`);
    const row = page.locator("tr.bad", { hasText: "shop.CASED" });
    expect(await row.innerText()).toMatch(/Failing[\s\S]*2 hits wait/);
    await follow(row.getByRole("link", { name: "2", exact: true }));
    expect(await page.locator("#letters").innerText()).toContain("2 wait");
    expect(await page.locator("main").innerText()).toContain("schema_differs");

    await follow(page.getByRole("link", { name: "Replay 2 dead letters" }));
    await page.getByRole("dialog").getByText("Replay 2 dead letters?").waitFor();
    await follow(page.getByRole("button", { name: "Replay 2", exact: true }));
    await until("the page says so, looked at again", async () => {
      await page.reload();
      return /Nothing was replayed. The table shop.CASED cannot take/.test(
        await page.locator("main").innerText(),
      );
    });
    await product.admin("PATCH", `/v1/streams/${id}`, { table: "shop.mended" });
    await follow(page.getByRole("link", { name: "Replay 2 dead letters" }));
    await page.getByRole("dialog").getByText("Replay 2 dead letters?").waitFor();
    await follow(page.getByRole("button", { name: "Replay 2", exact: true }));
    await until("the page says so, looked at again", async () => {
      await page.reload();
      return /2 sent, 2 written, 0 failed again/.test(await page.locator("main").innerText());
    });
    await settled(product);
    expect(await rows("shop.mended")).toBeGreaterThanOrEqual(2);
    await page.goto(`${product.adminUrl}/streams/${id}/problems`);
    expect(await page.locator("main").innerText()).toContain("No dead letter waits.");
    expect(faults).toEqual([]);
    await close();
  });

  test("what nobody wants is discarded with a note, after a question that has the number", async () => {
    const id = await failing("unwanted", 3);
    const { page, faults, close } = await openPage(browser);
    await page.goto(`${product.adminUrl}/streams/${id}/problems`);
    await follow(page.getByRole("link", { name: "Discard" }));
    await page.getByRole("dialog").getByText("Discard 3 dead letters?").waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await follow(page.getByRole("link", { name: "Cancel" }));
    expect(await page.getByRole("dialog").count()).toBe(0);
    await follow(page.getByRole("link", { name: "Discard" }));
    await page.getByLabel("Why").fill("a test of ours");
    await follow(page.getByRole("button", { name: "Discard 3" }));
    await page.getByText("3 dead letters discarded").waitFor();
    expect(await waiting(id)).toBe(0);
    expect(faults).toEqual([]);
    await close();
  });

  test("a job that runs is watched while it goes on, until its letters are rows", async () => {
    const id = await failing("watched", 2);
    const { page, faults, close } = await openPage(browser);
    // Its answers as the server would give them, each until it was seen.
    const none = { failed_again: 0, on_their_way: 0, discarded: 0, replayed_again: 0 };
    const outcome = { ...none, sent: 2_000, written: 2_000 };
    const answers = [
      { state: "running", done: 700 },
      { state: "done", done: 2_000, outcome: { ...outcome, written: 1_500, on_their_way: 500 } },
      { state: "done", done: 2_000, outcome },
    ];
    const job = {
      id: "98205000000000-0123456789ab",
      what: "replay",
      of: 2_000,
      refused: [],
      started_at: Date.now(),
      updated_at: Date.now(),
    };
    await page.route("**/problems/jobs/*", (route) => {
      return route.fulfill({ json: { job: { ...job, ...answers[0] }, now: Date.now() } });
    });
    const { id: begun } = await product.admin<{ id: string }>("POST", "/v1/jobs", {
      what: "replay",
      stream_id: id,
    });
    await page.route(/problems\?job=/, async (route) => {
      const html = await (await route.fetch()).text();
      const running = JSON.stringify({ ...job, state: "running", done: 0 }).replaceAll('"', "&quot;");
      return route.fulfill({
        contentType: "text/html; charset=utf-8",
        body: html.replace(/(data-props="\{&quot;job&quot;:)\{.*?\}(,&quot;zone)/, `$1${running}$2`),
      });
    });
    await page.goto(`${product.adminUrl}/streams/${id}/problems?job=${begun}`);
    await page.getByText("700 of 2,000 on their way").waitFor();
    expect(await violationsOf(page)).toEqual([]);
    answers.shift();
    await page.getByText("2,000 sent, 1,500 written, 0 failed again").waitFor();
    answers.shift();
    await page.getByText("2,000 sent, 2,000 written, 0 failed again").waitFor();
    expect(faults).toEqual([]);
    await close();
  });

  test("Problems is sound, with dead letters and without", async () => {
    const id = await failing("sound", 1);
    await expectSound(browser, `${product.adminUrl}/streams/${id}/problems`);
    await expectSound(browser, `${product.adminUrl}/streams/${id}/problems?discard=schema_differs`);
    await expectSound(
      browser,
      `${product.adminUrl}/streams/${id}/problems?replay=schema_differs&since=2024-01-01`,
    );
    const { id: fine, endpoint } = await add("shop.fine");
    // Refused, and so counted: more than a stream takes.
    expect((await fetch(endpoint, { method: "DELETE" })).status).toBe(405);
    await expectSound(browser, `${product.adminUrl}/streams/${fine}/problems`);
  });
});
