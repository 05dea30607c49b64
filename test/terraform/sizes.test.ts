import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { appendDeadlineMs } from "../../functions/deliver/deliver.ts";
import { defaults } from "../../infra/http/limits.ts";
import { blocks } from "./source.ts";
import { root } from "./tool.ts";

/** What Terraform grants at least is what the code takes. */

const sizes = blocks("variable").find(([name]) => name === "sizes")![1];
const mebibyte = 1024 * 1024;

const floor = (name: string) =>
  Number(new RegExp(`condition += var\\.sizes\\.${name} >= (\\d+)$`, "m").exec(sizes)?.[1]);

/** The default of one function's setting. */
function byDefault(target: string, setting: string): number {
  const block = new RegExp(`^ {4}${target} += optional\\(object\\(\\{\\n(.*?)^ {4}\\}`, "ms").exec(
    sizes,
  )?.[1];
  return Number(new RegExp(`^ +${setting} += optional\\(number, (\\d+)\\)$`, "m").exec(block ?? "")?.[1]);
}

/** What deliver's door holds at once, which nothing exports. */
const pushesBytesMax = (() => {
  const text = readFileSync(join(root, "infra/google/deliver.ts"), "utf8");
  const factors = /^const pushesBytesMax = ([\d* ]+);$/m.exec(text)?.[1];
  return factors!.split("*").reduce((bytes, factor) => bytes * +factor, 1);
})();

test("deliver has twice the memory that it holds in pushes", () => {
  expect(floor("deliver.memory_mib")).toBe((2 * pushesBytesMax) / mebibyte);
  expect(byDefault("deliver", "memory_mib")).toBeGreaterThanOrEqual(floor("deliver.memory_mib"));
});

test("deliver has twice the time of an append, so that a push outlives it", () => {
  expect(floor("deliver.timeout_seconds")).toBe((2 * appendDeadlineMs) / 1000);
  expect(byDefault("deliver", "timeout_seconds")).toBeGreaterThanOrEqual(floor("deliver.timeout_seconds"));
});

test("collect has four times the memory that it holds in bodies: what waits for Pub/Sub and Node itself come to as much again", () => {
  expect(floor("collect.memory_mib")).toBe((4 * defaults.bytesInFlightMax) / mebibyte);
  // The limits of the door are made for 1 GiB.
  expect(byDefault("collect", "memory_mib")).toBe(1024);
});

test("collect has the time in which its door reads a request", () => {
  expect(byDefault("collect", "timeout_seconds")).toBe(defaults.requestTimeoutMs / 1000);
});

test("import has time for a file that it begins with its last second of beginning files", () => {
  const text = readFileSync(join(root, "infra/google/import.ts"), "utf8");
  const workMs = Number(/^const workMs = ([\d_]+);$/m.exec(text)?.[1]!.replaceAll("_", ""));
  expect(byDefault("import", "timeout_seconds") * 1000).toBeGreaterThanOrEqual(2 * workMs + 60_000);
  // Files are read one after the other.
  expect(byDefault("import", "max_instances")).toBe(1);
});

test("docs/deploy.md and the description of sizes name the instances that are there by default", () => {
  const page = readFileSync(join(root, "docs/deploy.md"), "utf8");
  const [collect, deliver, admin, imports] = ["collect", "deliver", "admin", "import"].map((name) =>
    byDefault(name, "max_instances"),
  );
  expect(page).toContain(
    `${collect} of collect, ${deliver} of deliver, ${admin} of admin and ${imports} of import`,
  );
  expect(sizes).toContain(
    `${collect} of collect take ${((collect! * byDefault("collect", "concurrency")) / 0.1).toLocaleString("en")} hits a second, ${deliver} of deliver ${((deliver! * byDefault("deliver", "concurrency")) / 0.2).toLocaleString("en")}`,
  );
});
