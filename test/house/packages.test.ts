import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";

interface Package {
  readonly resolved?: string;
  readonly optional?: boolean;
  readonly engines?: { readonly node?: string };
}

const lock = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")) as {
  packages: Record<string, Package>;
};
const packages = Object.entries(lock.packages);

/** One of the alternatives is open from 20 or below on, or is about 20 itself. */
function takesNode20(range: string): boolean {
  return range.split("||").some((alternative) => {
    const [, operator, major] = /^\s*(>=?|\^|~|)\s*v?(\d+)/.exec(alternative) ?? [];
    if (major === undefined) return true;
    return Number(major) === 20 || (operator === ">=" && Number(major) < 20);
  });
}

test("`npm ci` on Node 20 warns of no package, as the README says that it is enough to install", () => {
  const strict = packages
    .filter(([, { optional, engines }]) => optional !== true && !takesNode20(engines?.node ?? "*"))
    .map(([name, { engines }]) => `${name} wants ${engines?.node}`);
  expect(strict).toEqual([]);
});

test("the lock file names no host: packages come from the registry that each machine has", () => {
  expect(packages.filter(([, { resolved }]) => resolved?.includes("://"))).toEqual([]);
});
