import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { sameSignalMs, signalCounter } from "../../infra/local/signals.ts";
import { openWire, post } from "../faults/campaign/wire.ts";
import { inFolder } from "../support/folder.ts";
import { needing, noCurl } from "../support/needs.ts";
import { endAll, exampleStream, launchProduct, startProduct, type Product } from "../support/product.ts";
import { until } from "../support/until.ts";

/** People, `timeout`, Docker and pm2 speak to npm, and npm to the server. */

afterEach(endAll);

const target = `/ds/${exampleStream}`;
const inTerminal = join(import.meta.dirname, "../support/machine/in-terminal.py");

/** A request is half sent when `ask` tells the product to stop. It is answered, and nobody is left behind. */
async function stopsInOrder(
  command: readonly [string, ...string[]],
  ask: (product: Product) => void,
): Promise<void> {
  await inFolder(async (folder) => {
    const directory = join(folder, "data");
    const env = { HOME: folder, npm_config_update_notifier: "false" };
    const launched = launchProduct(directory, env, command);
    const product = await launched.ready;
    const port = Number(new URL(product.collectUrl).port);
    const wire = await openWire(port);
    await wire.ask(post(target, {}, Buffer.from("first=1")));
    const whole = post(target, {}, Buffer.from(`upload=${"x".repeat(100_000)}`));
    const answer = wire.ask(whole.subarray(0, 50_000));
    answer.catch(() => undefined); // judged below
    ask(product);
    await until("the server has heard", () => product.output().includes("Stopping"));
    // Each echo of the signal comes before this is answered: a second one would end the server at once.
    wire.write(whole.subarray(50_000));
    expect((await answer)[0]).toMatchObject({ status: 200 });
    await product.closed;
    expect(product.output()).toContain("Stopped.");
    await expect(openWire(port)).rejects.toThrow("Nobody listens");
    // The folder is free again.
    expect(await (await startProduct(directory)).end("SIGTERM")).toBe(0);
  });
}

test("SIGTERM to `npm start` reaches the server: it answers what was begun, and ends before npm does", () =>
  stopsInOrder(["npm", "start"], ({ pid }) => void process.kill(pid, "SIGTERM")));

test("SIGTERM to npm and then to its whole group, as `timeout` sends it, stops in order too", () =>
  stopsInOrder(["npm", "start"], ({ pid }) => {
    process.kill(pid, "SIGTERM");
    process.kill(-pid, "SIGTERM");
  }));

needing(noCurl, () => {
  test("on other ports, every command that `npm start` prints reaches this very server, as it stands there", () =>
    inFolder(async (folder) => {
      const env = { HOME: folder, npm_config_update_notifier: "false" };
      // Free ports, which are others than the usual ones.
      const product = await launchProduct(join(folder, "data"), env, ["npm", "start"]).ready;
      const adminPort = new URL(product.adminUrl).port;
      const [hit, rows, ...others] = [...product.output().matchAll(/(?:^ {2}|\()((?:curl|npx) .*?)\)?$/gm)]
        .map(([, line]) => line!)
        .toSorted((a, b) => Number(a.includes("--help")) - Number(b.includes("--help")));
      const run = (line: string, more: Record<string, string> = {}) =>
        spawnSync("sh", ["-c", line], {
          encoding: "utf8",
          env: { PATH: process.env["PATH"], ...env, ...more },
        });
      expect(hit).toContain("curl");
      expect(run(hit!).stdout).toContain("hit_id");
      expect(rows).toBe(`npx afterclick rows example.orders --url http://127.0.0.1:${adminPort}`);
      await until("the row is there", () => run(rows!).stdout.includes("orderId=N1"));
      expect(others).toHaveLength(1);
      for (const line of others) expect(run(line)).toMatchObject({ status: 0 });
      // As the line below them says: the command line heeds the variable that the server heeds.
      expect(product.output()).toContain(`or ADMIN_PORT set as it is here`);
      const told = run("npx afterclick rows example.orders", { ADMIN_PORT: adminPort });
      expect(told).toMatchObject({ status: 0, stdout: expect.stringContaining("orderId=N1") });
      expect(run("npx afterclick status", { ADMIN_PORT: "many" })).toMatchObject({
        status: 2,
        stderr: 'afterclick: ADMIN_PORT is "many"; allowed is a port such as 8081.\n',
      });
    }));
});

const noTimeout =
  spawnSync("timeout", ["9", "true"]).status === 0
    ? undefined
    : "there is no timeout: `brew install coreutils`.";

needing(noTimeout, () => {
  test("`timeout` itself", () =>
    stopsInOrder(["timeout", "3600", "npm", "start"], ({ pid }) => void process.kill(pid, "SIGTERM")));
});

const noTerminal =
  spawnSync("python3", ["-c", "import pty, os; os.waitstatus_to_exitcode"]).status === 0
    ? undefined
    : "python3 (3.9 or newer) opens a terminal: `apt-get install python3`, `brew install python`.";

needing(noTerminal, () => {
  test("one Ctrl-C in the terminal of `npm start`, which the server hears twice, stops in order", () =>
    stopsInOrder(["python3", inTerminal, "npm", "start"], (product) => product.type("\x03")));
});

describe("signals", () => {
  function heard() {
    const told: string[] = [];
    let at = 0;
    const hear = signalCounter(
      { stop: () => void told.push("stop"), hurry: () => void told.push("hurry") },
      () => at,
    );
    return { told, hear: (signal: NodeJS.Signals, after: number) => ((at += after), hear(signal)) };
  }

  test("the same one counts once within its time, and again after it", () => {
    const { told, hear } = heard();
    hear("SIGINT", 0);
    hear("SIGINT", sameSignalMs - 1);
    expect(told).toEqual(["stop"]);
    hear("SIGINT", 1);
    expect(told).toEqual(["stop", "hurry"]);
  });

  test("whoever presses Ctrl-C on and on is heard: an echo does not make the time longer", () => {
    const { told, hear } = heard();
    for (let n = 0; n <= 10; n++) hear("SIGINT", sameSignalMs / 10);
    expect(told).toEqual(["stop", "hurry"]);
  });

  test("another one counts at once", () => {
    const { told, hear } = heard();
    hear("SIGINT", 0);
    hear("SIGTERM", 1);
    expect(told).toEqual(["stop", "hurry"]);
  });
});
