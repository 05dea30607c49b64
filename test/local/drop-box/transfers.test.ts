import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { readdir, unlink } from "node:fs/promises";
import { closeDropBox, giveDropBox } from "../../../functions/import/drop-box/boxes.ts";
import { listArrivals } from "../../../functions/import/load/arrivals.ts";
import { addImport } from "../../../functions/import/registered/imports.ts";
import { thisMachine } from "../../../functions/people/who.ts";
import { closing } from "../../support/sftp/client.ts";
import { openPlace, type Place } from "../../support/sftp/place.ts";

/** What senders do with files, by a client of SFTP. */

let place: Place;
let login: { user: string; username: string; password: string };
let sftp: Awaited<ReturnType<Place["sftp"]>>;
beforeEach(async () => {
  place = await openPlace();
  login = await place.box("crm");
  sftp = await place.sftp(login);
});
afterEach(async () => {
  sftp.client.destroy();
  await place.close();
});

/** Ends the connection as a killed client does, and waits until the server knows. */
async function cutOff(): Promise<void> {
  const closed = closing(sftp.client);
  sftp.client.destroy();
  await closed;
  sftp = await place.sftp(login);
  // What the new session is told comes after what the end of the old one has left.
  await sftp.names("/");
}

describe("when a file is imported", () => {
  test("5 s after it was closed, as it was then; it stays under its name", async () => {
    await sftp.put("/day.csv", "a,b\n");
    expect(await place.settled(4_999)).toEqual([]);
    expect(await place.settled(1)).toEqual(["day.csv"]);
    expect(await place.content()).toBe("a,b\n");
    expect(await sftp.stat("/day.csv")).toMatchObject({ size: 4 });
    expect(await sftp.read("/day.csv")).toBe("a,b\n");
    // What comes now is another version; the copy stays as it was.
    await sftp.put("/day.csv", "c,d,e\n");
    expect(await place.content()).toBe("a,b\n");
    expect(await place.settled()).toEqual(["day.csv", "day.csv"]);
    expect(await place.content()).toBe("c,d,e\n");
  });

  test("it arrived when it was closed or got its final name, not when it was copied", async () => {
    const arrivals = async () =>
      (await listArrivals(place, { limit: 9 })).map(({ arrival }) => [arrival.name, arrival.arrived_at]);
    const begin = place.clock.now();
    await sftp.put("/day.csv", "a,b\n");
    await sftp.put("/next.csv.part", "a,b\n");
    await place.settled(60_000);
    await sftp.rename("/next.csv.part", "/next.csv");
    await place.settled(60_000);
    expect(await arrivals()).toEqual([
      ["day.csv", begin],
      ["next.csv", begin + 60_000],
    ]);
  });

  test("a write meanwhile begins the 5 s anew", async () => {
    await sftp.put("/day.csv", "a");
    place.clock.forward(4_000);
    const handle = await sftp.open("/day.csv", "r+");
    await sftp.write(handle, 1, "b");
    expect(await place.settled(60_000)).toEqual([]);
    await sftp.close(handle);
    expect(await place.settled(4_999)).toEqual([]);
    expect(await place.settled(1)).toEqual(["day.csv"]);
    expect(await place.content()).toBe("ab");
  });

  test("not while one of two handles is open", async () => {
    const [one, other] = [await sftp.open("/day.csv", "w"), await sftp.open("/day.csv", "r+")];
    await sftp.write(one, 0, "ab");
    await sftp.close(one);
    expect(await place.settled()).toEqual([]);
    await sftp.write(other, 2, "cd");
    await sftp.close(other);
    expect(await place.settled()).toEqual(["day.csv"]);
    expect(await place.content()).toBe("abcd");
  });

  test("never under a temporary name; once it is renamed, under its final one", async () => {
    const temporary = [
      ".hidden",
      ".in.day.csv",
      "day.csv.filepart",
      "day.csv.part",
      "day.csv.x8Zk2pQa.partial",
      "day.csv.tmp",
      "day.csv.uploading",
      "_SUCCESS",
    ];
    for (const name of temporary) await sftp.put(`/${name}`, name);
    expect(await place.settled()).toEqual([]);
    for (const [index, name] of temporary.entries()) {
      await sftp.rename(`/${name}`, "/day.csv");
      expect(await place.settled(4_999)).toHaveLength(index);
      expect(await place.settled(1)).toHaveLength(index + 1);
      expect(await place.content()).toBe(name);
    }
    expect(new Set(await place.arrivals())).toEqual(new Set(["day.csv"]));
  });

  test("a rename onto a file that is there replaces it, in both of its ways", async () => {
    await sftp.put("/day.csv", "old");
    expect(await place.settled()).toEqual(["day.csv"]);
    await sftp.put("/day.csv.tmp", "new");
    await sftp.rename("/day.csv.tmp", "/day.csv");
    expect(await place.settled()).toEqual(["day.csv", "day.csv"]);
    expect(await place.content()).toBe("new");
    await sftp.put("/day.csv.tmp", "newest");
    await sftp.posixRename("/day.csv.tmp", "/day.csv");
    expect(await place.settled()).toHaveLength(3);
    expect([await place.content(), await sftp.names("/")]).toEqual(["newest", ["day.csv"]]);
  });

  test("one that was removed before it settled is not; one that was removed after stays imported", async () => {
    await sftp.put("/a.csv", "a");
    await sftp.remove("/a.csv");
    await sftp.put("/b.csv", "b");
    expect(await place.settled()).toEqual(["b.csv"]);
    await sftp.remove("/b.csv");
    expect([await sftp.names("/"), await place.content()]).toEqual([[], "b"]);
  });

  test("at once where its box is closed meanwhile", async () => {
    await sftp.put("/day.csv", "a,b\n");
    await sftp.put("/half.csv.part", "a,b\n");
    await closeDropBox(place.ports, thisMachine, login.user);
    await place.boxes().changed();
    expect(await place.settled(0)).toEqual(["day.csv"]);
    expect(await place.content()).toBe("a,b\n");
  });

  test("files of 0 bytes, in folders, and with names of any script arrive as they are called", async () => {
    await sftp.ask("mkdir", "/2026");
    await sftp.ask("mkdir", "/2026/11");
    await sftp.put("/2026/11/empty.csv", "");
    await sftp.put("/注文 ünï.csv", "x");
    expect((await place.settled()).sort()).toEqual(["2026/11/empty.csv", "注文 ünï.csv"]);
    await sftp.rename("/2026", "/2027");
    expect(await sftp.names("/2027/11")).toEqual(["empty.csv"]);
  });
});

