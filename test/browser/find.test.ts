import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { needing } from "../support/needs.ts";
import type { Product } from "../support/product.ts";
import { until } from "../support/until.ts";
import { expectSound, follow, noBrowser, openPage } from "./browser.ts";
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

  test("a hit is found by its id with its row, whatever is in it; what is not there says what was searched", async () => {
    const { endpoint } = await product.admin<{ endpoint: string }>("POST", "/v1/streams", {
      table: "find.hits",
      offset: "UTC",
    });
    const hostile = `<script>document.title="taken"</script>\u202e"'`;
    const reply = await fetch(endpoint, { method: "POST", body: hostile });
    const { hit_id: hitId } = (await reply.json()) as { hit_id: string };
    const { page, faults, close } = await openPage(browser, { javaScriptEnabled: false });
    await page.goto(`${product.adminUrl}/streams`);
    await follow(page.getByRole("link", { name: "Find", exact: true }));
    await page.getByLabel("hit_id, delivery id or text").fill(` ${hitId.toUpperCase()} `);
    await follow(page.getByRole("button", { name: "Find" }));
    await until("the row is there", async () => {
      await page.reload();
      return (await page.locator("h2", { hasText: "In its table" }).count()) === 1;
    });
    const row = JSON.parse(await page.locator("#row").innerText()) as { payload: string };
    expect(row.payload).toBe(hostile);
    expect(await page.locator("#row script").count()).toBe(0);

    await page.goto(`${product.adminUrl}/find`);
    await page.getByLabel("hit_id, delivery id or text").fill(`title="taken"`);
    await follow(page.getByRole("button", { name: "Find" }));
    await follow(page.getByRole("link", { name: hitId }));
    await page.locator("h2", { hasText: "In its table" }).waitFor();
    await page.goto(`${product.adminUrl}/find?q=${encodeURIComponent("<b>nobody</b>")}&days=31`);
    const none = await page.locator("main").innerText();
    expect(none).toContain("No hit that holds <b>nobody</b> was found.");
    expect(none).toMatch(/looked in 1 table and in 0 dead letters from .* Not in the queue/);
    await page.goto(`${product.adminUrl}/find?q=ab`);
    expect(await page.locator("main").innerText()).toContain("The text has 2 characters");
    await page.goto(`${product.adminUrl}/find?q=00000000-0000-4000-8000-000000000000`);
    const said = await page.locator("main").innerText();
    expect(said).toContain("No hit with this id");
    expect(said).toMatch(/we looked in 1 table, in all dead letters and in the queue/);
    expect(faults).toEqual([]);
    await close();
    await expectSound(browser, `${product.adminUrl}/find?q=${hitId}`);
    await expectSound(browser, `${product.adminUrl}/find?q=taken`);
  });
});
