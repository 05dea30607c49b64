import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { needing } from "../../support/needs.ts";
import { settled, type Product } from "../../support/product.ts";
import { badBodies } from "../../support/wire/bad-bodies.ts";
import { expectSound, noBrowser, openPage } from "../browser.ts";
import { openPanel } from "../chromium.ts";

/** Whatever senders send shows as text on every page that shows payloads, also 8 MiB of it. */
needing(noBrowser, () => {
  let panel: Awaited<ReturnType<typeof openPanel>>;
  let browser: Browser;
  let product: Product;
  let id: string;
  /** One a hit, and more where one came twice. */
  let rows: number;
  const hits: { name: string; hitId: string }[] = [];
  const odd = [
    `<script>document.title="taken"</script>`,
    `"><img src=x onerror="document.title='taken'">`,
    `</textarea></title><svg onload="document.title='taken'">`,
    `javascript:document.title='taken'`,
    `{{constructor.constructor("document.title='taken'")()}}`,
    "\u202etxt.exe\u2066\u200f \u0007\u001b[2J\u0000",
    `data-island="Live" data-props='{"id":"x"}'`,
  ];

  beforeAll(async () => {
    panel = await openPanel();
    ({ browser, product } = panel);
    const stream = await product.admin<{ id: string; endpoint: string }>("POST", "/v1/streams", {
      table: "odd.bodies",
      offset: "UTC",
      key: "orderId",
    });
    ({ id } = stream);
    const bodies = [
      ...badBodies().filter(({ status = 200 }) => status === 200),
      ...odd.map((body) => ({ name: body, headers: {}, body: Buffer.from(body) })),
    ];
    for (const { name, headers, body } of bodies) {
      const reply = await fetch(stream.endpoint, { method: "POST", headers, body });
      expect([name, reply.status]).toEqual([name, 200]);
      hits.push({ name, hitId: ((await reply.json()) as { hit_id: string }).hit_id });
    }
    await settled(product);
    const sql = "SELECT count(*), count(DISTINCT hit_id) FROM odd.bodies";
    const [[all, different] = []] = (await product.admin<{ rows: unknown[][] }>("POST", "/v1/query", { sql }))
      .rows;
    expect(Number(different)).toBe(bodies.length);
    rows = Number(all);
  });
  afterAll(() => panel?.close());

  test("rows of a table, page by page, all columns", async () => {
    const { page, faults, close } = await openPage(browser);
    let shown = 0;
    for (let next: string | null = `/tables/odd.bodies?all=1`; next !== null;) {
      await page.goto(product.adminUrl + next);
      shown += await page.locator("tbody tr").count();
      expect(await page.title()).toBe("odd.bodies: rows · Afterclick");
      // Cells are cut: a page stays small, whatever is in its rows.
      expect((await page.content()).length).toBeLessThan(1_000_000);
      const older = page.getByRole("link", { name: "Older" });
      next = (await older.count()) === 0 ? null : await older.getAttribute("href");
    }
    expect(shown).toBe(rows);
    expect(faults).toEqual([]);
    await close();
    await expectSound(browser, `${product.adminUrl}/tables/odd.bodies?all=1`);
  });

  test("each hit on its own page", async () => {
    const { page, faults, close } = await openPage(browser);
    for (const { name, hitId } of hits) {
      await page.goto(`${product.adminUrl}/find?q=${hitId}`);
      expect([name, await page.title()]).toEqual([name, `${hitId}: Find · Afterclick`]);
      const text = (await page.locator("#row").textContent())!;
      const row = JSON.parse(text) as { hit_id: string; payload_bytes?: unknown };
      expect([name, row.hit_id]).toEqual([name, hitId]);
      expect([name, String(row.payload_bytes ?? "")]).toEqual([name, expect.stringMatching(/^[\w+/=]*…?$/)]);
      expect([name, /[\u202a-\u202e\u2066-\u2069]/.test(text)]).toEqual([name, false]);
      expect([name, await page.locator("#row *, #payload *, #curl *").count()]).toEqual([name, 0]);
    }
    expect(faults).toEqual([]);
    await close();
  });

  test("a result of a SELECT, and Live while they come", async () => {
    const { page, faults, close } = await openPage(browser);
    await page.goto(`${product.adminUrl}/query`);
    await page
      .getByLabel("Statement")
      .fill("SELECT hit_id, payload, payload_bytes, fields, headers FROM odd.bodies");
    await page.getByRole("button", { name: "Run" }).click();
    await page.locator("#result").waitFor();
    expect(await page.title()).toBe("SELECT · Afterclick");
    await page.goto(`${product.adminUrl}/streams/${id}/live`);
    await page.getByRole("status").getByText("Live").waitFor();
    const { endpoint } = await product.admin<{ endpoint: string }>("GET", `/v1/streams/${id}`);
    for (const body of odd) await fetch(endpoint, { method: "POST", body });
    await page
      .locator("tbody tr")
      .nth(odd.length - 1)
      .waitFor();
    expect(await page.title()).toMatch(/: Live · Afterclick$/);
    expect(await page.locator("tbody script, tbody img, tbody svg[onload]").count()).toBe(0);
    expect(faults).toEqual([]);
    await close();
  });
});