describe("a transfer that breaks off", () => {
  test("is partial, is never imported, and can be resumed for 24 hours", async () => {
    const handle = await sftp.open("/day.csv", "w");
    await sftp.write(handle, 0, "first half,");
    await cutOff();
    expect(await place.settled(60_000)).toEqual([]);
    expect(await sftp.stat("/day.csv")).toMatchObject({ size: 11 });
    // Renamed it is partial as before.
    await sftp.rename("/day.csv", "/other.csv");
    expect(await place.settled()).toEqual([]);
    // So it is with another size.
    await sftp.ask("setstat", "/other.csv", { size: 20 });
    await sftp.ask("setstat", "/other.csv", { size: 11 });
    expect(await place.settled()).toEqual([]);
    // WinSCP resumes at an offset, OpenSSH's reput by APPEND.
    const again = await sftp.open("/other.csv", "a");
    await sftp.write(again, 11, "second half");
    await sftp.close(again);
    expect(await place.settled()).toEqual(["other.csv"]);
    expect(await place.content()).toBe("first half,second half");
  });

  test("one that had all its bytes counts once a client closes it", async () => {
    const handle = await sftp.open("/day.csv", "w");
    await sftp.write(handle, 0, "whole");
    await cutOff();
    await sftp.close(await sftp.open("/day.csv", "a"));
    expect(await place.settled()).toEqual(["day.csv"]);
  });

  test("over a file that was whole: the old one is imported as it was, the new one is partial", async () => {
    await sftp.put("/day.csv", "old");
    expect(await place.settled()).toEqual(["day.csv"]);
    const handle = await sftp.open("/day.csv", "w");
    await sftp.write(handle, 0, "n");
    await cutOff();
    await place.restart();
    expect(await place.settled(60_000)).toEqual(["day.csv"]);
    expect(await place.content()).toBe("old");
  });

  test("goes after 24 hours, as does one that was never given its final name", async () => {
    await sftp.write(await sftp.open("/half.csv", "w"), 0, "half");
    await cutOff();
    await sftp.put("/day.csv.tmp", "whole");
    // What somebody else removes holds up nobody.
    await sftp.put("/.gone", "x");
    await unlink(`${place.folder(login.user)}/.gone`);
    await place.settled(23 * 3_600_000);
    await place.swept();
    expect((await readdir(place.folder(login.user))).sort()).toEqual(["day.csv.tmp", "half.csv"]);
    await place.settled(2 * 3_600_000);
    await place.swept();
    expect([await readdir(place.folder(login.user)), await place.arrivals()]).toEqual([[], []]);
  });

  test("one that cannot go holds up no other", async () => {
    const week = 8 * 24 * 3_600_000;
    await sftp.put("/a", "x");
    await place.settled();
    await place.settled(week);
    await place.swept();
    sftp = await place.sftp(login);
    expect(await sftp.names("/done")).toEqual(["a"]);
    // Its place among what is done is taken by a file.
    await sftp.ask("mkdir", "/a");
    await sftp.put("/a/b.csv", "x");
    await sftp.put("/later.csv.tmp", "x");
    await place.settled();
    await place.settled(week);
    await place.swept();
    expect((await readdir(place.folder(login.user))).sort()).toEqual(["a", "done"]);
  });

  test("at any byte is never imported", async () => {
    const whole = "date,ev,reference_ev,reference_id,value\n2026-11-20,deal,lead,1,2\n";
    const box = await place.open(login.user);
    for (let bytes = 0; bytes <= whole.length; bytes += 1) {
      const file = await box.open(`/split-${bytes}.csv`, {
        read: false,
        write: true,
        append: false,
        create: true,
        truncate: true,
        exclusive: false,
      });
      if (bytes > 0) await file.write(0, Buffer.from(whole.slice(0, bytes)));
      await file.close(false);
    }
    // By a client that is killed, at some of them.
    for (const bytes of [1, 40, whole.length]) {
      await sftp.write(await sftp.open(`/cut-${bytes}.csv`, "w"), 0, whole.slice(0, bytes));
      await cutOff();
    }
    await sftp.put("/whole.csv", whole);
    expect(await place.settled(60_000)).toEqual(["whole.csv"]);
    await place.restart();
    expect(await place.settled(60_000)).toEqual(["whole.csv"]);
  });
});

