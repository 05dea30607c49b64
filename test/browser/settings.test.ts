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

  interface Stream {
    id: string;
    endpoint: string;
    [field: string]: unknown;
  }
  const add = (fields: object) => product.admin<Stream>("POST", "/v1/streams", { offset: "UTC", ...fields });
  const show = (id: string) => product.admin<Stream>("GET", `/v1/streams/${id}`);
  const answer = async (endpoint: string) => (await fetch(endpoint, { method: "POST", body: "a=1" })).status;

  test("what is changed is written, and nothing else", async () => {
    const { id } = await add({
      name: "Before",
      table: "shop.before",
      key: "orderId",
      methods: ["POST", "GET"],
    });
    const { page, faults, close } = await openPage(browser);
    await page.goto(`${product.adminUrl}/streams/${id}`);
    await follow(page.getByRole("link", { name: "Change" }));
    await page.getByLabel("Name optional").fill("After");
    await page.getByLabel("Destination table").fill("shop.after");
    await page.locator("#table-check").getByText("It will be made by the first hit.").waitFor();
    await page.getByLabel("UTC offset").selectOption("Europe/Kyiv");
    const save = () => follow(page.getByRole("button", { name: "Save" }));
    await save();
    await page.getByText("Saved.").waitFor();
    expect(await show(id)).toMatchObject({
      name: "After",
      table: "shop.after",
      offset: "Europe/Kyiv",
      key: "orderId",
      methods: ["POST", "GET"],
    });
    await page.getByLabel("Name optional").fill("");
    await page.getByLabel("Business key").fill("");
    await save();
    const stream = await show(id);
    expect(stream).not.toHaveProperty("name");
    expect(stream).not.toHaveProperty("key");
    expect(faults).toEqual([]);
    await close();
  });

  test("without JavaScript: what cannot be is refused at its field, and what was typed stays", async () => {
    const { id } = await add({ name: "Plain", table: "shop.plain" });
    const { page, faults, close } = await openPage(browser, { javaScriptEnabled: false });
    await page.goto(`${product.adminUrl}/streams/${id}/settings`);
    await page.getByLabel("Destination table").fill("no table");
    await follow(page.getByRole("button", { name: "Save" }));
    expect(await page.getByRole("alert").innerText()).toContain("Nothing was saved: 1 field needs a change.");
    expect(await page.getByLabel("Destination table").inputValue()).toBe("no table");
    expect(await show(id)).toMatchObject({ table: "shop.plain" });
    expect(faults).toEqual([]);
    await close();
  });

  test("paused it answers 503, resumed 200, and removed, once its name is typed, 410", async () => {
    const { id, endpoint } = await add({ name: "Ends", table: "shop.ends" });
    const { page, faults, close } = await openPage(browser);
    await page.goto(`${product.adminUrl}/streams/${id}/settings`);
    await follow(page.getByRole("button", { name: "Pause" }));
    await page.getByRole("button", { name: "Resume" }).waitFor();
    await until("paused", async () => (await answer(endpoint)) === 503);
    await follow(page.getByRole("button", { name: "Resume" }));
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await until("resumed", async () => (await answer(endpoint)) === 200);
    await page.getByLabel("Type the name").fill("Something else");
    await follow(page.getByRole("button", { name: "Remove for good" }));
    await page.getByRole("alert").getByText("Removed nothing").waitFor();
    await page.getByLabel("Type the name").fill("Ends");
    await page.getByRole("button", { name: "Remove for good" }).click();
    await page.waitForURL("**/streams");
    await until("closed", async () => (await answer(endpoint)) === 410);
    expect(faults).toEqual([]);
    await close();
  });

  test("Settings is sound", async () => {
    const { id } = await add({ name: "Sound", table: "shop.sound", key: ["a", "b"] });
    await expectSound(browser, `${product.adminUrl}/streams/${id}/settings`);
  });
});
