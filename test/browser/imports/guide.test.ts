import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createHash } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { needing, noCurl } from "../../support/needs.ts";
import { cli, type Product } from "../../support/product.ts";
import { until } from "../../support/until.ts";
import { expectSound, follow, noBrowser, openPage } from "../browser.ts";
import { openPanel } from "../chromium.ts";

/** The way of somebody who follows the guide, from the first click to rows; what is shown of each state is
 *  test/panel/imports. */

const header = "date,ev,reference_ev,reference_id,value";
/** In every zone it is not in the future. */
const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
const inDots = yesterday.split("-").reverse().join(".");

const noSftp = (process.env["PATH"] ?? "").split(delimiter).some((path) => existsSync(join(path, "sftp")))
  ? undefined
  : "sftp is not on the PATH: `.ci/system` brings it, or `apt-get install openssh-client`.";

needing(noBrowser, () => {
  let panel: Awaited<ReturnType<typeof openPanel>>;
  let browser: Browser;
  let product: Product;
  let folder: string;
  beforeAll(async () => {
    panel = await openPanel();
    ({ browser, product } = panel);
    folder = await mkdtemp(join(tmpdir(), "afterclick-sent-"));
  });
  afterAll(async () => {
    await panel?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function fileOf(name: string, content: string | Buffer): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  }

  /** The page of a file looks again by itself, or is looked at again. */
  async function untilRead(page: Page, words: string): Promise<void> {
    while (!(await page.locator("main").innerText()).includes(words)) await page.reload();
  }

  test("without JavaScript: Settings, Import custom data, Add custom import, a sample, a file, its rejects", async () => {
    const { page, faults, close } = await openPage(browser, { javaScriptEnabled: false });
    await page.goto(product.adminUrl);
    await follow(page.getByRole("link", { name: "Settings", exact: true }));
    await follow(page.getByRole("link", { name: "Import custom data", exact: true }));
    await follow(page.getByRole("link", { name: "Add custom import", exact: true }));
    await page.getByLabel("Name", { exact: true }).fill("crm");
    await page.getByLabel("Time zone").selectOption("Europe/Amsterdam");
    const latin = Buffer.from(`${header}\n${yesterday},Caf\u00e9,lead_form,0012234,1250.50\n`, "latin1");
    await page.getByLabel("A file of the sender").setInputFiles(await fileOf("sample.csv", latin));
    await follow(page.getByRole("button", { name: "Check the sample" }));
    expect(await page.locator("main").innerText()).toContain("Line 2 is no UTF-8");
    await follow(page.getByRole("button", { name: "Take it as windows-1252" }));
    expect(await page.locator("main").innerText()).toContain("1 row would be imported.");
    expect(await page.locator("table:has(#parsed)").innerText()).toContain("Café");
    await follow(page.getByRole("button", { name: "Switch on" }));

    const good = `${header}\n${yesterday},deal_closed,lead_form,0012234,1250.50\n`;
    const bad = `${good}${inDots},deal_closed,lead_form,7,\n`;
    await page.getByLabel("File", { exact: true }).setInputFiles(await fileOf("backend_deals.csv", bad));
    await follow(page.getByRole("button", { name: "Upload", exact: true }));
    await untilRead(page, "1 of 2 rows were imported, 1 were rejected.");
    expect(await page.locator("#rejects").innerText()).toContain("1 of 1 row");
    const waiting = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download 1 reject" }).click();
    const download = await waiting;
    expect(download.suggestedFilename()).toBe("backend_deals.rejects.csv");
    const [head, line] = (await readFile(await download.path(), "utf8")).split("\r\n");
    expect(head).toBe(`${header},_line,_column,_reason`);
    // Put right, it is sent back as it is.
    const right = `${head}\r\n${line!.replace(inDots, yesterday)}\r\n`;
    await follow(page.getByRole("link", { name: "crm", exact: true }));
    await page.getByLabel("File", { exact: true }).setInputFiles(await fileOf("put_right.csv", right));
    await follow(page.getByRole("button", { name: "Upload", exact: true }));
    await untilRead(page, "1 row imported.");
    const sql = "SELECT reference_id FROM afterclick.backend_events_flat ORDER BY reference_id";
    const { rows } = await product.admin<{ rows: unknown[] }>("POST", "/v1/query", { sql });
    expect(rows).toEqual([["0012234"], ["7"]]);
    expect(faults).toEqual([]);
    await close();
  });

  /** The line that the page shows, as a sender types it. The server must have the host key that the page
   *  shows. */
  async function sendBySftp(line: string, password: string, keyShown: string, put: string): Promise<void> {
    const askpass = await fileOf("askpass", '#!/bin/sh\nprintf "%s\\n" "$SFTP_PASSWORD"\n');
    await chmod(askpass, 0o700);
    const [program = "", ...args] = line.split(" ");
    // -b alone says that nobody can be asked: what is said first holds.
    const options = [
      "BatchMode=no",
      `UserKnownHostsFile=${join(folder, "known")}`,
      "StrictHostKeyChecking=accept-new",
    ];
    const more = ["-F", "none", ...options.flatMap((option) => ["-o", option]), "-b", "-"];
    const child = spawn(program, [...more, ...args], {
      env: {
        PATH: process.env["PATH"],
        HOME: folder,
        DISPLAY: "none",
        SSH_ASKPASS: askpass,
        SSH_ASKPASS_REQUIRE: "force",
        SFTP_PASSWORD: password,
      },
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (said += bytes));
    child.stdin.end(put);
    const [code] = (await once(child, "close")) as [number];
    expect([code, code === 0 ? "" : said]).toEqual([0, ""]);
    const [, , known = ""] = (await readFile(join(folder, "known"), "utf8")).split(/\s+/);
    const met = createHash("sha256").update(Buffer.from(known, "base64")).digest("base64").replace(/=+$/, "");
    expect(keyShown).toContain(`SHA256:${met}`);
  }

  needing(noSftp, () => {
    test("the drop box of the guide: host, user and password before any import, a file by sftp, the import, its event linked", async () => {
      const { page, faults, close } = await openPage(browser, { javaScriptEnabled: false });
      await page.goto(product.adminUrl);
      await follow(page.getByRole("link", { name: "Settings", exact: true }));
      await follow(page.getByRole("link", { name: "Import custom data", exact: true }));
      await follow(page.getByRole("button", { name: "Open the drop box" }));
      const password = await page.locator("#box-password").innerText();
      const [line = ""] = (await page.locator("#client-openssh").innerText()).split("\n");
      expect(line).toMatch(/^sftp -P \d+ inbox-[0-9a-f]{6}@127\.0\.0\.1$/);
      const rows = `${header}\n${yesterday},deal_closed,lead_form,L-1,1250.50\n`;
      const path = await fileOf("backend.csv", rows);
      await sendBySftp(line, password, await page.locator("#drop-box").innerText(), `put ${path}\n`);

      const lead = { table: "site.leads", offset: "UTC" };
      const { endpoint } = await product.admin<{ endpoint: string }>("POST", "/v1/streams", lead);
      await fetch(product.collectUrl + new URL(endpoint).pathname, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ id: "L-1" }),
      });

      await follow(page.getByRole("link", { name: "Import custom data", exact: true }));
      await follow(page.getByRole("link", { name: "Add custom import", exact: true }));
      await page.getByLabel("Name", { exact: true }).fill("dropped");
      await follow(page.getByRole("button", { name: "Switch on" }));
      expect(await page.locator("main").innerText()).toContain("1 file waits in it");
      await follow(page.getByRole("button", { name: "Give it to dropped" }));
      expect(await page.locator("main").innerText()).toContain("what waited in the drop box is imported");
      await page.goto(`${product.adminUrl}/imports/dropped`);
      await untilRead(page, "1 row imported.");

      const web_events = {
        preset: "stream",
        table: "site.leads_unique",
        ev: "=lead_form",
        transaction_id: "fields:$.id",
      };
      await until("the web event is there", async () => {
        const sql = "SELECT COUNT(*) FROM site.leads_unique";
        const told = product.admin<{ rows: number[][] }>("POST", "/v1/query", { sql });
        return told.then(
          ({ rows }) => Number(rows[0]![0]) === 1,
          () => false,
        );
      });
      await product.admin("PATCH", "/v1/imports/dropped", { web_events });
      await page.goto(`${product.adminUrl}/imports/dropped/links`);
      await untilRead(page, "100.0\u00a0% of the events that are decided are linked.");
      expect(faults).toEqual([]);
      await close();
    });

    test("the Connection of an import with a drop box is sound in both schemes, down to 320 px", () =>
      expectSound(browser, `${product.adminUrl}/imports/dropped/connection`));
  });

  needing(noCurl, () =>
    test("the lines of its Connection send a file, by the command line and by the API", async () => {
      const { page, close } = await openPage(browser, { javaScriptEnabled: false });
      await page.goto(`${product.adminUrl}/imports/crm/connection`);
      const [typed, curl] = [
        await page.locator("#upload-cli").innerText(),
        await page.locator("#upload-api").innerText(),
      ];
      const [name = ""] = /backend_\S+\.csv/.exec(curl)!;
      const path = await fileOf(name, `${header}\n${yesterday},deal_closed,lead_form,by-line,1\n`);
      const { stdout } = await promisify(execFile)("bash", ["-c", curl], { cwd: folder });
      expect(JSON.parse(stdout)).toMatchObject({ name, state: "checking" });
      expect(typed).toMatch(/^npx afterclick imports upload crm /);
      // The same bytes: that they are there already is told.
      const sent = await cli("", typed.replace(name, path).split(" ").slice(2));
      expect([sent.code, sent.stderr]).toEqual([0, ""]);
      expect(sent.stdout).toMatch(/^state +duplicate$/m);
      await close();
    }),
  );

  test("a file that is cut off goes on where it ended after a reload, and its rows are there once", async () => {
    const { page, faults, close } = await openPage(browser);
    const note = "x".repeat(1_000);
    const rows = Array.from(
      { length: 17_000 },
      (_, index) => `${yesterday},deal_closed,lead_form,large-${index},1,${note}\n`,
    );
    const path = await fileOf("large.csv", `${header},note\n${rows.join("")}`);
    const sent: string[] = [];
    let isCut = true;
    await page.route("**/parts?from=*", async (route) => {
      const from = new URL(route.request().url()).searchParams.get("from")!;
      sent.push(from);
      if (from !== "0" && isCut) await route.abort();
      else await route.continue();
    });
    const upload = async () => {
      await page.goto(`${product.adminUrl}/imports/crm`);
      await page.getByLabel("File", { exact: true }).setInputFiles(path);
      await page.getByRole("button", { name: "Upload", exact: true }).click();
    };
    await upload();
    await page.getByText("it goes on by itself").waitFor();
    expect(await page.locator("progress").getAttribute("value")).toBe(String(8 * 1024 * 1024));
    await page.reload();
    expect(await page.locator("#begun").innerText()).toContain("large.csv 8.4");
    isCut = false;
    sent.length = 0;
    await upload();
    await page.waitForURL(/\/files\/\d+-[0-9a-f]+$/);
    expect(sent).toEqual([String(8 * 1024 * 1024), String(16 * 1024 * 1024)]);
    await page.getByText("17,000 rows imported.").waitFor();
    expect(faults.filter((fault) => !fault.includes("ERR_FAILED"))).toEqual([]);
    await close();
  });

  test.each([
    "/imports",
    "/imports/new",
    "/imports/crm",
    "/imports/crm/days",
    "/imports/crm/links",
    "/imports/crm/connection",
    "/imports/crm/settings",
    "/settings/imports",
  ])("%s is sound in both schemes, down to 320 px", (path) => expectSound(browser, product.adminUrl + path));

  test("the page of a file with rejects is sound in both schemes, down to 320 px", async () => {
    const { files } = await product.admin<{ files: { file_id: string; rejected?: number }[] }>(
      "GET",
      "/v1/imports/crm/files",
    );
    const { file_id } = files.find(({ rejected }) => rejected === 1)!;
    await expectSound(browser, `${product.adminUrl}/imports/crm/files/${file_id}`);
  });
});