test("a folder is listed while the server lays results into it, and shows those that are whole", async () => {
  const box = await place.open(login.user);
  await box.putResult("day.csv", ".result.json", "{}");
  let isLaying = true;
  const laying = (async () => {
    for (let times = 0; times < 300; times += 1) await box.putResult("day.csv", ".result.json", "{}");
    isLaying = false;
  })();
  const seen = new Set<string>();
  while (isLaying) for (const { name } of await box.list("/results")) seen.add(name);
  await laying;
  expect([...seen]).toEqual(["day.csv.result.json"]);
});

describe("what clients set", () => {
  test("sizes and times hold, modes and owners do not matter, and nothing of it is refused", async () => {
    await sftp.put("/day.csv", "abcdef");
    await sftp.ask("setstat", "/day.csv", { mode: 0o777, uid: 0, gid: 0, atime: 1_000, mtime: 2_000 });
    expect(await sftp.stat("/day.csv")).toMatchObject({ size: 6, mtime: 2_000, mode: 0o100_644 });
    await sftp.ask("setstat", "/day.csv", { size: 3 });
    expect(await place.settled()).toEqual(["day.csv"]);
    expect(await place.content()).toBe("abc");
    await sftp.ask("setstat", "/", { mtime: 1 });
  });

  test("scp overwrites a longer file without TRUNC and sets its size at the end", async () => {
    await sftp.put("/day.csv", "a longer one");
    const handle = await sftp.open("/day.csv", "r+");
    await sftp.write(handle, 0, "short");
    await sftp.ask("fsetstat", handle, { size: 5, mtime: 3_000, atime: 3_000 });
    await sftp.fsync(handle);
    await sftp.close(handle);
    expect(await sftp.stat("/day.csv")).toMatchObject({ size: 5, mtime: 3_000 });
    expect(await place.settled()).toEqual(["day.csv"]);
    expect(await place.content()).toBe("short");
  });

  test("writes at any offset, in any order, and reading back what one has written", async () => {
    const handle = await sftp.open("/day.csv", "w+");
    await sftp.write(handle, 6, "world");
    await sftp.write(handle, 0, "hello ");
    await sftp.close(handle);
    expect(await sftp.read("/day.csv")).toBe("hello world");
    await expect(sftp.open("/day.csv", "wx")).rejects.toThrow("of this name already");
    await expect(sftp.open("/missing.csv", "r+")).rejects.toThrow("no such file");
    await expect(sftp.ask("mkdir", "/day.csv")).rejects.toMatchObject({ code: 4 });
  });
});

test("before there is an import a file is kept; with it, it is imported", async () => {
  const inbox = await place.box();
  const other = await place.sftp(inbox);
  await other.put("/day.csv", "x");
  expect(await place.settled(8 * 86_400_000)).toEqual([]);
  await place.restart();
  expect(place.boxes().waiting(inbox.user)).toBe(1);
  await addImport(place.ports, thisMachine, { name: "shop", zone: "Europe/Kyiv" });
  await giveDropBox(place.ports, thisMachine, inbox.user, "shop");
  await place.boxes().changed();
  expect(await place.settled()).toEqual(["day.csv"]);
  expect(place.boxes().waiting(inbox.user)).toBe(0);
  other.client.destroy();
});

test("after 7 days a file that is imported lies in done/, and 30 days later it is gone", async () => {
  await sftp.put("/day.csv", "x");
  await place.settled();
  await place.settled(7 * 86_400_000 - 3_600_000);
  await place.swept();
  expect(await readdir(place.folder(login.user))).toEqual(["day.csv"]);
  // The hour in which it is looked for.
  await place.settled(2 * 3_600_000);
  await place.swept();
  sftp = await place.sftp(login);
  expect([await sftp.names("/"), await sftp.names("/done")]).toEqual([["done"], ["day.csv"]]);
  await expect(sftp.put("/done/other.csv", "x")).rejects.toThrow("written by the server alone");
  await place.settled(31 * 86_400_000);
  await place.swept();
  expect(await readdir(`${place.folder(login.user)}/done`)).toEqual([]);
  expect(await place.arrivals()).toEqual(["day.csv"]);
});
