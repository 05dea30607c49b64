import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { needing } from "../support/needs.ts";
import type { Product } from "../support/product.ts";
import { until } from "../support/until.ts";
import { expectSound, noBrowser, openPage } from "./browser.ts";
import { openPanel } from "./chromium.ts";

needing(noBrowser, () => {
  let panel: Awaited<ReturnType<typeof openPanel>>;
  let browser: Browser;
  let product: Product;
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
    await until("the rows are there", async () => {
      const path = "/v1/tables/shop.orders/rows";
      const { rows } = await product
        .admin<{ rows: unknown[] }>("GET", path)
        .catch(() => ({ rows: [] as unknown[] }));
      return rows.length === 4;
    });
  });
  afterAll(() => panel?.close());

  test("rows are read and taken along without JavaScript", async () => {
    const { page, faults, close } = await openPage(browser, { javaScriptEnabled: false });
    await page.goto(`${product.adminUrl}/streams`);
    await page.getByRole("link", { name: "Tables", exact: true }).click();
    await page.getByRole("link", { name: "shop.orders", exact: true }).click();
    expect(await page.locator("#rows").innerText()).toContain("4 rows of shop.orders");
    expect(await page.locator("tbody tr").count()).toBe(4);
    expect(await page.locator("tbody").innerText()).toContain("\\u202e");
    expect(await page.locator("tbody script").count()).toBe(0);
    const waiting = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download CSV of these days" }).click();
    const download = await waiting;
    expect(download.suggestedFilename()).toBe("shop.orders.csv");
    const text = await readFile(await download.path(), "utf8");
    expect(text.split("\n")[0]).toMatch(/^hit_id,payload,received_at,date/);
    expect(text.match(/,n=\d,/g)).toHaveLength(3);

    await page.getByLabel("From day").fill("2020-01-01");
    await page.getByLabel("To day").fill("2020-01-02");
    await page.getByRole("button", { name: "Show" }).click();
    expect(await page.locator("main").innerText()).toContain("No row of these days.");
    await page.getByRole("link", { name: "Write a SELECT" }).click();
    await page.getByLabel("Statement").fill("SELECT payload FROM shop.orders WHERE payload LIKE 'n=%'");
    await page.getByRole("button", { name: "Run" }).click();
    expect(await page.locator("#result").innerText()).toContain("3 rows");
    await page.getByLabel("Statement").fill("DROP TABLE shop.orders");
    await page.getByRole("button", { name: "Run" }).click();
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
    await page.keyboard.press("Enter");
    await page.getByRole("cell", { name: "42" }).waitFor();
    await page.goto(`${product.adminUrl}/query`);
    await page.getByRole("button", { name: "SELECT 41 + 1 AS answer" }).focus();
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
