import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser, BrowserContext } from "playwright-core";
import { afterclick } from "../support/cli.ts";
import { freePort } from "../support/google/emulators.ts";
import { needing } from "../support/needs.ts";
import { goodPassword as password } from "../support/people.ts";
import type { Product } from "../support/product.ts";
import { expectSound, noBrowser, openPage } from "./browser.ts";
import { openPanel } from "./chromium.ts";

/** Signing in as a browser does it: what is said of cookies, origins and frames is
 *  held by Chromium itself. */
needing(noBrowser, () => {
  let panel: Awaited<ReturnType<typeof openPanel>>;
  let browser: Browser;
  let product: Product;
  let origin: string;
  beforeAll(async () => {
    const port = String(await freePort());
    origin = `http://127.0.0.1:${port}`;
    panel = await openPanel({ ADMIN_PORT: port, PANEL_URL: origin });
    ({ browser, product } = panel);
  });
  afterAll(() => panel?.close());

  const cli = (...argv: string[]) =>
    afterclick(argv, { url: product.adminUrl, dataDir: /data +(\S+)/.exec(product.output())![1]! });

  async function signedIn(name: string, ...more: string[]) {
    const { out } = await cli("people", "add", name, "--role", "editor", ...more);
    const opened = await openPage(browser);
    await opened.page.goto(out.trim());
    await opened.page.getByLabel("New password").fill(password);
    await opened.page.getByRole("button", { name: "Set the password and sign in" }).click();
    await opened.page.waitForURL(`${origin}/streams`);
    return opened;
  }

  const namesOf = async (context: BrowserContext) => (await context.cookies()).map(({ name }) => name);

  test("a page that needs somebody leads to signing in, and from there to where they wanted to go", async () => {
    const { page, faults, close } = await signedIn("maria@example.com");
    await page.getByText("Signed in as maria@example.com, Editor").waitFor();
    expect(await namesOf(page.context())).toEqual(["__Host-afterclick"]);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(`${origin}/sign-in`);
    expect(await namesOf(page.context())).toEqual([]);

    await page.goto(`${origin}/streams?q=orders`);
    expect(new URL(page.url()).pathname).toBe("/sign-in");
    await page.getByLabel("Name or mail address").fill("maria@example.com");
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("do not belong together").waitFor();
    await page.getByLabel("Password").fill(password);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${origin}/streams?q=orders`);
    expect(faults).toEqual([]);
    await close();
  });

  test("a page on another site can lead here while signed in, and can neither change anything nor show it in a frame", async () => {
    const { page, close } = await signedIn("otto");
    // localhost is another site than 127.0.0.1.
    const foreign = createServer((_, response) => {
      response.setHeader("content-type", "text/html");
      response.end(
        `<a href="${origin}/streams">look</a><iframe src="${origin}/streams"></iframe>` +
          `<form method="post" action="${origin}/sign-out"><button>out</button></form>`,
      );
    });
    await new Promise<void>((resolve) => foreign.listen(0, "127.0.0.1", resolve));
    try {
      const address = `http://localhost:${(foreign.address() as AddressInfo).port}/`;
      await page.goto(address);
      const framed = page.frames().find((frame) => frame !== page.mainFrame());
      expect((await framed?.content()) ?? "").not.toContain("Signed in as");
      const refused = page.waitForResponse(`${origin}/sign-out`);
      await page.getByRole("button", { name: "out" }).click();
      expect((await refused).status()).toBe(403);
      await page.goto(address);
      await page.getByRole("link", { name: "look" }).click();
      await page.getByText("Signed in as otto, Editor").waitFor();
    } finally {
      await new Promise((resolve) => foreign.close(resolve));
      foreign.closeAllConnections();
      await close();
    }
  });

  test("whoever may not, sees that they may not", async () => {
    const { page, close } = await signedIn("viewer-to-be");
    await cli("people", "role", "viewer-to-be", "--role", "viewer");
    const response = await page.goto(`${origin}/streams/new`);
    expect(response?.status()).toBe(403);
    await page.getByText("this needs the role editor").waitFor();
    await cli("people", "remove", "viewer-to-be", "--yes");
    await page.goto(`${origin}/streams`);
    expect(new URL(page.url()).pathname).toBe("/sign-in");
    await close();
  });

  test.each([
    ["/sign-in", 200],
    ["/sign-out", 200],
    ["/password/x", 410],
  ])("%s is sound in both schemes, down to 320 px", (path, status) =>
    expectSound(browser, origin + path, { status }),
  );

  test("the page that sets a password is sound, and so is signing in after a failure", async () => {
    const { out } = await cli("people", "add", "ada", "--role", "viewer");
    await expectSound(browser, out.trim());
    const { page, faults, close } = await openPage(browser);
    await page.goto(out.trim());
    await page.getByLabel("New password").fill("aaaaaaaaaaaaaa");
    await page.getByRole("button", { name: "Set the password and sign in" }).click();
    await page.getByRole("alert").getByText("repeats a few characters").waitFor();
    expect(faults).toEqual([]);
    await close();
  });
});
