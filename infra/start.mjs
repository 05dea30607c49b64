// Plain JavaScript that any Node reads: an older one stops in one clear line here, instead of at a type.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const there = (path) => existsSync(fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url)));

/** Loads the program, or says in one line what is missing to run it.
 *  @param command what starts it once all is there */
export async function start(load, command) {
  const why = olderNode(process.versions.node, command);
  if (why !== undefined) return end(why);
  try {
    await load();
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND" || !/Cannot find package/.test(error.message)) throw error;
    end(`${error.message.split(" imported")[0]}: run \`npm ci\`, then \`${command}\`.`);
  }
}

function olderNode(version, command) {
  const [major, minor] = version.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return undefined;
  return `this is Node ${version}; 22.18 or newer is needed. ${remedy(command)}`;
}

function remedy(command) {
  if (there("node/bin/node") || there("node/bin/node.exe"))
    return `\`npm ci\` has brought Node 24: start with \`${command}\`, which uses it.`;
  const again = `run \`npm ci\` without it, then \`${command}\`; or install a newer Node.`;
  if (there("node")) return `\`npm ci\` brings Node 24, but not with --ignore-scripts: ${again}`;
  if (there("")) return `\`npm ci\` brings Node 24, but not with --omit=dev: ${again}`;
  return `Run \`npm ci\`, which brings Node 24, then \`${command}\`.`;
}

function end(why) {
  process.stderr.write(`afterclick: ${why}\n`);
  process.exitCode = 1;
}
