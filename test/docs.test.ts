import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { bodyBytesMax } from "../functions/collect/collect.ts";
import { framesMax, workMsMax } from "../functions/collect/inflate.ts";
import { shareBytesMax } from "../functions/collect/inflating.ts";
import { attributeBytesMax } from "../functions/hit.ts";
import { defaults } from "../infra/http/limits.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(resolve(root, "docs")).map((name) => `docs/${name}`),
].filter((name) => name.endsWith(".md"));
const read = (name: string) => readFileSync(resolve(root, name), "utf8");

test.each(pages)("%s links only to pages that are there", (page) => {
  const links = [...read(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target]) => target!);
  const broken = links.filter(
    (target) => !/^https?:/.test(target) && !existsSync(resolve(root, dirname(page), target)),
  );
  expect(broken).toEqual([]);
});

test("docs/http.md states the limits that hold", () => {
  const page = read("docs/http.md").replaceAll(/ +/g, " ");
  const mebibyte = 1024 * 1024;
  for (const row of [
    `| body, before and after its encoding is undone | ${bodyBytesMax / mebibyte} MiB | 413 |`,
    `| path and query | ${defaults.urlBytesMax / 1024} KiB | 414 |`,
    `| query beside a body | ${attributeBytesMax.toLocaleString("en")} bytes | 414 |`,
    `| headers | ${defaults.headerBytesMax / 1024} KiB | 431 |`,
    `| time for the headers | ${defaults.headerTimeoutMs / 1000} s | 408 |`,
    `| time for the whole request | ${defaults.requestTimeoutMs / 1000} s | 408 |`,
    `| requests and bytes in memory at once | ${defaults.requestsMax.toLocaleString("en")} and ${defaults.bytesInFlightMax / mebibyte} MiB | 503 |`,
    `| frames of zstd, and the window of one | ${framesMax}, and 8 MiB | kept as sent |`,
    `| CPU | ${workMsMax} ms | 503 |`,
    `| inflated bytes in flight, of one stream or address; granted beforehand | ${shareBytesMax / mebibyte} MiB | 503 |`,
    `idle connection is kept open for ${defaults.keepAliveTimeoutMs / 1000} s`,
  ]) {
    expect(page).toContain(row);
  }
});
