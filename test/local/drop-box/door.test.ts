import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import ssh2 from "ssh2";
import {
  addBoxKey,
  dropBoxView,
  findDropBox,
  setBoxAddresses,
  closeDropBox,
  removeBoxKey,
  renewPassword,
} from "../../../functions/import/drop-box/boxes.ts";
import { createBans } from "../../../functions/import/drop-box/enter.ts";
import { thisMachine } from "../../../functions/people/who.ts";
import { usualLimits } from "../../../infra/local/drop-box/box/files.ts";
import { closing, connect, newKey, openSftp } from "../../support/sftp/client.ts";
import { openPlace, type Place } from "../../support/sftp/place.ts";
import { lastResortMs } from "../../support/until.ts";

/** Who gets in, and what nobody may. */

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

const refused = "All configured authentication methods failed";

const here = () => ({ host: "127.0.0.1", port: place.port(), readyTimeout: lastResortMs });

async function enter(how: Record<string, unknown> = login) {
  const client = await connect(place.port(), how);
  opened.push(client);
  return client;
}

describe("who gets in", () => {
  test("by the password, given or typed; by no other one, no other name and no password of another box", async () => {
    await enter();
    const typed = new ssh2.Client();
    opened.push(typed);
    typed.on("error", () => undefined);
    typed.on("keyboard-interactive", (...[, , , , answer]: unknown[]) =>
      (answer as (answers: string[]) => void)([login.password]),
    );
    const { username } = login;
    typed.connect({ ...here(), username, tryKeyboard: true });
    await once(typed, "ready");
    const other = await place.box();
    for (const wrong of [
      { username: login.username, password: "wrong" },
      { username: "nobody", password: login.password },
      { username: other.username, password: login.password },
      { username: login.username, password: "" },
      { username: "x".repeat(5_000), password: "x".repeat(20_000) },
      { username: login.username },
    ])
      await expect(enter(wrong)).rejects.toThrow(refused);
  });

  test("for a day by the password before the newest one too", async () => {
    const newer = await renewPassword(place.ports, thisMachine, login.user);
    await enter();
    await enter({ ...login, password: newer.password });
    place.clock.forward(24 * 3_600_000 + 1);
    await expect(enter()).rejects.toThrow(refused);
    await enter({ ...login, password: newer.password });
    // Of three, the oldest is over at once.
    const newest = await renewPassword(place.ports, thisMachine, login.user);
    await renewPassword(place.ports, thisMachine, login.user);
    await expect(enter({ ...login, password: newer.password })).rejects.toThrow(refused);
    await enter({ ...login, password: newest.password });
  });

  test.each([
    ["ed25519", undefined],
    ["ecdsa", 256],
    ["ecdsa", 521],
    ["rsa", 3072],
  ] as const)("by a key of %s %s, while the box has it", async (type, bits) => {
    const key = await newKey(type, bits === undefined ? {} : { bits });
    const byKey = { username: login.username, privateKey: key.private };
    await expect(enter(byKey)).rejects.toThrow(refused);
    const { keys } = await addBoxKey(
      place.ports,
      thisMachine,
      login.user,
      `${key.public.trim()} zoë's laptop`,
    );
    await enter(byKey);
    await expect(enter({ ...byKey, privateKey: (await newKey("ed25519")).private })).rejects.toThrow(refused);
    await removeBoxKey(place.ports, thisMachine, login.user, keys[0]!.fingerprint);
    await expect(enter(byKey)).rejects.toThrow(refused);
  });

  test("from the addresses of its list alone: others are refused, put out, logged and shown", async () => {
    const { ports } = place;
    const boxOf = async () => dropBoxView(await findDropBox(ports, login.user), place.clock.now());
    const inside = await enter();
    await setBoxAddresses(ports, thisMachine, login.user, ["127.0.0.0/8", "2001:DB8::/32"]);
    await place.boxes().changed();
    await openSftp(inside);
    await enter();
    const gone = closing(inside);
    await setBoxAddresses(ports, thisMachine, login.user, ["192.0.2.7"]);
    await place.boxes().changed();
    await gone;
    await expect(enter({ ...login, password: "wrong" })).rejects.toThrow(refused);
    expect((await boxOf()).refused).toBeUndefined();
    const key = await newKey("ed25519");
    await addBoxKey(ports, thisMachine, login.user, key.public);
    for (const how of [login, login, { username: login.user, privateKey: key.private }])
      await expect(enter(how)).rejects.toThrow(refused);
    const { addresses, refused: last } = await boxOf();
    expect([addresses, last]).toEqual([["192.0.2.7"], { address: "127.0.0.1", at: place.clock.now() }]);
    // Once a minute: a program tries again and again.
    const told = place.said.filter((line) => JSON.stringify(line).includes("drop_box_address_refused"));
    expect(told).toEqual([["WARNING", expect.any(String), expect.objectContaining({ user: login.user })]]);
    await setBoxAddresses(ports, thisMachine, login.user, []);
    expect((await boxOf()).refused).toBeUndefined();
    place.clock.forward(11 * 60_000);
    await enter();
  });

  test("what is no key that is taken is refused, with what is", async () => {
    const [small, good] = [await newKey("rsa", { bits: 2048 }), await newKey("ed25519")];
    const [type = "", blob = ""] = good.public.split(" ");
    for (const [line, why] of [
      [small.public, "2048 bits"],
      [good.private, "private key"],
      ["ssh-dss AAAA", 'begins with "ssh-dss"'],
      [`ssh-rsa ${blob}`, "another type"],
      [`${type} ${blob.slice(0, 40)}`, "cut off"],
      [`${type} ${blob}\n${type} ${blob}`, "several lines"],
      [`${type} !!!`, "no base64"],
      ["", "begins with"],
    ] as const) {
      const adding = addBoxKey(place.ports, thisMachine, login.user, line);
      await expect(adding).rejects.toMatchObject({
        code: "ssh_key_refused",
        message: expect.stringContaining(why),
      });
    }
  });

  test("after 5 failures a name is refused from there for 10 minutes, also one that nobody has", async () => {
    for (const username of [login.username, "nobody"]) {
      for (let tries = 0; tries < 5; tries += 1)
        await expect(enter({ username, password: "wrong" })).rejects.toThrow(refused);
    }
    await expect(enter()).rejects.toThrow(refused);
    place.clock.forward(10 * 60_000 + 1);
    await enter();
  });

  test("an address that fails with ever new names is refused as a whole, and forgets are bounded", () => {
    let at = 0;
    const bans = createBans(() => at);
    for (let tries = 0; tries < 50; tries += 1) bans.failed("8.8.8.8", `name-${tries}`);
    expect([bans.isBanned("8.8.8.8", "new"), bans.isBanned("8.8.4.4", "new")]).toEqual([true, false]);
    // Behind these may be a whole office.
    for (let tries = 0; tries < 60; tries += 1) bans.failed("10.0.0.1", `name-${tries}`);
    expect(bans.isBanned("10.0.0.1", "new")).toBe(false);
    at = 10 * 60_000;
    expect(bans.isBanned("8.8.8.8")).toBe(false);
    for (let tries = 0; tries < 5; tries += 1) bans.failed("1.1.1.1", "a");
    for (let other = 0; other < 30_000; other += 1) bans.failed("10.0.0.1", `name-${other}`);
    expect(bans.isBanned("1.1.1.1", "a")).toBe(false);
  });

  test("a connection is ended after 20 tries, and several of them leave the server as it was", async () => {
    const ended = await Promise.all(
      Array.from({ length: 4 }, async (_, number) => {
        const client = new ssh2.Client();
        opened.push(client);
        let tries = 0;
        client.on("error", () => undefined);
        client.connect({
          ...here(),
          username: `nobody-${number}`,
          authHandler: () => {
            tries += 1;
            return { type: "password", username: `nobody-${number}`, password: `guess ${tries}` };
          },
        });
        await closing(client);
        return tries;
      }),
    );
    expect(Math.max(...ended)).toBeLessThanOrEqual(21);
    await enter();
  });

  test("closing a box ends its sessions, and with the last one the port is closed", async () => {
    const port = place.port();
    const gone = closing(await enter());
    await closeDropBox(place.ports, thisMachine, login.user);
    await place.boxes().changed();
    await gone;
    expect(place.boxes().where().port).toBeUndefined();
    const socket = connectTcp(port, "127.0.0.1");
    await expect(once(socket, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("what nobody may", () => {
  test("no shell, no command, no forwarding; a client that ends is told 0", async () => {
    const client = await enter();
    const attempts = [
      (done: (error?: Error) => void) => client.exec("md5sum day.csv", done),
      (done: (error?: Error) => void) => client.shell(done),
      (done: (error?: Error) => void) => client.forwardIn("127.0.0.1", 0, done),
      (done: (error?: Error) => void) => client.forwardOut("127.0.0.1", 1, "127.0.0.1", place.port(), done),
    ];
    for (const attempt of attempts) expect(await new Promise(attempt)).toBeInstanceOf(Error);
    const sftp = await openSftp(client);
    await sftp.put("/day.csv", "x");
  });

  test("no path leads out of the box", async () => {
    const folder = place.folder(login.user);
    await writeFile(join(folder, "..", "secret"), "secret");
    await symlink(join(folder, "..", "secret"), join(folder, "link"));
    await symlink(join(folder, ".."), join(folder, "up"));
    const sftp = await openSftp(await enter());
    for (const path of [
      "../secret",
      "/../secret",
      "/../../../../../../etc/passwd",
      "a/../../secret",
      "/./.././secret",
      "/link",
      "/..%2fsecret",
      "/..\\secret",
      "/etc/passwd",
      `/${"../".repeat(500)}etc/passwd`,
    ]) {
      await expect(sftp.read(path)).rejects.toThrow();
      await expect(sftp.stat(path)).rejects.toThrow();
    }
    await sftp.put("/../../out.csv", "x");
    expect(await readdir(folder)).toContain("out.csv");
    expect(await sftp.ask("realpath", "a/../../../b")).toBe("/b");
    // What somebody else put there is neither shown nor followed.
    expect(await sftp.names("/")).toEqual(["out.csv"]);
    await expect(sftp.put("/link", "x")).rejects.toThrow("Links are not followed");
  });

  test("no links; no names that the disk cannot have; folders are 3 deep; what the server writes stays", async () => {
    const sftp = await openSftp(await enter());
    await sftp.put("/day.csv", "x");
    await expect(sftp.ask("symlink", "/day.csv", "/link")).rejects.toThrow("no links");
    await expect(sftp.ask("readlink", "/day.csv")).rejects.toThrow("no links");
    for (const name of ["a\nb", "a\u0000b", "a\u007f", "a\ufffd", "b\\c", "é".repeat(128)])
      await expect(sftp.put(`/${name}`, "x")).rejects.toThrow(/Names are UTF-8|at most 255 bytes/);
    await sftp.put(`/${"n".repeat(255)}`, "x");
    for (const path of ["/1", "/1/2", "/1/2/3"]) await sftp.ask("mkdir", path);
    await sftp.put("/1/2/3/day.csv", "x");
    for (const late of [
      sftp.ask("mkdir", "/1/2/3/4"),
      sftp.rename("/1", "/1/2/x"),
      sftp.rename("/1", "/day.csv"),
    ])
      await expect(late).rejects.toMatchObject({ code: 4 });
    await sftp.ask("mkdir", "/a");
    await expect(sftp.rename("/1", "/a/1")).rejects.toThrow("3 deep");
    await expect(sftp.ask("rmdir", "/1")).rejects.toThrow("not empty");
    await sftp.ask("rmdir", "/a");
    for (const denied of [
      sftp.put("/results/x", "x"),
      sftp.ask("mkdir", "/done"),
      sftp.rename("/day.csv", "/results/day.csv"),
      sftp.ask("rmdir", "/"),
    ])
      await expect(denied).rejects.toMatchObject({ code: expect.any(Number) });
  });

  test("handles are those of the session, and not too many", async () => {
    const [one, other] = [await openSftp(await enter()), await openSftp(await enter())];
    const handle = await one.open("/day.csv", "w");
    await expect(other.write(handle, 0, "x")).rejects.toThrow("no such handle");
    for (let more = 1; more < 64; more += 1) await one.open(`/${more}.csv`, "w");
    await expect(one.open("/65.csv", "w")).rejects.toThrow("At most 64 files");
    await one.close(handle);
    await expect(one.close(handle)).rejects.toThrow("no such handle");
    for (let more = 0; more < 8; more += 1) await other.ask("opendir", "/");
    await expect(other.ask("opendir", "/")).rejects.toThrow("At most 8 folders");
  });

  test("more than the box holds is refused with a sentence, and what did not fit is not imported", async () => {
    await place.close();
    place = await openPlace({ limits: { ...usualLimits, bytesMax: 100, filesMax: 3, fileBytesMax: 60 } });
    login = await place.box("crm");
    const sftp = await openSftp(await enter());
    await sftp.put("/a.csv", "a".repeat(60));
    await expect(sftp.put("/b.csv", "b".repeat(61))).rejects.toThrow("too large: at most");
    await sftp.remove("/b.csv");
    const handle = await sftp.open("/c.csv", "w");
    await expect(sftp.write(handle, 0, "c".repeat(41))).rejects.toThrow("The drop box is full");
    await expect(sftp.close(handle)).rejects.toThrow("not whole");
    await expect(sftp.ask("setstat", "/a.csv", { size: 2 ** 40 })).rejects.toThrow();
    await sftp.put("/c.csv", "c".repeat(40));
    await sftp.put("/d.csv", "");
    await expect(sftp.put("/e.csv", "")).rejects.toThrow("at most 3 files");
    await sftp.remove("/d.csv");
    await sftp.put("/e.csv", "");
    expect((await place.settled()).sort()).toEqual(["a.csv", "c.csv", "e.csv"]);
    const kept = [...place.keptFiles.files.values()].map(String);
    expect(kept.sort()).toEqual(["", "a".repeat(60), "c".repeat(40)]);
  });
});

test("more folders than a box has are refused with a sentence; what the server leaves empty goes", async () => {
  await place.close();
  place = await openPlace({ limits: { ...usualLimits, foldersMax: 2 } });
  login = await place.box("crm");
  const sftp = await openSftp(await enter());
  for (const path of ["/a", "/a/b"]) await sftp.ask("mkdir", path);
  await expect(sftp.ask("mkdir", "/c")).rejects.toThrow("too many folders: at most 2");
  // One that is moved is no new one.
  await sftp.rename("/a", "/d");
  await expect(sftp.ask("mkdir", "/c")).rejects.toThrow("too many folders");
  await sftp.ask("rmdir", "/d/b");
  await sftp.ask("mkdir", "/c");
  await place.restart();
  const again = await openSftp(await enter());
  await expect(again.ask("mkdir", "/e")).rejects.toThrow("too many folders");
  // The server's own count for nobody, and stay while there is something in them.
  const own = (...names: string[]) => join(place.folder(login.user), ...names);
  for (const path of ["results/a", "results/b", "done/a/b"]) await mkdir(own(path), { recursive: true });
  await writeFile(own("results", "b", "x.result.json"), "{}");
  await rm(own("c"), { recursive: true });
  place.clock.forward(3_600_000);
  await place.swept();
  // Meanwhile the session was quiet for too long.
  const last = await openSftp(await enter());
  expect([await readdir(own("results")), await readdir(own("done"))]).toEqual([["b"], []]);
  await last.ask("mkdir", "/e");
});
