import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "@jest/globals";
import { inFolder } from "../support/folder.ts";
import { endAll, exampleStream, startProduct } from "../support/product.ts";
import { dial, type Line } from "../support/wire/raw-http.ts";

afterEach(endAll);

/** Brotli of 8 MiB of zstd frames that give nothing: 93 s of CPU once, and no place left for
 *  anybody's encoded hit. */
const endless = Buffer.from("9bfaff7ff88fd3a536b07cea122000a5415e6afbc56fc140d6fbbf7304", "hex");

test("29 bytes, eight times, lock nobody out, and SIGTERM does not wait for them", () =>
  inFolder(async (directory) => {
    const product = await startProduct(directory);
    const address = `${product.collectUrl}/ds/${exampleStream}`;
    const { port, pathname, host } = new URL(address);
    const head = [`POST ${pathname} HTTP/1.1`, `Host: ${host}`, "Content-Encoding: zstd, br"];
    const lines: Line[] = [];
    for (let count = 0; count < 8; count++) {
      const line = await dial(Number(port));
      line.send(`${head.join("\r\n")}\r\nContent-Length: ${endless.length}\r\n\r\n`, endless);
      lines.push(line);
    }
    const hit = async (encoding: string, body: Buffer) =>
      (
        await fetch(address, {
          method: "POST",
          headers: { "content-encoding": encoding },
          body: new Uint8Array(body),
        })
      ).status;
    expect(await hit("gzip", gzipSync("a=1"))).toBe(200);
    for (const line of lines.slice(0, 4)) line.hangUp();
    // One that is too large for the short way. It may have to come again, as it is told, and is taken then.
    const large = gzipSync(Buffer.alloc(1024 * 1024, "a=1&"));
    let status = 503;
    while (status === 503) status = await hit("gzip", large);
    expect(status).toBe(200);
    for (const line of lines.slice(4)) {
      const [answer] = await line.answers(1);
      expect([200, 503]).toContain(answer!.status);
      line.send(`${head.join("\r\n")}\r\nContent-Length: ${endless.length}\r\n\r\n`, endless);
    }
    expect(await product.end("SIGTERM")).toBe(0);
    const answers = await Promise.all(lines.slice(4).map((line) => line.closed()));
    for (const all of answers) for (const { status: told } of all) expect([200, 503]).toContain(told);
  }));
