import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { needing } from "../support/needs.ts";
import { settled, type Product } from "../support/product.ts";
import { expectSound, follow, followed, noBrowser, openPage } from "./browser.ts";
import { openPanel } from "./chromium.ts";

needing(noBrowser, () => {
  let panel: Awaited<ReturnType<typeof openPanel>>;
  let browser: Browser;
  let product: Product;
  /** Of four hits: one each, and more where one came twice. */
  let rows: [hitId: string, payload: string][];
  beforeAll(async () => {
    panel = await openPanel();
    ({ browser, product } = panel);
    const { endpoint } = await product.admin<{ endpoint: string }>("POST", "/v1/streams", {
      name: "Shop",
      table: "shop.orders",
      offset: "UTC",
      key: "n",
    });
    for (let n = 1; n <= 3; n++) await fetch(endpoint, { method: "POST", body: `n=${n}` });
    await fetch(endpoint, { method: "POST", body: `<script>document.title="taken"</script>\u202e` });
    await settled(product);
    const path = "/v1/tables/shop.orders/rows";
    rows = (await product.admin<{ rows: [hitId: string, payload: string][] }>("GET", path)).rows;
    expect(new Set(rows.map(([hitId]) => hitId)).size).toBe(4);
  });
  afterAll(() => panel?.close());

  test("rows are read and taken along without JavaScript", async () => {
    const { page, faults, close } = await openPage(browser, { javaScriptEnabled: false });
    await page.goto(`${product.adminUrl}/streams`);
    await follow(page.getByRole("link", { name: "Tables", exact: true }));
    await follow(page.getByRole("link", { name: "shop.orders", exact: true }));
    expect(await page.locator("#rows").innerText()).toContain(`${rows.length} rows of shop.orders`);
    expect(await page.locator("tbody tr").count()).toBe(rows.length);
    expect(await page.locator("tbody").innerText()).toContain("\\u202e");
    expect(await page.locator("tbody script").count()).toBe(0);
    const waiting = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download CSV of these days" }).click();
    const download = await waiting;
    expect(download.suggestedFilename()).toBe("shop.orders.csv");
    const text = await readFile(await download.path(), "utf8");
    expect(text.split("\n")[0]).toMatch(/^hit_id,payload,received_at,date/);
    const numbered = rows.filter(([, payload]) => payload.startsWith("n=")).length;
    expect(text.match(/,n=\d,/g)).toHaveLength(numbered);

    await page.getByLabel("From day").fill("2020-01-01");
    await page.getByLabel("To day").fill("2020-01-02");
    await follow(page.getByRole("button", { name: "Show", exact: true }));
    expect(await page.locator("main").innerText()).toContain("No row of these days.");
    await follow(page.getByRole("link", { name: "Write a SELECT", exact: true }));
    await page.getByLabel("Statement").fill("SELECT payload FROM shop.orders WHERE payload LIKE 'n=%'");
    await follow(page.getByRole("button", { name: "Run", exact: true }));
    expect(await page.locator("#result").innerText()).toContain(`${numbered} rows`);
    await page.getByLabel("Statement").fill("DROP TABLE shop.orders");
    await follow(page.getByRole("button", { name: "Run", exact: true }));
    expect(await page.getByRole("alert").innerText()).toContain("no SELECT");
    expect(faults).toEqual([]);
    await close();
  });

  test("statements that were run are had again by the keyboard, and are forgotten when somebody says so", async () => {
    const { page, faults, close } = await openPage(browser);
    await page.goto(`${product.adminUrl}/query`);
    await page.getByLabel("Statement").focus();
    await page.keyboard.type("SELECT 41 + 1 AS answer");
    await page.keyboard.press("Tab");
    await followed(page, () => page.keyboard.press("Enter"));
    await page.getByRole("cell", { name: "42" }).waitFor();
    // It is kept once it stands there.
    const before = page.getByRole("button", { name: "SELECT 41 + 1 AS answer" });
    await before.waitFor();
    await page.goto(`${product.adminUrl}/query`);
    await before.focus();
    await page.keyboard.press("Enter");
    expect(await page.getByLabel("Statement").inputValue()).toBe("SELECT 41 + 1 AS answer");
    await page.getByRole("button", { name: "Forget them" }).click();
    await page.reload();
    expect(await page.getByText("Run before").count()).toBe(0);
    expect(faults).toEqual([]);
    await close();
  });

  test.each([
    ["/tables", 200],
    ["/tables?q=none", 200],
    ["/tables/shop.orders", 200],
    ["/tables/shop.orders?all=1", 200],
    ["/tables/shop.orders?since=2020-01-01&until=2020-01-01", 200],
    ["/tables/shop.orders_current", 200],
    ["/tables/shop.orders_current?whole=1", 200],
    ["/tables/shop.nothing", 404],
    ["/query?sql=SELECT+1", 200],
  ])("%s is sound in both schemes, down to 320 px", (path, status) =>
    expectSound(browser, product.adminUrl + path, { status }),
  );
});
