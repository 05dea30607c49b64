import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { needing } from "../support/needs.ts";
import { exampleStream, type Product } from "../support/product.ts";
import { expectSound, noBrowser, openPage, said, violationsOf } from "./browser.ts";
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

  test.each([
    ["/streams", 200],
    ["/streams?q=nothing", 200],
    ["/parts", 200],
    ["/no-such-page", 404],
  ])("%s is sound in both schemes, down to 320 px", (path, status) =>
    expectSound(browser, product.adminUrl + path, { status }),
  );

  test("the first address that npm start prints is the panel's", async () => {
    const [first] = /http:\S+/.exec(product.output())!;
    expect(first).toBe(`${product.adminUrl}/`);
    const { page, close } = await openPage(browser);
    await page.goto(first);
    expect(await page.title()).toBe("Data streams · Afterclick");
    await close();
  });

  test("a page has the same words without JavaScript, and what only a script can do is not offered", async () => {
    const words = async (javaScriptEnabled: boolean) => {
      const { page, close } = await openPage(browser, { javaScriptEnabled });
      await page.goto(`${product.adminUrl}/parts`);
      const copies = await page.getByRole("button", { name: "Copy hit id" }).count();
      // Without what stands in for the other: each is there in one of the two alone.
      const text = (await page.evaluate(`(() => {
        const main = document.querySelector("main").cloneNode(true);
        for (const part of main.querySelectorAll(".needs-script, .needs-none")) part.remove();
        return main.textContent.replaceAll(/\\s+/g, " ");
      })()`)) as string;
      await close();
      return { copies, text };
    };
    const [without, withScript] = [await words(false), await words(true)];
    expect(without.copies).toBe(0);
    expect(withScript.copies).toBe(1);
    expect(without.text).toBe(withScript.text);
    expect(without.text).toContain("Every part in every state");
  });

  test("without JavaScript every screen is there, and offers nothing that only a script can do", async () => {
    const stream = `/streams/${exampleStream}`;
    const screens = [
      "/streams",
      "/streams/new?table=shop.orders&offset=UTC",
      stream,
      `${stream}/live`,
      `${stream}/problems`,
      `${stream}/settings`,
      "/imports",
      "/imports/new",
      "/find?q=N1",
      "/tables",
      "/query?sql=SELECT+1",
      "/settings/people",
      "/settings/tokens",
      "/settings/audit",
      "/settings/system",
      "/settings/you",
    ];
    const { page, faults, close } = await openPage(browser, { javaScriptEnabled: false });
    for (const path of screens) {
      const response = await page.goto(product.adminUrl + path);
      expect([path, response?.status(), await page.locator("h1").isVisible()]).toEqual([path, 200, true]);
      // Whatever can be pressed or filled in belongs to a form that the server takes.
      const controls = "main :is(button, input, select, textarea):visible";
      const outside = await page
        .locator(controls)
        .evaluateAll((found) =>
          found.filter((one) => !one.matches("form :not([type=button])")).map(({ outerHTML }) => outerHTML),
        );
      expect([path, outside]).toEqual([path, []]);
    }
    expect(faults).toEqual([]);
    await close();
  });

  test.each(["/streams", "/settings/audit", "/parts"])(
    "%s on paper is what is shown, no wider",
    async (path) => {
      const { page, faults, close } = await openPage(browser, { viewport: { width: 794, height: 1123 } });
      await page.goto(product.adminUrl + path);
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      expect(await page.locator("h1").isVisible()).toBe(true);
      for (const gone of [".side", ".filter button", ".skip"])
        for (const part of await page.locator(gone).all()) expect(await part.isVisible()).toBe(false);
      const over = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
      expect(await page.evaluate(over)).toBe(0);
      // Dark paper would be ink.
      expect(await page.evaluate("getComputedStyle(document.documentElement).colorScheme")).toBe("light");
      expect(faults).toEqual([]);
      await close();
    },
  );

  test("a button copies its text and says so", async () => {
    const { page, faults, close } = await openPage(browser, {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    await page.goto(`${product.adminUrl}/parts`);
    await said("Copied hit id.", page.getByRole("button", { name: "Copy hit id" }));
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(
      "05b5c783-ef83-4cd9-b64d-dbd7da9b083e",
    );
    expect(await violationsOf(page)).toEqual([]);
    expect(faults).toEqual([]);
    await close();
  });

  test("the keyboard reaches the content first, and every focus is seen", async () => {
    const { page, close } = await openPage(browser);
    await page.goto(`${product.adminUrl}/streams`);
    await page.keyboard.press("Tab");
    const focused = () => page.evaluate("document.activeElement.textContent.trim()");
    expect(await focused()).toBe("Skip to content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Add data stream");
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    await close();
  });
});
