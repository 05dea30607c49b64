import { createServer, type AddressInfo, type Socket } from "node:net";
import ssh2, { type Connection, type HostKey, type ParsedKey } from "ssh2";
import { plainAddress } from "../../../functions/address.ts";
import { noteRefused, type DropBox } from "../../../functions/import/drop-box/boxes.ts";
import { createBans } from "../../../functions/import/drop-box/enter.ts";
import type { Documents } from "../../../functions/documents.ts";
import type { Log } from "../../../functions/log.ts";
import { cannotListen } from "../../../functions/problems.ts";
import type { Box } from "./box/box.ts";
import type { Clock } from "./clock.ts";
import { createEntering } from "./entering.ts";
import { serveSession } from "./session.ts";

/** The port to which senders connect by SFTP: who gets in, and how many at once. */

export interface DoorPorts {
  readonly host: string;
  readonly port: number;
  readonly hostKeys: readonly string[];
  readonly documents: Documents;
  readonly clock: Clock;
  readonly log: Log;
  /** Undefined where it was closed meanwhile. */
  readonly boxOf: (user: string) => Box | undefined;
}

export interface SftpDoor {
  readonly port: number;
  /** Ends the connections of a box, but for those from where senders may come. */
  expel(user: string, isAllowed?: (address: string) => boolean): void;
  close(): Promise<void>;
}

const connectionsMax = 200;
/** Of those, so many that have not signed in; the oldest make room. */
const strangersMax = 50;
const strangerMs = 60_000;
const sessionsMax = 10;
const idleMs = 30 * 60_000;
const lookMs = 30_000;

const rsaNames = ["rsa-sha2-512", "rsa-sha2-256"];

/** What clients of the last ten years have, without SHA-1 and CBC. ssh2 adds the strict key exchange. */
const algorithms = {
  kex: [
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group14-sha256",
  ],
  serverHostKey: ["ssh-ed25519", ...rsaNames],
  cipher: [
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes128-ctr",
    "aes256-ctr",
  ],
  hmac: ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"],
  compress: ["none"],
};

interface Guest {
  readonly socket: Socket;
  readonly since: number;
  /** Since it signed in. */
  user?: string;
  bytesRead: number;
  heardAt: number;
}

/** @throws cannot_listen */
export async function openSftpDoor(ports: DoorPorts): Promise<SftpDoor> {
  const { clock, log, documents, boxOf } = ports;
  const guests = new Map<string, Guest>();
  const sessions = new Map<string, number>();
  const toldAt = new Map<string, number>();
  const bans = createBans(clock.now);
  const ssh = new ssh2.Server(
    { hostKeys: offered(ports.hostKeys), ident: "Afterclick", algorithms, keepaliveInterval: 0 },
    welcome,
  );

  /** ssh2 does not say over which socket it speaks, but who is at its other end. */
  function welcome(connection: Connection, { ip, port }: { ip: string; port: number }): void {
    const guest = guests.get(placeOf(ip, port));
    if (guest === undefined) connection.end();
    else serve(connection, guest);
  }

  function serve(connection: Connection, guest: Guest): void {
    const { socket } = guest;
    const address = socket.remoteAddress ?? "";
    const end = () => socket.destroy();
    const failed = (error: unknown) =>
      log("WARNING", "A sender could not sign in.", { event: "drop_box_failed", detail: String(error) });
    let own: DropBox | undefined;
    const entered = (box: DropBox) => {
      own = box;
      guest.user = box.user;
    };
    const decide = createEntering({
      ports: { documents, now: clock.now },
      bans,
      address,
      entered,
      end,
      strange: (box) => strange(box, address),
      failed,
    });
    connection.on("authentication", (context) => void decide(context));
    // A client that breaks the protocol, or is gone: its files are told by the end of its sessions.
    connection.on("error", () => undefined);
    connection.setMaxListeners(0); // one a session, of which there are few at once
    connection.on("session", (accept, reject) => {
      const box = own && boxOf(own.user);
      const count = own === undefined ? 0 : (sessions.get(own.user) ?? 0);
      if (box === undefined || count >= sessionsMax) return reject();
      sessions.set(box.user, count + 1);
      let isOver = false;
      const over = () => {
        if (!isOver) sessions.set(box.user, sessions.get(box.user)! - 1);
        isOver = true;
      };
      connection.on("close", over);
      accept().on("sftp", (begin) => {
        const sftp = begin();
        serveSession(sftp, box, { socket, log });
        sftp.on("end", over);
      });
    });
  }

  /** Told at most once a minute of a box: a sender's program tries again and again. */
  async function strange(box: DropBox, address: string): Promise<void> {
    const at = clock.now();
    if (at - (toldAt.get(box.user) ?? -Infinity) < strangerMs) return;
    toldAt.set(box.user, at);
    log("WARNING", "A sender with the right password or key is refused: its address is not allowed.", {
      event: "drop_box_address_refused",
      user: box.user,
      address: plainAddress(address),
    });
    // It is refused whether that is kept or not.
    await noteRefused({ documents }, box, { address: plainAddress(address), at }).catch(() => undefined);
  }

  function arrive(socket: Socket): void {
    const strangers = [...guests.entries()].filter(([, { user }]) => user === undefined);
    if (guests.size >= connectionsMax || bans.isBanned(socket.remoteAddress ?? "")) {
      socket.destroy();
      return;
    }
    if (strangers.length >= strangersMax) strangers[0]![1].socket.destroy();
    const place = placeOf(socket.remoteAddress, socket.remotePort);
    guests.set(place, { socket, since: clock.now(), bytesRead: 0, heardAt: clock.now() });
    socket.on("error", () => undefined); // told to ssh2 too
    socket.on("close", () => guests.delete(place));
    ssh.injectSocket(socket);
  }

  const server = createServer({ noDelay: true, keepAlive: true }, arrive);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(cannotListen({ host: ports.host, port: ports.port, why: error.code ?? error.message }, error)),
    );
    server.listen(ports.port, ports.host, resolve);
  });

  let callOff = clock.after(lookMs, look);
  /** Half-open connections, and those on which nothing has come for long. */
  function look(): void {
    const at = clock.now();
    for (const guest of guests.values()) {
      const { socket, since, user } = guest;
      if (socket.bytesRead !== guest.bytesRead) [guest.bytesRead, guest.heardAt] = [socket.bytesRead, at];
      if (user === undefined ? at - since > strangerMs : at - guest.heardAt > idleMs) socket.destroy();
    }
    callOff = clock.after(lookMs, look);
  }

  return {
    port: (server.address() as AddressInfo).port,
    expel(user, isAllowed = () => false) {
      for (const { user: own, socket } of guests.values())
        if (own === user && !isAllowed(socket.remoteAddress ?? "")) socket.destroy();
    },
    async close() {
      callOff();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const { socket } of guests.values()) socket.destroy();
      await closed;
    },
  };
}

/** ssh2 offers an RSA key by SHA-1 as well, whatever is listed; one that goes by the name of a hash it offers
 *  by that hash alone. */
function offered(hostKeys: readonly string[]): HostKey[] {
  return hostKeys.flatMap((text): HostKey[] => {
    const key = ssh2.utils.parseKey(text);
    if (key instanceof Error || key.type !== "ssh-rsa") return [text];
    return rsaNames.map((name) => ({ key: Object.create(key, { type: { value: name } }) as ParsedKey }));
  });
}

function placeOf(address: string | undefined, port: number | undefined): string {
  return `${address} ${port}`;
}
