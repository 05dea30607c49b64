import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { afterclick } from "../support/cli.ts";
import { freePort } from "../support/google/emulators.ts";
import { needing } from "../support/needs.ts";
import { goodPassword as password } from "../support/people.ts";
import type { Product } from "../support/product.ts";
import { expectSound, follow, followed, noBrowser, openPage, violationsOf } from "./browser.ts";
import { openPanel } from "./chromium.ts";

needing(noBrowser, () => {
  let panel: Awaited<ReturnType<typeof openPanel>>;
  let browser: Browser;
  let product: Product;
  let origin: string;
  /** Without PANEL_URL: nobody signs in. */
  let open: Awaited<ReturnType<typeof openPanel>>;
  beforeAll(async () => {
    const port = String(await freePort());
    origin = `http://127.0.0.1:${port}`;
    panel = await openPanel({ ADMIN_PORT: port, PANEL_URL: origin });
    ({ browser, product } = panel);
    open = await openPanel();
  });
  afterAll(async () => {
    await open?.close();
    await panel?.close();
  });

  const cli = (...argv: string[]) =>
    afterclick(argv, { url: product.adminUrl, dataDir: /data +(\S+)/.exec(product.output())![1]! });

  async function setPassword(link: string) {
    const opened = await openPage(browser);
    await opened.page.goto(link);
    await opened.page.getByLabel("New password").fill(password);
    await opened.page.getByRole("button", { name: "Set the password and sign in" }).click();
    await opened.page.waitForURL(`${origin}/streams`);
    return opened;
  }

  test("an admin adds a person by the keyboard, who sets a password, makes a token, and is out once removed", async () => {
    const { out } = await cli("people", "add", "ada", "--role", "admin", "--payloads", "yes");
    const ada = await setPassword(out.trim());
    await follow(ada.page.getByRole("link", { name: "Settings" }));
    await ada.page.getByText("1 person may sign in").waitFor();
    await ada.page.getByLabel("Name or mail address").focus();
    await ada.page.keyboard.type("maria@example.com");
    await ada.page.keyboard.press("Tab");
    await ada.page.keyboard.press("ArrowDown"); // Editor
    await ada.page.keyboard.press("Tab");
    await ada.page.keyboard.press("Tab");
    await followed(ada.page, () => ada.page.keyboard.press("Enter"));
    const link = await ada.page.locator("#link").innerText();
    expect(link.startsWith(`${origin}/password/`)).toBe(true);
    expect(await violationsOf(ada.page)).toEqual([]);

    const maria = await setPassword(link);
    await maria.page.goto(`${origin}/settings`);
    expect(new URL(maria.page.url()).pathname).toBe("/settings/tokens");
    await maria.page.getByLabel("What it is for").fill("nightly");
    await follow(maria.page.getByRole("button", { name: "Make token" }));
    const token = await maria.page.locator("#token").innerText();
    const ask = async () =>
      (await fetch(`${origin}/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await ask()).toBe(200);
    await maria.page.goto(`${origin}/tables/example.orders`);
    await maria.page.getByText("may not see payloads").waitFor();
    const refused = await maria.page.goto(`${origin}/settings/people`);
    expect(refused?.status()).toBe(403);
    expect(await violationsOf(maria.page)).toEqual([]);

    await ada.page.goto(`${origin}/settings/people`);
    await follow(ada.page.getByRole("link", { name: "Change maria@example.com" }));
    await ada.page.getByRole("dialog").getByLabel("May see payloads").check();
    await follow(ada.page.getByRole("button", { name: "Save" }));
    await ada.page.getByText("Saved.").waitFor();
    const seen = await maria.page.goto(`${origin}/query`);
    expect(seen?.status()).toBe(200);

    await follow(ada.page.getByRole("link", { name: "Change maria@example.com" }));
    await follow(ada.page.getByRole("dialog").getByRole("link", { name: "Remove" }));
    await follow(ada.page.getByRole("button", { name: "Remove maria@example.com" }));
    await ada.page.getByText("Saved.").waitFor();
    expect(await ask()).toBe(401);
    await maria.page.goto(`${origin}/streams`);
    expect(new URL(maria.page.url()).pathname).toBe("/sign-in");
    await follow(ada.page.getByRole("link", { name: "Audit" }));
    await ada.page.getByLabel("What", { exact: true }).selectOption("person_removed");
    await follow(ada.page.getByRole("button", { name: "Filter" }));
    expect(await ada.page.locator("tbody tr").count()).toBe(1);
    expect([...ada.faults, ...maria.faults]).toEqual([]);
    await ada.close();
    await maria.close();
  });

  test("a link for a developer opens without an account, follows what arrives, and is over once it is withdrawn", async () => {
    const { out: added } = await cli(
      "streams",
      "add",
      "--table",
      "links.orders",
      "--offset",
      "UTC",
      "--json",
    );
    const { id, endpoint } = JSON.parse(added) as { id: string; endpoint: string };
    const link = (await cli("streams", "link", id)).out.trim();
    expect(link.startsWith(`${origin}/developer/`)).toBe(true);
    await expectSound(browser, link);
    const { page, faults, close } = await openPage(browser);
    await page.goto(link);
    await page.getByText("none in the last 7 days").waitFor();
    await page.getByLabel("Integration type").selectOption("python");
    await follow(page.getByRole("button", { name: "Show" }));
    await page.locator("#snippet").getByText(`ENDPOINT = "${endpoint}"`).waitFor();
    expect(await page.getByRole("link").allInnerTexts()).toEqual([expect.stringMatching(/^Download/)]);
    const { status } = await fetch(endpoint, { method: "POST", body: "orderId=N1" });
    expect(status).toBe(200);
    // Nobody loads the page again.
    await page.getByText("1 hit, without tests").waitFor();
    expect((await cli("streams", "link", id, "--withdraw")).code).toBe(0);
    await page.getByText("This link is over").waitFor();
    await expectSound(browser, link, { status: 404 });
    expect(faults).toEqual([]);
    await close();
  });

  test("signing out everywhere ends all browsers", async () => {
    const { out } = await cli("people", "add", "otto", "--role", "viewer");
    const first = await setPassword(out.trim());
    const second = await openPage(browser);
    await second.page.goto(`${origin}/sign-in?to=/settings/you`);
    await second.page.getByLabel("Name or mail address").fill("otto");
    await second.page.getByLabel("Password").fill(password);
    await second.page.getByRole("button", { name: "Sign in" }).click();
    await second.page.getByRole("button", { name: "Sign out everywhere" }).click();
    await second.page.waitForURL(`${origin}/sign-in`);
    await first.page.goto(`${origin}/streams`);
    expect(new URL(first.page.url()).pathname).toBe("/sign-in");
    expect([...first.faults, ...second.faults]).toEqual([]);
    await first.close();
    await second.close();
  });

  test("pages of Settings are sound in both schemes, down to 320 px, empty and full", async () => {
    const { adminUrl, admin } = open.product;
    const pages = ["/people", "/tokens", "/audit", "/audit?who=none", "/system", "/you"];
    for (const path of pages) await expectSound(open.browser, `${adminUrl}/settings${path}`);
    await admin("POST", "/v1/people", { name: "maria@example.com", role: "admin" });
    const { id } = await admin<{ id: string }>("POST", "/v1/tokens", {
      name: "x".repeat(80),
      role: "viewer",
      person: "maria@example.com",
    });
    const full = [
      "/people",
      "/people?person=maria%40example.com",
      "/people?person=maria%40example.com&remove",
      "/tokens",
      `/tokens?end=${id}`,
      "/audit",
    ];
    for (const path of full) await expectSound(open.browser, `${adminUrl}/settings${path}`);
  });

  test("what was refused gets the focus, and what was typed stays", async () => {
    const { page, faults, close } = await openPage(open.browser);
    await page.goto(`${open.product.adminUrl}/settings/people`);
    await page.getByLabel("Name or mail address").fill("<b>");
    await followed(page, () => page.getByRole("button", { name: "Add and make a link" }).click());
    expect(await page.locator("[role=alert]:focus").innerText()).toContain("Nothing was changed.");
    expect(await page.getByLabel("Name or mail address").inputValue()).toBe("<b>");
    expect(await violationsOf(page)).toEqual([]);
    expect(faults).toEqual([]);
    await close();
  });
});
