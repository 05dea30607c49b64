import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { registryDown, warehouseDown } from "../../../functions/problems.ts";
import { thisMachine } from "../../../functions/people/who.ts";
import { openPanel as panelOver } from "../../panel/setup.ts";
import { needing } from "../../support/needs.ts";
import { expectSound, noBrowser, openPage } from "../browser.ts";
import { openPanel } from "../chromium.ts";

/** What a person sees where something is away, failed, or not theirs to see: over ports that fail on
 *  purpose. */
needing(noBrowser, () => {
  let panel: Awaited<ReturnType<typeof openPanel>>;
  let browser: Browser;
  const servers: Server[] = [];
  beforeAll(async () => {
    panel = await openPanel();
    ({ browser } = panel);
  });
  afterAll(async () => {
    for (const server of servers) server.close();
    await panel?.close();
  });

  /** @returns where a panel over these ports answers GET */
  async function serve(changed: Parameters<typeof panelOver>[0]): Promise<string> {
    const { get } = await panelOver(changed);
    const server = createServer(async (request, response) => {
      const { status, headers, body } = await get(request.url!);
      response.writeHead(status, headers).end(body);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const failing = (error: () => Error) => ({
    list: () => Promise.reject(error()),
    read: () => Promise.reject(error()),
    write: () => Promise.reject(error()),
    close: async () => undefined,
  });
  const viewer = {
    ...thisMachine,
    name: "maria",
    role: "viewer",
    seesPayloads: false,
    how: "session",
  } as const;

  const states = [
    {
      is: "away",
      ports: { registry: failing(() => registryDown({ why: "test" })) },
      path: "/streams",
      status: 503,
      says: "Try again",
    },
    {
      is: "failed",
      ports: { registry: failing(() => new Error("test")) },
      path: "/streams",
      status: 500,
      says: "error id",
    },
    {
      is: "for admins",
      ports: { personOf: () => viewer },
      path: "/settings/audit",
      status: 403,
      says: "this needs the role admin",
    },
    {
      is: "for those who see payloads",
      ports: { personOf: () => viewer },
      path: "/query",
      status: 403,
      says: "payloads_hidden",
    },
  ];

  test.each(states)("a page that is $is says so, and is sound", async ({ ports, path, status, says }) => {
    const origin = await serve(ports);
    await expectSound(browser, origin + path, { status });
    const { page, close } = await openPage(browser, { javaScriptEnabled: false });
    await page.goto(origin + path);
    expect(await page.locator("main").innerText()).toContain(says);
    await close();
  });

  test("System says which part is away, and is sound", async () => {
    const letters = { select: () => Promise.reject(warehouseDown({ why: "test" })) };
    const origin = await serve({ letters: letters as never });
    await expectSound(browser, `${origin}/settings/system`);
    const { page, close } = await openPage(browser);
    await page.goto(`${origin}/settings/system`);
    expect(await page.getByRole("row", { name: "warehouse" }).innerText()).toContain("Failing");
    await close();
  });
});
