import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { needing } from "../support/needs.ts";
import type { Product } from "../support/product.ts";
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

  const add = (fields: object) =>
    product.admin<{ id: string; endpoint: string }>("POST", "/v1/streams", fields);

  test("a test goes through the public address and ends with its row, step by step", async () => {
    const { id } = await add({ table: "shop.tests", offset: "UTC", key: "order.id" });
    const { page, faults, close } = await openPage(browser);
    await page.goto(`${product.adminUrl}/streams/${id}`);
    await page.getByRole("button", { name: "Send a test" }).click();
    await page.getByText("Row found in").waitFor();
    const hitId = await page.locator("#test-hit").innerText();
    const row = JSON.parse(await page.locator("#test-row").innerText()) as Record<string, unknown>;
    expect(row).toMatchObject({ hit_id: hitId, is_test: true });
    expect(String(row["payload"])).toContain('"order":{"id":"N1"}');
    expect(await page.getByText("Step 4 of 4").count()).toBe(1);
    expect(await violationsOf(page)).toEqual([]);

    // Another body, as hostile as it can be: it is text.
    await page.getByText("Edit the body").click();
    const hostile = `<img src=x onerror="document.title='taken'"></script>\u202e`;
    await page.getByLabel("Body of the test").fill(hostile);
    await page.getByRole("button", { name: "Send again" }).click();
    await until(async () => (await page.locator("#test-hit").innerText()) !== hitId);
    await page.locator("#test-row", { hasText: "onerror" }).waitFor();
    expect(await page.title()).not.toBe("taken");
    expect(await page.locator("#test-row img").count()).toBe(0);

    await page.reload();
    expect(await page.locator(".spine .ok", { hasText: "Test row arrived" }).count()).toBe(1);
    expect(faults).toEqual([]);
    await close();
  });

  test("without JavaScript the page that follows says where the hit is", async () => {
    const { id } = await add({ table: "shop.plain", offset: "UTC" });
    const { page, faults, close } = await openPage(browser, { javaScriptEnabled: false });
    await page.goto(`${product.adminUrl}/streams/${id}`);
    await follow(page.getByRole("button", { name: "Send a test" }));
    expect(await page.locator("main").innerText()).toContain("Stored as");
    await until("the row is there", async () => {
      await page.reload();
      return (await page.locator("#test-row").count()) === 1;
    });
    expect(await page.locator("#test-row").innerText()).toContain("orderId=N1");
    expect(faults).toEqual([]);
    await close();
  });

  test("a paused or closed stream offers no test", async () => {
    const { id } = await add({ table: "shop.paused", offset: "UTC" });
    await product.admin("PATCH", `/v1/streams/${id}`, { state: "paused" });
    const { page, close } = await openPage(browser);
    await page.goto(`${product.adminUrl}/streams/${id}`);
    expect(await page.getByRole("button", { name: "Send a test" }).count()).toBe(0);
    await expectSound(browser, `${product.adminUrl}/streams/${id}`);
    await close();
  });
});

/** Where COLLECT_URL leads to somebody else, or nowhere. */
needing(noBrowser, () => {
  let stranger: Server;
  let panel: Awaited<ReturnType<typeof openPanel>>;
  beforeAll(async () => {
    stranger = createServer((_, response) => response.writeHead(200).end("<h1>Hello</h1>"));
    stranger.listen(0, "127.0.0.1");
    await once(stranger, "listening");
    const { port } = stranger.address() as AddressInfo;
    panel = await openPanel({ COLLECT_URL: `http://127.0.0.1:${port}` });
  });
  afterAll(async () => {
    await panel?.close();
    stranger?.close();
  });

  test.each([true, false])(
    "a public address that is somebody else's is told (JavaScript: %s)",
    async (javaScriptEnabled) => {
      const { page, close } = await openPage(panel.browser, { javaScriptEnabled });
      await page.goto(`${panel.product.adminUrl}/streams/new?table=a.b${Number(javaScriptEnabled)}`);
      await follow(page.getByRole("button", { name: "Save" }));
      await page.getByRole("button", { name: "Send a test" }).click();
      await page.getByText("without a hit_id: that is not Afterclick").waitFor();
      // axe is a script too.
      if (javaScriptEnabled) expect(await violationsOf(page)).toEqual([]);
      await close();
    },
  );
});
