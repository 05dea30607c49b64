import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { expect } from "@jest/globals";
import { lastResortMs } from "../support/until.ts";
import { chromiumPath } from "./chromium.ts";

/** Pages as a person's browser shows them: Debian's Chromium, driven from here. Whatever a page says
 *  in its console, each refusal of its Content-Security-Policy and each request that leaves the
 *  machine fails the test. */

/** For `needing`. */
export const noBrowser =
  chromiumPath === undefined
    ? "Chromium is not on the PATH: `.ci/system` brings it, or `apt-get install chromium`, `brew install chromium`."
    : undefined;

/** A page in a browser of its own: nobody's cookies.
 *  @returns `faults` are those so far; `errors` of statuses that the test itself
 *  provokes are not among them */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  // Playwright gives up after 30 s, which a busy machine may take for a click.
  context.setDefaultTimeout(lastResortMs);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    // The browser's own line for an answer of 4xx or 5xx: a test asks for the status where it expects one.
    if (message.text().startsWith("Failed to load resource: the server responded with a status of")) return;
    if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (/^https?:$/.test(protocol) && !["127.0.0.1", "localhost"].includes(hostname))
      faults.push(`request: ${request.url()}`);
  });
  return { page, faults, close: () => context.close() };
}

/** Clicks on what leads to another page, and waits until that has arrived. Playwright's click alone may end
 *  before the browser has left: who reads then reads the page before, and who reloads is on no page at
 * all. */
export function follow(link: Locator): Promise<void> {
  return followed(link.page(), () => link.click());
}

/** The same of whatever else leads to another page. */
export async function followed(page: Page, leave: () => Promise<void>): Promise<void> {
  const arrived = page.waitForEvent("load");
  await leave();
  await arrived;
}

/** Clicks on a button that is answered with a notice: it stands for some seconds alone, so it is waited for
 *  from before the click. */
export async function said(notice: string, button: Locator): Promise<void> {
  const shown = button.page().getByRole("status").getByText(notice).waitFor();
  await button.click();
  await shown;
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe finds wrong with the page as it stands, in sentences. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as {
    violations: Violation[];
  };
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n${html.slice(0, 300)}\n${failureSummary}`),
  );
}

/** By how many pixels the page is wider than its window: it never scrolls sideways. */
const overhangOf = (page: Page): Promise<number> =>
  page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");

/** Holds a screen to what holds for all: axe finds nothing in either scheme, it fits 320 px, and nothing
 *  is said in the console. What axe finds in a narrow window alone is where things stand, which no scheme
 *  changes: dark is looked at in the wide one. */
export async function expectSound(
  browser: Browser,
  url: string,
  { ready, status = 200 }: { ready?: string; status?: number } = {},
): Promise<void> {
  const { page, faults, close } = await openPage(browser, { colorScheme: "dark" });
  try {
    const response = await page.goto(url);
    expect(response?.status()).toBe(status);
    if (ready !== undefined) await page.locator(ready).first().waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "light" });
    expect(await violationsOf(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await overhangOf(page)).toBe(0);
    expect(await violationsOf(page)).toEqual([]);
    expect(faults).toEqual([]);
  } finally {
    await close();
  }
}
