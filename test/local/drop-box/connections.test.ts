import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { createLine } from "../../../infra/local/drop-box/line.ts";
import { closing, connect, openSftp } from "../../support/sftp/client.ts";
import { openPlace, type Place } from "../../support/sftp/place.ts";
import { until } from "../../support/until.ts";

/** Connections: what is offered, how many there may be at once, and who breaks the rules. */

let place: Place;
let login: { user: string; username: string; password: string };
const opened: { destroy(): unknown }[] = [];
beforeEach(async () => {
  place = await openPlace();
  login = await place.box("crm");
});
afterEach(async () => {
  for (const one of opened.splice(0)) one.destroy();
  await place.close();
});

async function enter(how: Record<string, unknown> = login) {
  const client = await connect(place.port(), how);
  opened.push(client);
  return client;
}

async function raw(): Promise<Socket> {
  const socket = connectTcp(place.port(), "127.0.0.1");
  opened.push(socket);
  socket.on("error", () => undefined);
  // Nobody hears that a connection is closed before all of it is read.
  socket.resume();
  await once(socket, "connect");
  return socket;
}

/** SSH_MSG_KEXINIT. Source: RFC 4253, section 7.1 */
function keyExchange(isStrict: boolean): Buffer {
  const strict = isStrict ? ",kex-strict-c-v00@openssh.com" : "";
  const both = (names: string) => [names, names];
  const lists = [
    `curve25519-sha256${strict}`,
    "ssh-ed25519",
    ...both("aes128-ctr"),
    ...both("hmac-sha2-256"),
    ...both("none"),
    ...both(""),
  ].map(text);
  return Buffer.concat([Buffer.from([20]), Buffer.alloc(16), ...lists, Buffer.alloc(5)]);
}

/** SSH_MSG_KEX_ECDH_INIT: any 32 bytes are a key of X25519. Source: RFC 8731 */
const publicKey = Buffer.concat([Buffer.from([30]), text(Buffer.alloc(32, 9))]);

function text(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Before there are keys. Source: RFC 4253, section 6 */
function packet(payload: Buffer): Buffer {
  const padding = 4 + ((8 - ((payload.length + 9) % 8)) % 8);
  return text(Buffer.concat([Buffer.from([padding]), payload, Buffer.alloc(padding)]));
}

describe("connections", () => {
  test("the key exchange is strict, and offers neither SHA-1 nor CBC", async () => {
    const socket = await raw();
    let greeting = "";
    socket.on("data", (chunk: Buffer) => (greeting += chunk.toString("latin1")));
    socket.write("SSH-2.0-test\r\n");
    await until(() => greeting.includes("none"));
    expect(greeting).toMatch(/^SSH-2\.0-Afterclick\r\n/);
    expect(greeting).toContain("kex-strict-s-v00@openssh.com");
    expect(greeting).toContain("ssh-ed25519,rsa-sha2-512,rsa-sha2-256\0");
    expect(greeting).not.toMatch(/cbc|sha1\b|group1-|arcfour|md5|ssh-rsa/);
  });

  test("what is slipped in before the keys are there ends a strict key exchange", async () => {
    for (const isStrict of [true, false]) {
      const socket = await raw();
      let ended = false;
      socket.on("close", () => (ended = true));
      const bytes: Buffer[] = [];
      socket.on("data", (chunk: Buffer) => bytes.push(chunk));
      const said = () => Buffer.concat(bytes);
      socket.write("SSH-2.0-test\r\n");
      await until(() => said().includes("none"));
      const before = said().length;
      // SSH_MSG_IGNORE stands between: by such ones Terrapin counts messages away.
      const ignored = Buffer.from([2, 0, 0, 0, 0]);
      socket.write(Buffer.concat([keyExchange(isStrict), ignored, publicKey].map(packet)));
      const isAnswered = () => said().subarray(before).includes("ssh-ed25519");
      await until(() => ended || isAnswered());
      expect([isStrict, isAnswered()]).toEqual([isStrict, !isStrict]);
    }
  });

  test.each(["rsa-sha2-512", "rsa-sha2-256"])(
    "a client that knows the RSA key gets it by %s",
    async (name) => {
      await enter({ ...login, algorithms: { serverHostKey: [name] } });
    },
  );

  test("one that takes it by SHA-1 alone is refused", async () => {
    await expect(enter({ ...login, algorithms: { serverHostKey: ["ssh-rsa"] } })).rejects.toThrow(/host key/);
  });

  test("of 10 sessions of a box the next one is refused, until one ends", async () => {
    const client = await enter();
    for (let sessions = 0; sessions < 9; sessions += 1) await openSftp(client);
    const last = await enter();
    await openSftp(last);
    await expect(openSftp(client)).rejects.toThrow();
    const gone = closing(last);
    last.end();
    await gone;
    await until("a session is free", () =>
      openSftp(client).then(
        () => true,
        () => false,
      ),
    );
  });

  test("who says nothing is gone after a minute, who goes quiet after half an hour", async () => {
    const [silent, client] = [await raw(), await enter()];
    const [silentGone, clientGone] = [closing(silent), closing(client)];
    place.clock.forward(90_000);
    await silentGone;
    await openSftp(client);
    place.clock.forward(31 * 60_000);
    place.clock.forward(31 * 60_000);
    await clientGone;
  });

  test("of very many that do not sign in the oldest make room", async () => {
    const first = await raw();
    const gone = closing(first);
    for (let more = 0; more < 50; more += 1) await raw();
    await gone;
    await enter();
  });

  test("what is no SSH, or no SFTP, ends the connection and nothing else", async () => {
    for (const bytes of [
      "GET / HTTP/1.1\r\n\r\n",
      "SSH-2.0-x\r\n" + "\xff".repeat(70_000),
      "\0".repeat(40_000),
    ]) {
      const socket = await raw();
      const gone = closing(socket);
      socket.write(Buffer.from(bytes, "latin1"));
      socket.end();
      await gone;
    }
    await openSftp(await enter());
  });

  test("a client that asks faster than it is answered is not read meanwhile, and one that asks on is ended", async () => {
    const calls: string[] = [];
    const socket = { pause: () => calls.push("pause"), resume: () => calls.push("resume") };
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const line = createLine(socket as never, () => calls.push("end"));
    for (let asked = 0; asked < 40; asked += 1) line.add(32 * 1024, () => gate);
    expect(calls).toEqual(["pause"]);
    go();
    await line.idle();
    expect(calls).toEqual(["pause", "resume"]);
    line.add(0, () => Promise.reject(new Error("nobody is there")));
    line.add(0, async () => void calls.push("next"));
    await line.idle();
    expect(calls.slice(2)).toEqual(["end", "next"]);
    const never = createLine(socket as never, () => calls.push("end"));
    for (let asked = 0; asked < 4_097; asked += 1) never.add(0, () => new Promise(() => undefined));
    expect(calls.at(-1)).toBe("end");
  });
});
