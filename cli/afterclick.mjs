#!/usr/bin/env node
// The start file: in words that any Node since 14 reads, so that an older one is told what is missing instead
// of tripping over TypeScript. Only then the rest is loaded.
const given = process.versions.node;
const [major, minor] = given.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `afterclick: this is Node.js ${given}; 22.18 or newer is needed. ` +
      "Install one from https://nodejs.org, or run it as npx afterclick in the clone: npm ci brings the right one.\n",
  );
  process.exitCode = 1;
} else {
  import("./main.ts");
}
