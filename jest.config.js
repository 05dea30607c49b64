import { fileURLToPath } from "node:url";

// What the runner and the programs of the tests compile is kept for those after them: it is a third
// of the CPU of a start, and there are hundreds.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("node_modules/.cache/compiled", import.meta.url));

/** @type {import('jest').Config} */
export default {
  testEnvironment: "node",
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  // The bench's and the function's bundles carry package files of their own.
  modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/.tools/"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      {
        jsc: { target: "es2024", parser: { syntax: "typescript" } },
        module: { type: "es6" },
      },
    ],
  },
  // A last resort: no test decides by the wall. `until` gives up before, and names what it waited for.
  testTimeout: 600_000,
  testSequencer: "<rootDir>/test/support/jest/longest-first.js",
  reporters: ["default", "summary", "<rootDir>/test/support/jest/count-reporter.js"],
};
