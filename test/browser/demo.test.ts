import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { needing } from "../support/needs.ts";
import type { Product } from "../support/product.ts";
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

  interface Stream {
    id: string;
    name: string;
  }
  const streams = async () =>
    (await product.admin<{ streams: Stream[] }>("GET", "/v1/streams")).streams.map(({ name }) => name).sort();

  test("demo data fills the list, Live, Problems and the tables, and goes again as a whole", async () => {
    const { page, faults, close } = await openPage(browser, { javaScriptEnabled: false });
    await page.goto(`${product.adminUrl}/streams`);
    await follow(page.getByRole("button", { name: "Load demo data" }));
    await page.getByRole("link", { name: "Demo orders" }).waitFor();
    const bars = await page
      .getByRole("img", { name: /^Demo orders, hits per day/ })
      .getAttribute("aria-label");
    const counts = /: ([\d, ]+)/.exec(bars!)![1]!.split(", ").map(Number);
    expect(counts).toHaveLength(14);
    // The last one is today so far: just after midnight little has come.
    expect(Math.min(...counts.slice(0, 13))).toBeGreaterThan(10);
    expect(bars).toContain("refused 9 requests in all");
    expect(await page.locator("tr.bad", { hasText: "Demo leads" }).innerText()).toContain(
      "9 hits wait: the dataset afterclick_demo_crm does not exist.",
    );
    const nine = page.getByRole("row", { name: "Demo leads" }).getByRole("link", { name: "9", exact: true });
    await follow(nine);
    expect(await page.locator("main").innerText()).toContain("dataset_missing");
    await expectSound(browser, `${product.adminUrl}/streams`);
    await page.goto(`${product.adminUrl}/tables/afterclick_demo.orders`);
    expect(await page.locator("tbody tr").count()).toBe(50);
    await page.goto(`${product.adminUrl}/tables/afterclick_demo.orders_current?whole=1`);
    expect(await page.locator("tbody tr").count()).toBe(50);

    await page.goto(`${product.adminUrl}/streams`);
    await follow(page.getByRole("button", { name: "Remove demo data" }));
    await page.getByRole("button", { name: "Load demo data" }).waitFor();
    expect(await streams()).toEqual(["Example"]);
    const { dead_letters: waiting } = await product.admin<{ dead_letters: unknown[] }>(
      "GET",
      "/v1/dead-letters?state=waiting",
    );
    expect(waiting).toEqual([]);
    await page.goto(`${product.adminUrl}/tables?q=demo`);
    expect(await page.locator("main").innerText()).toContain("No table matches.");

    // And once more: nothing of before is in its way.
    await page.goto(`${product.adminUrl}/streams`);
    await follow(page.getByRole("button", { name: "Load demo data" }));
    await page.getByRole("button", { name: "Remove demo data" }).waitFor();
    await page.goto(`${product.adminUrl}/tables/afterclick_demo.orders`);
    expect(await page.locator("tbody tr").count()).toBe(50);
    expect(faults).toEqual([]);
    await close();
  });
});
