import { execFileSync } from "node:child_process";
import { afterEach, expect, test } from "@jest/globals";
import { answers } from "../../functions/senders/answers.ts";
import { presets } from "../../functions/senders/presets/presets.ts";
import { secretOf, sentBy, signers } from "../senders/signing.ts";
import { afterclick } from "../support/cli.ts";
import { inFolder } from "../support/folder.ts";
import { endAll, settled, startProduct, type Product } from "../support/product.ts";

afterEach(endAll);

/** Tokens that come in headers must be nowhere afterwards. */
const headerToken = "this-token-is-sent-in-a-header-alone";
const inHeaders = ["gitlab", "telegram"];

interface Made {
  readonly id: string;
  readonly endpoint: string;
}

const tableOf = (name: string) => `senders.t_${name.replaceAll("-", "_")}`;

const secretHere = (name: string) => (inHeaders.includes(name) ? headerToken : secretOf(name));

/** A stream of this sender with its secret. All are made before anybody sends: to put a secret is to wait for
 *  the disk, and who reads one waits behind it. */
async function made(product: Product, name: string): Promise<Made> {
  const fields = { table: tableOf(name), offset: "UTC", sender: name };
  const stream = await product.admin<Made>("POST", "/v1/streams", fields);
  if (name in signers)
    await product.admin("POST", `/v1/streams/${stream.id}/secrets`, { value: secretHere(name) });
  return stream;
}

/** What it sends, and the answer byte for byte. */
async function sendAs(stream: Made, name: string): Promise<void> {
  const preset = presets.find((one) => one.name === name)!;
  const secret = secretHere(name);
  const send = async (by: string) => {
    const at = Math.floor(Date.now() / 1_000);
    const { headers, body } = sentBy(name, { url: stream.endpoint, at, secret: by });
    return fetch(stream.endpoint, { method: "POST", headers, body: new Uint8Array(body) });
  };
  if (name in signers && name !== "sendgrid")
    expect([name, (await send(`${secret.slice(0, -4)}AAA=`)).status]).toEqual([name, 401]);
  const reply = await send(secret);
  const text = await reply.text();
  const answer = answers[preset.answer ?? "json"];
  const hit_id = reply.headers.get("afterclick-hit-id");
  expect([name, reply.status, text]).toEqual([
    name,
    preset.answer === "none" ? 204 : 200,
    String(answer.body ?? (preset.answer === "none" ? "" : `{"hit_id":"${hit_id}"}`)),
  ]);
  expect([name, hit_id]).toEqual([name, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
}

test("each known sender proves itself, gets its answer, and its hit is a row; no token of a header is on the disk", () =>
  inFolder(async (directory) => {
    const product = await startProduct(directory);
    const waiting: [string, Made][] = [];
    for (const { name } of presets) waiting.push([name, await made(product, name)]);
    const work = async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await sendAs(next[1], next[0]);
    };
    await Promise.all(Array.from({ length: 4 }, work));
    await settled(product);
    const counts = presets.map(({ name }) => `SELECT '${name}' AS name, count(*) AS n FROM ${tableOf(name)}`);
    const { rows } = await product.admin<{ rows: unknown[][] }>("POST", "/v1/query", {
      sql: `${counts.join(" UNION ALL ")} ORDER BY name`,
    });
    expect(rows.map(([name, n]) => [name, Number(n)])).toEqual(
      presets.map(({ name }): [string, number] => [name, 1]).sort(([one], [other]) => (one < other ? -1 : 1)),
    );
    // Items, key and order are those of the preset.
    const current = await product.admin<{ rows: unknown[][] }>("POST", "/v1/query", {
      sql: "SELECT count(*) FROM senders.t_meta_current UNION ALL SELECT count(*) FROM senders.t_kommo_items",
    });
    expect(current.rows.map(([n]) => Number(n)).sort()).toEqual([2, 3]);
    const { dead_letters } = await product.admin<{ dead_letters: unknown[] }>("GET", "/v1/dead-letters");
    expect(dead_letters).toEqual([]);
    await product.end("SIGTERM");
    const found = execFileSync("sh", ["-c", `grep -rlF "${headerToken}" "${directory}" || true`], {
      encoding: "utf8",
    });
    expect(found).toBe("");
    expect(product.output()).not.toContain(headerToken);
  }));

test("at the command line: a sender is named, its hits are kept apart until its secret is put, and a replay proves them", () =>
  inFolder(async (directory) => {
    const product = await startProduct(directory);
    const run = (line: string, input = "") => afterclick(line.split(" "), { url: product.adminUrl, input });
    const made = await run("streams add --table shop.orders --offset UTC --sender shopify");
    expect(made.err).toContain("is not put yet");
    expect(made.out).not.toContain("try it");
    const endpoint = /endpoint +(\S+)/.exec(made.out)![1]!;
    const secret = secretOf("shopify");
    const { headers, body } = sentBy("shopify", { url: endpoint, at: 0 });
    const early = await fetch(endpoint, { method: "POST", headers, body: new Uint8Array(body) });
    expect(early.status).toBe(200);
    const hit_id = early.headers.get("afterclick-hit-id")!;
    await settled(product);
    expect((await run("dead-letters list")).out).toContain("proof_unreadable");
    expect((await run(`dead-letters replay ${hit_id}`)).err).toContain("still missing");

    expect((await run("senders secret put shop.orders", `${secret}\n`)).err).toContain(
      "Secret A (main) is live",
    );
    expect((await run("senders secret list shop.orders")).out).not.toContain(secret);
    expect((await run(`dead-letters replay ${hit_id}`)).code).toBe(0);
    await settled(product);
    expect((await run("rows shop.orders")).out).toContain(hit_id);

    const raw = (text: string) =>
      `POST ${new URL(endpoint).pathname} HTTP/1.1\r\n${Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join("")}\r\n${text}`;
    expect(await run("senders check shop.orders", raw(body.toString()))).toMatchObject({
      code: 0,
      out: "hmac: holds\n",
    });
    const broken = await run("senders check shop.orders", raw(body.toString().replace(":", ": ")));
    expect(broken.code).toBe(1);
    expect(broken.out).toContain("cause: JSON was written anew after signing");

    expect((await run("senders secret put shop.orders --generate")).out).toMatch(/^[\w-]{43}\n$/);
    expect((await run("senders secret put shop.orders --generate")).err).toContain("Both secrets (main)");
    expect((await run("senders secret retire shop.orders A")).out).toContain("B");
    const late = await fetch(endpoint, { method: "POST", headers, body: new Uint8Array(body) });
    expect(late.status).toBe(401);
    expect((await run("senders show shopify")).out).toContain("header:x-shopify-webhook-id");
    expect((await run("senders list")).out).toContain("woocommerce");
    expect((await run("senders show shopifi")).err).toContain("did you mean shopify?");
  }));
