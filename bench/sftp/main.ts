/** `npm run bench:sftp`: the drop boxes' process under 50 sessions that write 1 GiB together, and under
 *  10,000 wrong passwords while a sender goes on. Options: --sessions N  --mib N  --tries N */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { inFolder } from "../../test/support/folder.ts";
import { connect, openSftp } from "../../test/support/sftp/client.ts";
import { filesIn, sessionsABox, startAttacked, tryPasswords, writeAll } from "./attack.ts";

const { values } = parseArgs({
  options: {
    sessions: { type: "string", default: "50" },
    mib: { type: "string", default: "1024" },
    tries: { type: "string", default: "10000" },
  },
});
const mebibyte = 1024 * 1024;
const [sessions, mib, tries] = [Number(values.sessions), Number(values.mib), Number(values.tries)];
const inMib = (bytes: number) => `${(bytes / mebibyte).toFixed(0)} MiB`;

await inFolder(async (directory) => {
  const attacked = await startAttacked(directory, Math.ceil(sessions / sessionsABox) + 1);
  try {
    const sender = await connect(attacked.port, { ...attacked.logins.at(-1)! });
    const before = attacked.peak();
    let from = performance.now();
    const written = await writeAll(attacked, { sessions, bytes: mib * mebibyte });
    const seconds = (performance.now() - from) / 1_000;
    const under = attacked.peak();
    if ((await filesIn(directory)) !== sessions) throw new Error("A file is missing.");
    console.log(
      `${sessions} sessions wrote ${inMib(written)} in ${seconds.toFixed(1)} s: ${inMib(before)} before, ${inMib(under)} at most`,
    );
    from = performance.now();
    const answered = await tryPasswords(attacked, tries, sessionsABox);
    if (answered < tries) throw new Error(`Of ${tries} passwords ${answered} were answered.`);
    const tried = (performance.now() - from) / 1_000;
    await (await openSftp(sender)).put("/day.csv", "x");
    console.log(
      `${answered} wrong passwords in ${tried.toFixed(1)} s: ${inMib(attacked.peak())} at most; a sender that was in goes on`,
    );
    sender.end();
    console.log(`load ${loadavg()[0]!.toFixed(1)}`);
  } finally {
    await attacked.end();
  }
});
