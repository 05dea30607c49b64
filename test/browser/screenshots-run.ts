import { mkdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { Product } from "../support/product.ts";
import { openPanel } from "./chromium.ts";

/** The pictures of the README and of docs/panel.md: `npm run screenshots` takes them anew, of a machine with
 *  demo data and a few streams beside it. */

const folder = fileURLToPath(new URL("../../docs/pictures", import.meta.url));
const viewport = { width: 1280, height: 760 };

interface Stream {
  readonly id: string;
  readonly name: string;
  readonly endpoint: string;
}

const { product, browser, close } = await openPanel();
try {
  mkdirSync(folder, { recursive: true });
  const context = await browser.newContext({ viewport, colorScheme: "light", reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(`${product.adminUrl}/streams`);
  await page.getByRole("button", { name: "Load demo data" }).click();
  await page.getByRole("button", { name: "Remove demo data" }).waitFor();
  await product.admin("POST", "/v1/streams", {
    name: "Refunds",
    table: "shop.refunds",
    offset: "Europe/Kyiv",
  });
  const { id: paused } = await product.admin<Stream>("POST", "/v1/streams", {
    name: "Trade fair leads",
    table: "crm.fair",
    offset: "+03:00",
  });
  await product.admin("PATCH", `/v1/streams/${paused}`, { state: "paused" });
  await product.admin("POST", "/v1/people", {
    name: "maria@example.com",
    role: "admin",
    sees_payloads: true,
  });
  await product.admin("POST", "/v1/people", { name: "desk@example.com", role: "viewer" });
  const { streams } = await product.admin<{ streams: Stream[] }>("GET", "/v1/streams");
  const named = (name: string) => streams.find((stream) => stream.name === name)!;
  const [orders, leads] = [named("Demo orders"), named("Demo leads")];

  const take = async (
    name: string,
    path: string,
    ready: (page: Page) => Promise<unknown> = () => Promise.resolve(),
  ) => {
    await page.goto(product.adminUrl + path);
    await ready(page);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    const kilobytes = Math.ceil(statSync(join(folder, `${name}.png`)).size / 1_000);
    process.stdout.write(`docs/pictures/${name}.png  ${kilobytes} kB\n`);
  };

  await take("streams", "/streams");
  await take("add-stream", "/streams/new?table=shop.orders&offset=Europe/Kyiv&name=Orders", (open) =>
    open.locator("#table-check").getByText("made by the first hit").waitFor(),
  );
  await take("setup", `/streams/${orders.id}`);
  await take("live", `/streams/${orders.id}/live`, async (open) => {
    await open.getByRole("status").getByText("Live").waitFor();
    for (let order = 1; order <= 9; order++)
      await fetch(orders.endpoint, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: `orderId=N${9100 + order}&status=${order % 4 === 0 ? "refunded" : "delivered"}&total=${order * 17}.90&userId=U${order}`,
      });
    await open.locator("tbody tr").nth(8).waitFor();
  });
  await take("problems", `/streams/${leads.id}/problems`);
  await take("tables", "/tables/afterclick_demo.orders");
  const { rows } = await product.admin<{ rows: string[][] }>(
    "GET",
    "/v1/tables/afterclick_demo.orders/rows?limit=1",
  );
  await take("find", `/find?q=${rows[0]![0]}`);
  await take("people", "/settings/people");
  await take("system", "/settings/system");
  const file = await importsOf(product);
  await take("imports", "/imports");
  await take("import-file", `/imports/crm/files/${file}`);
  await take("connection", "/imports/crm/connection");
} finally {
  await close();
}

/** Two imports with files, and a drop box. @returns a file with bad rows */
async function importsOf({ adminUrl, admin }: Product): Promise<string> {
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  const header = "date,ev,reference_ev,reference_id,value";
  const send = async (to: string, name: string, rows: readonly string[]) => {
    const reply = await fetch(`${adminUrl}/v1/imports/${to}/files?file=${name}`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body: [header, ...rows, ""].join("\n"),
    });
    const { file_id } = (await reply.json()) as { file_id: string };
    const stateOf = async () =>
      (await admin<{ state: string }>("GET", `/v1/imports/${to}/files/${file_id}`)).state;
    while ((await stateOf()) === "checking") await new Promise((resolve) => setTimeout(resolve, 50));
    return file_id;
  };
  for (const name of ["crm", "call-centre"])
    await admin("POST", "/v1/imports", { name, zone: "Europe/Amsterdam" });
  const deals = (ago: number) =>
    Array.from(
      { length: 40 },
      (_, row) => `${day(ago)},deal_closed,"lead_form,booking",00${12_230 + row},${row * 40}.50`,
    );
  for (const ago of [4, 3, 2]) await send("crm", `deals_${day(ago)}.csv`, deals(ago));
  await send("call-centre", `calls_${day(1)}.xls.csv`, ["\u0000"]);
  await admin("POST", "/v1/drop-boxes", { import: "crm" });
  return send("crm", `deals_${day(1)}.csv`, [
    ...deals(1),
    `${day(1).split("-").reverse().join(".")},deal_closed,lead_form,0012291,120.00`,
    `${day(1)},deal_closed,lead_form,,80.00`,
    `${day(1)},deal_closed,lead_form,0012293,€ 95`,
  ]);
}
