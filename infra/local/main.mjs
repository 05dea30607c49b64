// The start file is plain JavaScript: an older Node stops here in one clear line instead of at a type.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `afterclick: this is Node ${process.versions.node}; 22.18 or newer is needed. ` +
      "Run `npm ci` (it brings Node 24), then `npm start`.\n",
  );
  process.exit(1);
}
await import("./main.ts");
