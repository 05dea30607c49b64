import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { addBoxKey } from "../../../functions/import/drop-box/boxes.ts";
import { thisMachine } from "../../../functions/people/who.ts";
import { needing } from "../../support/needs.ts";
import { openPlace, type Place } from "../../support/sftp/place.ts";
import { until } from "../../support/until.ts";

/** The clients that senders really have, against one server. */

const python = resolve(import.meta.dirname, "../../../.tools/sftp-clients/bin/python3");
const folder = mkdtempSync(join(tmpdir(), "afterclick-clients-"));
const small = join(folder, "small.csv");
const large = join(folder, "large.csv");
const key = join(folder, "id");
writeFileSync(small, "date,ev,reference_ev,reference_id,value\n2026-11-20,deal,lead,1,2\n");
writeFileSync(large, "2026-11-20,deal,lead,1,2\n".repeat(40_000));

let place: Place;
let login: { user: string; username: string; password: string };
const running = new Set<ChildProcess>();
beforeAll(async () => {
  place = await openPlace();
  login = await place.box("crm");
});
afterAll(async () => {
  for (const child of running) child.kill("SIGKILL");
  await place.close();
  rmSync(folder, { recursive: true });
});

function begin(program: string, args: readonly string[], input = "") {
  // No settings and no known hosts of whoever runs the tests.
  const env = { PATH: process.env["PATH"], HOME: folder, RCLONE_CONFIG: join(folder, "rclone.conf") };
  const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "pipe"] });
  running.add(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (said += bytes));
  child.stdin.on("error", () => undefined); // it may end before it has read all
  child.stdin.end(input);
  const ended = once(child, "close").then(([code]) => {
    running.delete(child);
    return { code: code as number | null, said };
  });
  return { child, ended };
}

const run = (program: string, args: readonly string[], input = "") => begin(program, args, input).ended;
const done = { code: 0 };

/** What was imported last, once the file has settled. */
async function imported(name: string): Promise<Buffer> {
  expect((await place.settled()).at(-1)).toBe(name);
  return Buffer.from(await place.content());
}

function missing(...programs: string[]): string | undefined {
  for (const program of programs)
    if (!(process.env["PATH"] ?? "").split(":").some((path) => existsSync(join(path, program))))
      return `${program} is not on the PATH: \`.ci/system\` brings it, or \`apt-get install openssh-client rclone lftp curl\`.`;
  return undefined;
}

needing(missing("sftp", "scp", "ssh-keygen"), () => {
  const options = [
    "-i",
    key,
    "-o",
    "IdentitiesOnly=yes",
    "-o",
    "BatchMode=yes",
    "-F",
    "none",
    "-o",
    "StrictHostKeyChecking=no",
    "-o",
    `UserKnownHostsFile=${join(folder, "known")}`,
  ];
  const sftp = (batch: string, more: readonly string[] = []) =>
    run(
      "sftp",
      [...more, ...options, "-P", String(place.port()), "-b", "-", `${login.user}@127.0.0.1`],
      batch,
    );
  const scp = (from: string, to: string, more: readonly string[] = []) =>
    run("scp", [...more, ...options, "-P", String(place.port()), from, `${login.user}@127.0.0.1:${to}`]);

  beforeAll(async () => {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    await addBoxKey(place.ports, thisMachine, login.user, readFileSync(`${key}.pub`, "utf8"));
  });

  test("OpenSSH's sftp: put with times, a rename onto the name before, folders, and it ends with 0", async () => {
    expect(await sftp(`put -p ${small} /a.csv.part\nrename /a.csv.part /a.csv\nls -l\n`)).toMatchObject(done);
    expect(await imported("a.csv")).toEqual(readFileSync(small));
    expect(
      await sftp(
        `put ${large} /b.tmp\nrename /b.tmp /a.csv\nmkdir /x\nput ${small} /x/c.csv\nrm /x/c.csv\nrmdir /x\n`,
      ),
    ).toMatchObject(done);
    expect(await imported("a.csv")).toEqual(readFileSync(large));
    const { said } = await sftp(`put ${small} /results/a.csv\n`);
    expect(said).toMatch(/Permission denied/i);
  });

  test("OpenSSH's sftp that is killed leaves what is never imported, and reput makes it whole", async () => {
    const before = await place.arrivals();
    // 8 kbit/s: what comes at once is there, and all of it would take a quarter of an hour.
    const { child, ended } = begin(
      "sftp",
      ["-l", "8", ...options, "-P", String(place.port()), "-b", "-", `${login.user}@127.0.0.1`],
      `put ${large} /resumed.csv\n`,
    );
    const file = join(place.folder(login.user), "resumed.csv");
    await until("some of it is there", () => existsSync(file) && statSync(file).size > 0);
    child.kill("SIGKILL");
    await ended;
    expect(statSync(file).size).toBeLessThan(statSync(large).size);
    expect(await place.settled(60_000)).toEqual(before);
    expect(await sftp(`reput ${large} /resumed.csv\n`)).toMatchObject(done);
    expect(await imported("resumed.csv")).toEqual(readFileSync(large));
  });

  test("scp: a shorter file over a longer one leaves no tail, and it ends with 0; its old protocol is refused", async () => {
    expect(await scp(large, "/scp.csv")).toMatchObject(done);
    expect(await imported("scp.csv")).toEqual(readFileSync(large));
    expect(await scp(small, "/scp.csv", ["-p"])).toMatchObject(done);
    expect(await imported("scp.csv")).toEqual(readFileSync(small));
    expect((await scp(small, "/old.csv", ["-O"])).code).not.toBe(0);
  });
});

