import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { bodyBytesMax } from "../../functions/collect/collect.ts";
import { framesMax, workMsMax } from "../../functions/collect/inflate.ts";
import { shareBytesMax } from "../../functions/collect/inflating.ts";
import { perInstance, perSender } from "../../functions/streams/budget.ts";
import { attributeBytesMax } from "../../functions/hit.ts";
import { rowColumns } from "../../functions/hits/row.ts";
import { defaults } from "../../infra/http/limits.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
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

test("docs/http.md states how many connections there are", () => {
  expect(read("docs/http.md")).toContain(
    `kept open for ${defaults.keepAliveTimeoutMs / 1000} s. At most ${defaults.connectionsMax.toLocaleString("en")} connections are open at once.`,
  );
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
    `| look-ups of addresses that no stream has, in the cloud | ${perSender.atOnce} at once and ${perSender.perSecond} more each second for one sender; ${perInstance.atOnce.toLocaleString("en")} and ${perInstance.perSecond} for one instance | 503 |`,
    `| frames of zstd, and the window of one | ${framesMax}, and 8 MiB | kept as sent |`,
    `| CPU | ${workMsMax} ms | 503 |`,
    `| inflated bytes in flight, of one stream or address; granted beforehand | ${shareBytesMax / mebibyte} MiB | 503 |`,
    `idle connection is kept open for ${defaults.keepAliveTimeoutMs / 1000} s`,
  ]) {
    expect(page).toContain(row);
  }
});

test("docs/warehouse.md has the table of the columns as they are made, in their order", () => {
  const rows = [...read("docs/warehouse.md").matchAll(/^\| `(\w+)` +\| ([A-Z0-9]+(?:, required)?) +\| \S/gm)];
  expect(rows.map(([, name, type]) => `${name} ${type}`)).toEqual(
    rowColumns.map(({ name, type, required }) => `${name} ${type}${required ? ", required" : ""}`),
  );
});

test("README.md names every column: the promised four, and the others beside them", () => {
  const section = /^## The table\n(.*?)\n## /ms.exec(read("README.md"))![1]!;
  const promised = /^\| (\w+) +\| (\w+) +\| (\w+) +\| (\w+) +\|$/m.exec(section)!.slice(1);
  const beside = /Beside them: (.*?)\. With/s.exec(section)![1]!;
  const named = [...promised, ...[...beside.matchAll(/`(\w+)`/g)].map(([, name]) => name)];
  expect(named).toEqual(rowColumns.map(({ name }) => name));
});

test("docs/glossary.md says each word once, and leads to files that are there", () => {
  const rows = [...read("docs/glossary.md").matchAll(/^\| (\w[\w ]*?) +\| .*?\| ?(?:`([\w./-]+)` +\|)?$/gm)];
  expect(rows.length).toBeGreaterThan(50);
  const words = rows.map(([, word]) => word).filter((word) => word !== "word");
  expect(words).toEqual([...new Set(words)]);
  const places = rows.flatMap(([, , place]) => place ?? []);
  expect(places.length).toBeGreaterThan(25);
  expect(places.filter((place) => !existsSync(resolve(root, place)))).toEqual([]);
});
