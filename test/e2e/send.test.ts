import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "@jest/globals";
import { inFolder } from "../support/folder.ts";
import { cli, endAll, settled, startProduct, type Product } from "../support/product.ts";

afterEach(endAll);

/** Before the product: hands requests on, and from the hit with a number on the answers never come back. */
async function gate({ collectUrl, adminUrl }: Product) {
  let passed = 0;
  let last = Infinity;
  let reached = (): void => {};
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const isHit = request.method === "POST";
      const reply = await fetch((isHit ? collectUrl : adminUrl) + request.url, {
        method: request.method!,
        headers: { "webhook-id": String(request.headers["webhook-id"]), "content-type": "application/json" },
        ...(isHit && { body: Buffer.concat(chunks) }),
      });
      const body = (await reply.text()).replaceAll(collectUrl, url);
      if (isHit) passed += 1;
      if (passed >= last) return reached();
      const hitId = reply.headers.get("afterclick-hit-id");
      const headers = {
        "content-type": "application/json",
        ...(hitId !== null && { "afterclick-hit-id": hitId }),
      };
      response.writeHead(reply.status, headers).end(body);
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    /** Resolves once so many hits have been handed on. */
    holdFrom: (count: number) =>
      new Promise<void>((resolve) => {
        last = count;
        reached = resolve;
      }),
    open() {
      last = Infinity;
    },
    passed: () => passed,
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** An offset at which it is noon: a sender's retry after midnight would show on both days. */
function noon(): string {
  const hours = 12 - new Date().getUTCHours();
  return `${hours < 0 ? "-" : "+"}${String(Math.abs(hours)).padStart(2, "0")}:00`;
}

test("a send that is killed goes on: no record is lost, and none is a second hit", () =>
  inFolder(async (directory) => {
    const product = await startProduct(join(directory, "data"));
    using door = await gate(product);
    await product.admin("POST", "/v1/streams", {
      name: "Orders",
      table: "crm.orders",
      offset: noon(),
      key: "order",
    });
    const records = 300;
    const file = join(directory, "orders.csv");
    writeFileSync(
      file,
      `order,total\n${Array.from({ length: records }, (_, index) => `N${index},${index}\n`).join("")}`,
    );

    const held = door.holdFrom(120);
    const child = spawn(
      process.execPath,
      ["cli/afterclick.mjs", "send", file, "--stream", "Orders", "--window", "8"],
      {
        cwd: fileURLToPath(new URL("../..", import.meta.url)),
        env: { PATH: process.env["PATH"], AFTERCLICK_URL: door.url },
        stdio: "ignore",
      },
    );
    const ended = once(child, "close");
    try {
      // Where it ends by itself, no answer is held.
      await Promise.race([held, ended]);
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
    door.open();

    const resumed = await cli(door.url, ["send", file, "--stream", "Orders"]);
    expect(resumed.stderr).toMatch(/^Going on behind record \d+\.$/m);
    expect(resumed.code).toBe(0);
    expect(door.passed()).toBeGreaterThan(records);
    const second = await cli(door.url, ["send", file, "--stream", "Orders"]);
    expect(second.stderr).toContain("nothing is sent");
    await settled(product);
    const { rows } = await product.admin<{ rows: unknown[][] }>("POST", "/v1/query", {
      sql: `SELECT COUNT(*), COUNT(DISTINCT hit_id), COUNT(DISTINCT JSON_VALUE(fields, '$.order')) FROM crm.orders_unique`,
    });
    expect(rows[0]!.map(Number)).toEqual([records, records, records]);
    const stored = await product.admin<{ rows: unknown[][] }>("POST", "/v1/query", {
      sql: "SELECT COUNT(*) FROM crm.orders",
    });
    // There was something to hide.
    expect(Number(stored.rows[0]![0])).toBeGreaterThan(records);
  }));
