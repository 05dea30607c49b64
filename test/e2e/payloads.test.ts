import { afterEach, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { inFolder } from "../support/folder.ts";
import { endAll, exampleStream, startProduct, type Product } from "../support/product.ts";
import { until } from "../support/until.ts";

afterEach(endAll);

/** Payloads that nobody here wrote: what GitHub and its server versions send, as
 *  @octokit/webhooks-examples has them. */
function examples(): { name: string; payload: unknown }[] {
  const main = createRequire(import.meta.url).resolve("@octokit/webhooks-examples");
  const folder = dirname(dirname(main));
  const found: { name: string; payload: unknown }[] = [];
  for (const version of readdirSync(folder)) {
    const file = join(folder, version, "index.json");
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch {
      continue; // not a version of the API
    }
    for (const { name, examples: payloads } of JSON.parse(text) as {
      name: string;
      examples: unknown[];
    }[])
      for (const [index, payload] of payloads.entries())
        found.push({ name: `${version} ${name} ${index}`, payload });
  }
  return found;
}

interface Sent {
  readonly name: string;
  readonly payload: unknown;
  readonly body: string;
}

async function sendAll(
  product: Product,
  contentType: string,
  sendings: readonly Sent[],
): Promise<Map<string, Sent>> {
  const sent = new Map<string, Sent>();
  const waiting = [...sendings];
  const work = async (): Promise<void> => {
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      const reply = await fetch(`${product.collectUrl}/ds/${exampleStream}`, {
        method: "POST",
        headers: { "content-type": contentType },
        body: one.body,
      });
      expect(reply.status).toBe(200);
      sent.set(((await reply.json()) as { hit_id: string }).hit_id, one);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return sent;
}

interface Row {
  readonly payload: string;
  readonly sha256: string;
  readonly fields: string;
}

/** Every row of the running product, by hit_id. */
async function readRows(product: Product, count: number): Promise<Map<string, Row>> {
  const rows = new Map<string, Row>();
  type Result = { rows: (string | null)[][]; truncated: boolean };
  const query = (sql: string) => product.admin<Result>("POST", "/v1/query", { sql, rows_max: 100_000 });
  await until("every payload is a row", async () => {
    const {
      rows: [[found] = []],
    } = await query("SELECT count(DISTINCT hit_id) FROM example.orders").catch(() => ({
      rows: [["0"]],
    }));
    return Number(found) === count;
  });
  const pageRows = 100;
  for (let from = 0; rows.size < count; from += pageRows) {
    const result = await query(
      `SELECT hit_id, payload, LOWER(TO_HEX(SHA256(COALESCE(payload_bytes, encode(payload))))), fields
       FROM example.orders_unique ORDER BY hit_id LIMIT ${pageRows} OFFSET ${from}`,
    );
    expect({
      from,
      cut: result.truncated,
      rows: result.rows.length > 0,
    }).toEqual({ from, cut: false, rows: true });
    for (const [hitId, payload, sha256, fields] of result.rows)
      rows.set(hitId!, { payload: payload!, sha256: sha256!, fields: fields! });
  }
  return rows;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** @param parsed the payload that `fields` holds */
async function expectRows(
  sent: Map<string, Sent>,
  rows: Map<string, Row>,
  parsed: (fields: unknown) => unknown,
): Promise<void> {
  const wrong: string[] = [];
  for (const [hitId, { name, payload, body }] of sent) {
    const row = rows.get(hitId);
    if (row?.payload !== body || row.sha256 !== sha256(body))
      wrong.push(`${name}: its row is not what was sent`);
    else
      expect({ name, payload: parsed(JSON.parse(row.fields)) }).toEqual({
        name,
        payload,
      });
  }
  expect(wrong).toEqual([]);
}

test(
  "every example payload of GitHub, as JSON: a row equal byte for byte, its fields equal to the payload",
  () =>
    inFolder(async (directory) => {
      const all = examples();
      expect(all.length).toBeGreaterThan(500);
      const product = await startProduct(directory);
      const sendings = all.map(({ name, payload }, index) => ({
        name,
        payload,
        // GitHub sends without spaces; others indent.
        body: JSON.stringify(payload, undefined, index % 2 === 0 ? 0 : 2),
      }));
      const sent = await sendAll(product, "application/json", sendings);
      await expectRows(sent, await readRows(product, all.length), (fields) => fields);
      expect(await product.end("SIGTERM")).toBe(0);
    }),
  600_000,
);

test(
  "every example payload of GitHub, as form: a row equal byte for byte, its fields equal to the form",
  () =>
    inFolder(async (directory) => {
      const all = examples();
      const product = await startProduct(directory);
      const sendings = all.map(({ name, payload }) => ({
        name,
        payload,
        body: new URLSearchParams({
          payload: JSON.stringify(payload),
        }).toString(),
      }));
      const sent = await sendAll(product, "application/x-www-form-urlencoded", sendings);
      await expectRows(sent, await readRows(product, all.length), (fields) => {
        expect(Object.keys(fields as object)).toEqual(["payload"]);
        return JSON.parse((fields as { payload: string }).payload) as unknown;
      });
      expect(await product.end("SIGTERM")).toBe(0);
    }),
  600_000,
);
