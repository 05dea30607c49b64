import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { emulatedProject } from "../../infra/emulated/emulators.ts";
import { start, type Emulated } from "../../infra/emulated/start.ts";
import { type FakeStorage, startFakeStorage } from "../support/doubles/cloud/fake-storage.ts";
import { build, type Built } from "../support/google/built.ts";
import { withEmulators } from "../support/google/emulators.ts";
import { needing } from "../support/needs.ts";
import { until } from "../support/until.ts";
import { follow, noBrowser, openPage, violationsOf } from "./browser.ts";
import { openBrowser } from "./chromium.ts";

/** As panel/islands/imports/upload.tsx has it. */
const partBytes = 8 * 1024 * 1024;

/** The panel as the cloud serves it, on Google's drivers and emulators: from a new stream to all that is
 *  known of its hits. What each page does is tested on one machine. */

needing(noBrowser, () =>
  withEmulators(["pubsub", "firestore", "bigquery"], () => {
    let built: Built;
    let cloud: Emulated;
    let browser: Browser;
    let storage: FakeStorage;
    beforeAll(async () => {
      built = build();
      storage = await startFakeStorage();
      const settings = {
        BUCKET: storage.bucket,
        STORAGE_EMULATOR_HOST: storage.address,
        IMPORT_TOPIC: `projects/${emulatedProject}/topics/imports`,
      };
      [cloud, browser] = await Promise.all([
        start({ zipFile: built.zipFile, env: process.env, settings }),
        openBrowser(),
      ]);
      const { address } = cloud.emulator("pubsub");
      await fetch(`http://${address}/v1/${settings.IMPORT_TOPIC}`, { method: "PUT", body: "{}" });
    });
    afterAll(async () => {
      await browser?.close();
      await cloud?.stop();
      await storage?.close();
      await built?.remove();
    });

    /** Opens it, and again until it shows that: what the cloud has taken comes when it comes. */
    async function open(page: Page, path: string, shows: string): Promise<void> {
      await until(`${path} shows ${shows}`, async () => {
        const response = await page.goto(cloud.adminUrl + path);
        expect([path, response?.status()]).toEqual([path, 200]);
        return (await page.locator("main").textContent())?.includes(shows) === true;
      });
      expect([path, await violationsOf(page)]).toEqual([path, []]);
    }

    test("a stream is added, its test becomes a row, and a hit is followed, found, and read in its table", async () => {
      const { page, faults, close } = await openPage(browser);
      await page.goto(`${cloud.adminUrl}/`);
      await follow(page.getByRole("link", { name: "Add data stream" }));
      await page.getByLabel("Name optional").fill("Orders");
      await page.getByLabel("Destination table").fill("conversions.walk");
      await page.locator("#table-check").getByText("It will be made by the first hit.").waitFor();
      await follow(page.getByRole("button", { name: "Save" }));
      await page.getByText("Saved.").waitFor();
      const endpoint = await page.locator("#endpoint").innerText();
      const id = endpoint.split("/").at(-1)!;
      // What was looked up too early is looked up again after 5 seconds at the latest.
      await until(
        "the address answers",
        async () => (await fetch(endpoint, { method: "OPTIONS" })).status < 300,
      );
      await page.getByRole("button", { name: "Send a test" }).click();
      await page.getByText("Row found in").waitFor();
      expect(JSON.parse(await page.locator("#test-row").innerText())).toMatchObject({ is_test: true });
      expect(await violationsOf(page)).toEqual([]);

      await page.goto(`${cloud.adminUrl}/streams/${id}/live`);
      await page.getByRole("status").getByText("Live since").waitFor();
      const reply = await fetch(endpoint, { method: "POST", body: "orderId=N1&status=delivered" });
      const { hit_id: hitId } = (await reply.json()) as { hit_id: string };
      await page.locator("tbody tr", { hasText: "orderId=N1" }).waitFor();
      expect(await violationsOf(page)).toEqual([]);

      await open(page, `/find?q=${hitId}`, "In its table");
      expect(JSON.parse(await page.locator("#row").innerText())).toMatchObject({ hit_id: hitId });
      await open(page, "/find?q=orderId%3DN1", hitId);
      await open(page, "/tables", "conversions.walk");
      await open(page, "/tables/conversions.walk", "orderId=N1&status=delivered");
      expect(faults).toEqual([]);
      await close();
    });

    test("a file of backend events is sent in parts, goes on after a reload, and lies in the bucket as it was", async () => {
      const added = await fetch(`${cloud.adminUrl}/v1/imports`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: "crm", zone: "UTC" }),
      });
      expect(added.status).toBe(201);
      const { page, faults, close } = await openPage(browser);
      const content = Buffer.alloc(partBytes + 5, "a,b\n");
      // Of a disk: a file without one has another time each time that it is chosen.
      const folder = await mkdtemp(join(tmpdir(), "afterclick-test-"));
      const file = join(folder, "large.csv");
      await writeFile(file, content);
      const sent: string[] = [];
      let isCut = true;
      await page.route("**/parts?from=*", async (route) => {
        const from = new URL(route.request().url()).searchParams.get("from")!;
        if (from !== "0" && isCut) return route.abort();
        sent.push(from);
        return route.continue();
      });
      const upload = async () => {
        await page.goto(`${cloud.adminUrl}/imports/crm`);
        await page.getByLabel("File", { exact: true }).setInputFiles(file);
        await page.getByRole("button", { name: "Upload", exact: true }).click();
      };
      await upload();
      await page.getByText("it goes on by itself").waitFor();
      await open(page, "/imports/crm", "large.csv 8.4");
      isCut = false;
      await upload();
      await page.waitForURL(/\/files\/\d+-[0-9a-f]+$/);
      // Each is far from what Cloud Run takes a request.
      expect(sent).toEqual(["0", String(partBytes)]);
      const kept = [...storage.objects].filter(([name]) => name.startsWith("_kept/"));
      expect(kept.map(([, { bytes }]) => bytes.equals(content))).toEqual([true]);
      await open(page, "/imports/crm", "Being read");
      await rm(folder, { recursive: true });
      await open(page, "/imports/crm/connection", `gs://${storage.bucket}/crm/in/`);
      expect(faults.filter((fault) => !fault.includes("ERR_FAILED"))).toEqual([]);
      await close();
    });

    test("a hit that became no row is among the problems; the list and Settings tell how all is", async () => {
      const fields = { name: "Lost", table: "nowhere.at_all", offset: "UTC" };
      const added = await fetch(`${cloud.adminUrl}/v1/streams`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(fields),
      });
      const { id, endpoint } = (await added.json()) as { id: string; endpoint: string };
      await until(
        "the hit is taken",
        async () => (await fetch(endpoint, { method: "POST", body: "a=1" })).ok,
      );
      const { page, faults, close } = await openPage(browser);
      await open(page, `/streams/${id}/problems`, "dataset_missing");
      await open(page, "/streams", "1 hit waits");
      await open(page, `/streams/${id}/settings`, "Destination table");
      for (const [path, shows] of [
        ["/settings/people", "Add a person"],
        ["/settings/tokens", "token"],
        ["/settings/audit", "stream added"],
        ["/settings/system", "Version"],
        ["/settings/you", "You"],
      ] as const)
        await open(page, path, shows);
      expect(faults).toEqual([]);
      await close();
    });
  }),
);
