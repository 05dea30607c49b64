import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { header } from "../../import/loading.ts";
import { cli, startProduct, type Product } from "../../support/product.ts";
import { connect, openSftp } from "../../support/sftp/client.ts";
import { until } from "../../support/until.ts";

/** Drop boxes of the product as it runs, by its command line and by clients of SFTP. */

interface Opened {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly waiting: number;
  readonly fingerprints: readonly { type: string; fingerprint: string }[];
}

let folder: string;
let product: Product;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "afterclick-test-"));
  product = await start();
});
afterAll(async () => {
  await product?.end("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

const start = () => startProduct(join(folder, "data"));

async function run<Answer>(...args: string[]): Promise<Answer> {
  const { code, stdout, stderr } = await cli(product.adminUrl, ["imports", ...args, "--json"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as Answer;
}

/** In every zone it is not in the future. */
const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
const bad = `${header}${yesterday},deal,lead,good,1\n${yesterday},deal,lead,,2\n`;

test("a box that was there before its import: what it got is imported, and the sender reads what became of it", async () => {
  const opened = await run<Opened>("dropbox", "open");
  expect(opened.password).toMatch(/^[0-9a-f]{32}$/);
  expect(opened.fingerprints.map(({ type }) => type)).toEqual(["ssh-ed25519", "ssh-rsa"]);
  const sftp = await openSftp(
    await connect(opened.port, { username: opened.user, password: opened.password }),
  );
  await sftp.put("/day.csv", bad);
  await run("add", "crm", "--zone", "Europe/Amsterdam");
  expect(await run("dropbox", "give", opened.user, "crm")).toMatchObject({ import: "crm" });
  await until(async () => (await sftp.names("/")).includes("results"));
  await until(async () => (await sftp.names("/results")).includes("day.csv.result.json"));
  expect(await sftp.names("/results")).toEqual(["day.csv.rejects.csv", "day.csv.result.json"]);
  expect(JSON.parse(await sftp.read("/results/day.csv.result.json"))).toMatchObject({
    name: "day.csv",
    state: "imported_with_rejects",
    imported: 1,
    rejected: 1,
    codes: { ref_id_missing: 1 },
  });
  expect(await sftp.read("/results/day.csv.rejects.csv")).toContain(
    `${yesterday},deal,lead,,2,3,reference_id,ref_id_missing`,
  );
  // Nobody but the documents says so any more: the box, its keys and what it has taken outlive the process.
  await product.end("SIGKILL");
  product = await start();
  const after = await run<Opened & { boxes: Opened[] }>("dropbox", "show");
  expect(after.fingerprints).toEqual(opened.fingerprints);
  expect(after.boxes).toMatchObject([{ user: opened.user, import: "crm", waiting: 0 }]);
  expect(JSON.stringify(after)).not.toContain(opened.password);
  const list = async () =>
    (await product.admin<{ files: { name: string; state: string }[] }>("GET", "/v1/imports/crm/files")).files;
  // Its result is laid before it is done with: killed in between, it is looked at once more.
  await until("the file is read", async () => (await list()).every(({ state }) => state !== "checking"));
  expect(await list()).toMatchObject([{ name: "day.csv", state: "imported_with_rejects" }]);
  const again = await cli(product.adminUrl, ["imports", "dropbox", "open", "crm"]);
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("(drop_box_there)")]);
  await run("dropbox", "password", opened.user);
  expect(await run("dropbox", "allow", opened.user, "192.0.2.7,192.0.2.128/25")).toMatchObject({
    addresses: ["192.0.2.7", "192.0.2.128/25"],
  });
  const denied = await cli(product.adminUrl, ["imports", "dropbox", "allow", opened.user, "example.com"]);
  expect([denied.code, denied.stderr]).toEqual([1, expect.stringContaining("(addresses_refused)")]);
  await run("dropbox", "allow", opened.user, "everywhere");
  await run("dropbox", "close", opened.user);
  const { stderr } = await cli(product.adminUrl, ["imports", "dropbox", "show"]);
  expect(stderr).toContain("No drop box is open");
});
