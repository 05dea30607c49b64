import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import ssh2 from "ssh2";
import { connect, openSftp } from "../../test/support/sftp/client.ts";
import { lastResortMs } from "../../test/support/until.ts";

/** What many senders, and those who are none, do to the process that has the drop boxes. */

export interface Attacked {
  readonly port: number;
  readonly logins: readonly { username: string; password: string }[];
  /** Most that it had resident since the last call, or since its start, in bytes. */
  peak(): number;
  end(): Promise<void>;
}

/** A box has so many sessions at most. */
export const sessionsABox = 10;

export async function startAttacked(directory: string, boxes: number): Promise<Attacked> {
  const script = fileURLToPath(new URL("server.ts", import.meta.url));
  const child = spawn(process.execPath, [script, directory, String(boxes)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), "line"),
    closed.then(() => Promise.reject(new Error("The server has ended."))),
  ])) as [string];
  return {
    ...(JSON.parse(line) as Pick<Attacked, "port" | "logins">),
    peak() {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      // Source: proc_pid_clear_refs(5)
      writeFileSync(`/proc/${child.pid}/clear_refs`, "5");
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
    },
    async end() {
      child.stdin.end();
      await closed;
    },
  };
}

const writeBytes = 32 * 1024;
/** As OpenSSH's client has. */
const writesAtOnce = 64;

/** Each session writes its share, as fast as it is answered, and more of it on its way than is answered.
 *  @returns the names of the files that are whole */
export async function writeAll(
  { port, logins }: Attacked,
  { sessions, bytes }: { sessions: number; bytes: number },
): Promise<number> {
  const share = Math.ceil(bytes / sessions / writeBytes) * writeBytes;
  const chunk = Buffer.alloc(writeBytes, "0123456789abcde\n");
  await Promise.all(
    Array.from({ length: sessions }, async (_, number) => {
      const client = await connect(port, { ...logins[Math.floor(number / sessionsABox)]! });
      const sftp = await openSftp(client);
      // Under a name that is never final: what is measured is the way here.
      const handle = await sftp.open(`/${number}.part`, "w");
      let at = 0;
      const writer = async () => {
        while (at < share) {
          const mine = at;
          at += writeBytes;
          await sftp.write(handle, mine, chunk);
        }
      };
      await Promise.all(Array.from({ length: writesAtOnce }, writer));
      await sftp.close(handle);
      client.end();
    }),
  );
  return share * sessions;
}

/** What lies on the disk of the boxes, in files. */
export async function filesIn(directory: string): Promise<number> {
  const found = await readdir(join(directory, "drop-boxes"), { recursive: true, withFileTypes: true });
  return found.filter((one) => one.isFile()).length;
}

const triesAConnection = 20;

/** Wrong passwords, over as many connections as they take. @returns how many were answered */
export async function tryPasswords({ port }: Attacked, tries: number, atOnce: number): Promise<number> {
  let left = tries;
  let answered = 0;
  const attacker = async () => {
    while (left > 0) {
      const mine = Math.min(left, triesAConnection);
      left -= mine;
      const heard = await onOneConnection(port, `crm-${left % 7}`, mine);
      answered += heard;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, attacker));
  return answered;
}

/** A server ends one on which the name changes. */
function onOneConnection(port: number, username: string, tries: number): Promise<number> {
  return new Promise((resolve) => {
    const client = new ssh2.Client();
    let asked = 0;
    client.on("error", () => undefined);
    client.on("close", () => resolve(asked));
    client.connect({
      host: "127.0.0.1",
      port,
      username,
      readyTimeout: lastResortMs,
      authHandler: (_left: unknown, _partly: unknown, next: (method: unknown) => void) => {
        if (asked >= tries) return next(false);
        asked += 1;
        next({ type: "password", username, password: "wrong" });
      },
    });
  });
}
