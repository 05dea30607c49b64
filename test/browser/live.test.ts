import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { needing } from "../support/needs.ts";
import type { Product } from "../support/product.ts";
import { until } from "../support/until.ts";
import { startProxy } from "../support/wire/tcp-proxy.ts";
import { expectSound, noBrowser, openPage, violationsOf } from "./browser.ts";
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

  test("hits show as they arrive, newest first; pause stops the eye alone; the filter is in the address", async () => {
    const { id, endpoint } = await add("live.first");
    const { page, faults, close } = await openPage(browser);
    await page.goto(`${product.adminUrl}/streams/${id}`);
    await page.getByRole("link", { name: "Live", exact: true }).click();
    await page.getByText("Hits show here as they arrive").waitFor();
    await page.getByRole("status").getByText("Live").waitFor();
    const hostile = `<script>document.title="taken"</script><img src=x onerror="document.title='taken'">`;
    await call(endpoint, "orderId=first");
    await call(endpoint, hostile);
    await page.locator("tbody tr").nth(1).waitFor();
    const rows = () => page.locator("tbody tr code").allInnerTexts();
    expect(await rows()).toEqual([hostile, "orderId=first"]);
    expect(await page.title()).not.toBe("taken");
    expect(await violationsOf(page)).toEqual([]);

    await page.getByRole("button", { name: "Pause" }).click();
    await call(endpoint, "orderId=paused");
    await page.getByText("Paused, 1 new").waitFor();
    expect((await rows()).length).toBe(2);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText("orderId=paused").waitFor();

    await page.getByLabel("Text in the hit_id").fill("ORDERID=FIRST");
    await until(async () => (await rows()).join() === "orderId=first");
    expect(new URL(page.url()).search).toBe("?q=ORDERID%3DFIRST");
    await page.getByLabel("Text in the hit_id").fill("orderId=paused");
    await until(async () => (await rows()).join() === "orderId=paused");
    await page.getByLabel("Text in the hit_id").fill("nothing of it");
    await page.getByRole("button", { name: "Clear the filter" }).click();
    await until(async () => (await rows()).length === 3);

    // Far behind the first bytes: the server finds it, once it knows what is typed.
    await page.getByLabel("Text in the hit_id").fill("far=needle");
    await until(async () => {
      await call(endpoint, `orderId=long&pad=${"x".repeat(500)}&far=needle`);
      return (await rows()).some((row) => row.startsWith("orderId=long"));
    });
    await page.getByText(/^Showing .+ of .+ hits/).waitFor();
    expect((await rows()).every((row) => row.startsWith("orderId=long"))).toBe(true);
    expect(faults).toEqual([]);
    await close();
  });

  test("after a broken connection it goes on where it was: no hit is missing, none is there twice", async () => {
    const { id, endpoint } = await add("live.broken");
    const proxy = await startProxy(new URL(product.adminUrl).host);
    const { page, close } = await openPage(browser);
    try {
      await page.goto(`http://${proxy.address}/streams/${id}/live`);
      await page.getByRole("status").getByText("Live").waitFor();
      const rows = () => page.locator("tbody tr code").allInnerTexts();
      await call(endpoint, "n=1");
      await until(async () => (await rows()).length === 1);
      proxy.cut();
      await page.getByRole("status").getByText("Reconnecting").waitFor();
      for (let number = 2; number <= 20; number++) await call(endpoint, `n=${number}`);
      proxy.mend();
      await until(async () => (await rows()).length >= 20);
      expect(await rows()).toEqual(Array.from({ length: 20 }, (_, index) => `n=${20 - index}`));
      await page.getByRole("status").getByText("Live").waitFor();
    } finally {
      await close();
      await proxy.close();
    }
  });

  test("Live is sound, and says what it needs where there is no script", async () => {
    const { id } = await add("live.sound");
    await expectSound(browser, `${product.adminUrl}/streams/${id}/live`, { ready: ".line[role=status]" });
    const { page, close } = await openPage(browser, { javaScriptEnabled: false });
    await page.goto(`${product.adminUrl}/streams/${id}/live`);
    expect(await page.locator("main").innerText()).toContain("Live needs a script");
    expect(await page.getByRole("button", { name: "Pause" }).count()).toBe(0);
    await close();
  });
});