needing(
  missing("curl") ??
    (/Protocols:.* sftp/.test(execFileSync("curl", ["--version"], { encoding: "utf8" }))
      ? undefined
      : "curl is without SFTP: `apt-get install curl`, `brew install curl`."),
  () =>
    test("curl", async () => {
      const url = `sftp://127.0.0.1:${place.port()}/curl.csv`;
      const args = ["-sS", "-k", "-u", `${login.user}:${login.password}`, "-T", large, url];
      expect(await run("curl", args)).toMatchObject(done);
      expect(await imported("curl.csv")).toEqual(readFileSync(large));
    }),
);

needing(missing("rclone"), () =>
  test("rclone, with its look at sums, sizes and times", async () => {
    const obscured = execFileSync("rclone", ["obscure", login.password], { encoding: "utf8" }).trim();
    const args = [
      "--sftp-host",
      "127.0.0.1",
      "--sftp-port",
      String(place.port()),
      "--sftp-user",
      login.user,
      "--sftp-pass",
      obscured,
      // A minute as it comes.
      "--contimeout",
      "10m",
      "copyto",
      large,
      ":sftp:rclone.csv",
    ];
    expect(await run("rclone", args)).toMatchObject(done);
    expect(await imported("rclone.csv")).toEqual(readFileSync(large));
    expect(statSync(join(place.folder(login.user), "rclone.csv")).mtime.getTime()).toBe(
      Math.floor(statSync(large).mtimeMs / 1_000) * 1_000,
    );
  }),
);

needing(missing("lftp", "ssh"), () =>
  test("lftp, under its temporary name first", async () => {
    const settings = [
      "set sftp:auto-confirm yes",
      "set xfer:use-temp-file yes",
      `set sftp:connect-program "ssh -a -x -F none -o UserKnownHostsFile=${join(folder, "known-lftp")}"`,
      "set net:max-retries 1",
    ].join("; ");
    const args = [
      "-u",
      `${login.user},${login.password}`,
      "-p",
      String(place.port()),
      "-e",
      `${settings}; put ${large} -o lftp.csv; bye`,
      "sftp://127.0.0.1",
    ];
    expect(await run("lftp", args)).toMatchObject(done);
    expect(await imported("lftp.csv")).toEqual(readFileSync(large));
  }),
);

needing(
  existsSync(python)
    ? undefined
    : "paramiko and asyncssh are not here: `.ci/sftp-clients`, which needs python3.",
  () =>
    test.each(["paramiko", "asyncssh"])("%s", async (client) => {
      const script = join(import.meta.dirname, "clients.py");
      const name = `${client}.csv`;
      const args = [script, client, String(place.port()), login.user, login.password, large, name];
      expect(await run(python, args)).toMatchObject(done);
      expect(await imported(name)).toEqual(readFileSync(large));
    }),
);
