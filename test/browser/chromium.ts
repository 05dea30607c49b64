import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { endAll, type Product, startProduct } from "../support/product.ts";
import { lastResortMs } from "../support/until.ts";

/** Debian's Chromium, and the product that it looks at. */

export const chromiumPath = (process.env["PATH"] ?? "")
  .split(delimiter)
  .flatMap((folder) => ["chromium", "chromium-browser", "google-chrome"].map((name) => join(folder, name)))
  .find(isProgram);

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function openBrowser(): Promise<Browser> {
  // The sandbox wants rights that containers do not have; what is opened is our own.
  return chromium.launch({
    executablePath: chromiumPath!,
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
    timeout: lastResortMs,
  });
}

/** The product with an empty folder, and a browser. For beforeAll and afterAll. */
export async function openPanel(
  env: Record<string, string> = {},
): Promise<{ product: Product; browser: Browser; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "afterclick-panel-"));
  const end = async (browser?: Browser) => {
    await browser?.close();
    await endAll();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const product = await startProduct(folder, env);
    const browser = await openBrowser();
    return { product, browser, close: () => end(browser) };
  } catch (error) {
    await end();
    throw error;
  }
}
