import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { needing } from "../support/needs.ts";
import type { Product } from "../support/product.ts";
import { until } from "../support/until.ts";
import { expectSound, follow, followed, noBrowser, openPage, said, violationsOf } from "./browser.ts";
import { openPanel } from "./chromium.ts";

/** The seed's path: a marketing person adds a stream, hands the address on, and sees rows. */

needing(noBrowser, () => {
  let panel: Awaited<ReturnType<typeof openPanel>>;
  let browser: Browser;
  let product: Product;
  beforeAll(async () => {
    panel = await openPanel();
    ({ browser, product } = panel);
  });
  afterAll(() => panel?.close());

  const rowsOf = (table: string) =>
    product.admin<{ rows: [hit_id: string, payload: string][] }>("GET", `/v1/tables/${table}/rows`).then(
      ({ rows }) => rows,
      // Its first hit makes the table.
      () => [],
    );

  /** The guide's own call: unsigned, as it has stood there since 2021. */
  async function callAs(guide: string, endpoint: string): Promise<void> {
    const reply = await fetch(endpoint, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: guide,
    });
    expect(reply.status).toBe(200);
  }

  const guide = "orderId=N1&status=delivered&total=120.13&userId=U1";
  const endpointOn = (page: Page) => page.locator("#endpoint").innerText();

  test("the seed's path, word for word: add, choose, copy, save, rows", async () => {
    const { page, faults, close } = await openPage(browser, {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    await page.goto(`${product.adminUrl}/`);
    await follow(page.getByRole("link", { name: "Add data stream" }));
    await page.getByRole("radio", { name: "Webhook" }).check();
    await page.getByLabel("Destination table").fill("shop.orders");
    await page.getByText(/The dataset shop does not exist/).waitFor();
    await page.getByLabel("UTC offset").selectOption({ label: "UTC +03:00" });
    await page.getByText("A hit at 23:30 UTC today gets the date").waitFor();
    await page.getByLabel("Integration type").selectOption({ label: "curl + bash" });

    // The guide of 2021 copies the address here, before anything is saved.
    const shown = await endpointOn(page);
    expect(await page.locator("h2", { hasText: "Webhook endpoint" }).count()).toBe(1);
    await said("Copied endpoint.", page.getByRole("button", { name: "Copy endpoint" }));
    const copied = await page.evaluate("navigator.clipboard.readText()");
    expect(copied).toBe(shown);
    expect(await page.locator("#snippet").innerText()).toContain(shown);
    expect((await fetch(shown, { method: "POST", body: "early" })).status).toBe(404);
    expect(await violationsOf(page)).toEqual([]);

    await follow(page.getByRole("button", { name: "Save" }));
    await page.getByText("Saved.").waitFor();
    expect(await endpointOn(page)).toBe(shown);
    // What was looked up too early is looked up again after 5 seconds at the latest.
    await until("the address answers", async () => (await fetch(shown, { method: "OPTIONS" })).status < 300);
    await callAs(guide, shown);
    await until("the row is there", async () => (await rowsOf("shop.orders")).length > 0);
    expect(new Set((await rowsOf("shop.orders")).map(([, payload]) => payload))).toEqual(new Set([guide]));
    // Whoever looks all the time sees what was counted 2 seconds ago.
    await until("the list counts it", async () => {
      await page.goto(`${product.adminUrl}/streams`);
      return /Receiving/.test(await page.locator("tr", { hasText: "shop.orders" }).innerText());
    });
    expect(faults).toEqual([]);
    await close();
  });

  test("with the keyboard alone", async () => {
    const { page, faults, close } = await openPage(browser);
    await page.goto(`${product.adminUrl}/streams`);
    const focused = () =>
      page.evaluate<string>(
        "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim().replace(/\\s+/g, ' ')",
      );
    const tabTo = async (text: string) => {
      for (let presses = 0; presses < 40; presses++) {
        if ((await focused()).startsWith(text)) return;
        await page.keyboard.press("Tab");
      }
      throw new Error(`No ${text} within 40 presses of Tab, at last: ${await focused()}`);
    };
    await tabTo("Add data stream");
    await followed(page, () => page.keyboard.press("Enter"));
    expect(new URL(page.url()).pathname).toBe("/streams/new");
    await tabTo("Name");
    await page.keyboard.type("By keyboard");
    await tabTo("Destination table");
    await page.keyboard.type("shop.keys");
    await tabTo("UTC offset");
    await page.keyboard.type("Europe/Ky");
    await tabTo("Integration type");
    await tabTo("Save");
    await followed(page, () => page.keyboard.press("Enter"));
    await page.getByText("Saved.").waitFor();
    expect(await page.locator("h1").innerText()).toContain("By keyboard");
    expect(await page.locator("dd", { hasText: "Europe/Kyiv" }).count()).toBe(1);
    expect(faults).toEqual([]);
    await close();
  });

  test("without JavaScript: checked by a button, and a refused save keeps what was typed", async () => {
    const { page, faults, close } = await openPage(browser, { javaScriptEnabled: false });
    await page.goto(`${product.adminUrl}/streams/new`);
    const shown = await endpointOn(page);
    await page.getByLabel("Destination table").fill("plain orders");
    await page.getByLabel("UTC offset").selectOption("Europe/Kyiv");
    await page.getByRole("radio", { name: "JSON" }).check();
    await follow(page.getByRole("button", { name: "Check" }));
    expect(await page.locator("#table-check").innerText()).toContain('table is "plain orders"; allowed are');
    expect(await page.locator("#snippet").innerText()).toContain("application/json");
    expect(await page.locator("#offset-check").innerText()).toContain("Follows summer time");

    await follow(page.getByRole("button", { name: "Save" }));
    expect(await page.getByRole("alert").innerText()).toContain("was not saved: 1 field needs a change.");
    expect(await page.getByLabel("Destination table").inputValue()).toBe("plain orders");
    expect(await page.getByLabel("Destination table").getAttribute("aria-invalid")).toBe("true");
    expect(await page.evaluate("document.activeElement.id")).toBe("errors");
    expect(await page.title()).toBe("Add data stream: not saved · Afterclick");
    expect(await endpointOn(page)).toBe(shown);

    await page.getByLabel("Destination table").fill("plain.orders");
    await follow(page.getByRole("button", { name: "Save" }));
    expect(await page.locator("main").innerText()).toContain("Saved.");
    expect(await endpointOn(page)).toBe(shown);
    expect(faults).toEqual([]);
    await close();
  });

  test("the table is looked at while it is typed, and what is found belongs to what stands there", async () => {
    const { page, faults, close } = await openPage(browser);
    await page.goto(`${product.adminUrl}/streams/new`);
    const found = page.locator("#table-check");
    await page.getByLabel("Destination table").fill("example.orders");
    await found
      .getByText('The stream "Example" writes to example.orders too, with the key orderId')
      .waitFor();
    await page.getByText("Advanced").click();
    await page.getByLabel("Business key").fill("orderId");
    await found.getByText("“Example” writes to this table too.").waitFor();
    await page.getByLabel("Destination table").fill("no table");
    await found.getByText('table is "no table"').waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.getByLabel("Destination table").fill("");
    await until(async () => (await found.innerText()).trim() === "");
    expect(faults).toEqual([]);
    await close();
  });

  test("each integration type has its own snippet, with the address in it, to copy and as a file", async () => {
    const { page, faults, close } = await openPage(browser);
    await page.goto(`${product.adminUrl}/streams/new`);
    const shown = await endpointOn(page);
    const choice = page.getByLabel("Integration type");
    await choice.selectOption({ label: "PHP 7.4+" });
    await page.locator("#snippet", { hasText: "<?php" }).waitFor();
    expect(await page.locator("#snippet mark").first().innerText()).toBe(shown);
    await page.getByRole("radio", { name: "JSON" }).check();
    await page.locator("#snippet", { hasText: "application/json" }).waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download PHP" }).click();
    expect((await download).suggestedFilename()).toMatch(/\.php$/);
    await choice.selectOption({ label: "Bitrix24" });
    await page.getByText("Paste the endpoint into the field").waitFor();
    expect(await page.locator("#paste-1").innerText()).toBe(shown);
    expect(await violationsOf(page)).toEqual([]);
    expect(faults).toEqual([]);
    await close();
  });

  test("saved twice, by Back and by a double click, it is one stream", async () => {
    const { page, close } = await openPage(browser);
    await page.goto(`${product.adminUrl}/streams/new?table=shop.twice`);
    const shown = await endpointOn(page);
    await page.getByRole("button", { name: "Save" }).dblclick();
    await page.waitForURL("**/streams/*-*");
    await page.goBack();
    if ((await page.locator("#endpoint").innerText()) === shown) {
      await page.getByRole("button", { name: "Save" }).click();
      await page.waitForURL("**/streams/*-*");
    }
    const { streams } = await product.admin<{ streams: { table: string }[] }>("GET", "/v1/streams");
    expect(streams.filter(({ table }) => table === "shop.twice").length).toBe(1);
    await close();
  });

  test.each(["/streams/new", "/streams/new?table=example.orders", "/streams/new?table=a.b&key=x"])(
    "%s is sound in both schemes, down to 320 px",
    (path) => expectSound(browser, product.adminUrl + path),
  );

  test("a stream's page is sound in both schemes, down to 320 px", async () => {
    const { streams } = await product.admin<{ streams: { id: string }[] }>("GET", "/v1/streams");
    await expectSound(browser, `${product.adminUrl}/streams/${streams[0]!.id}`);
    await expectSound(browser, `${product.adminUrl}/streams/nope`, { status: 404 });
  });
});
