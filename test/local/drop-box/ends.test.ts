import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { rename, unlink, writeFile } from "node:fs/promises";
import { openPlace, type Place } from "../../support/sftp/place.ts";

/** What an end of the server between two steps, and documents that are down, make of files in drop boxes. */

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

test("a file that was closed is imported by the next one, once; a partial one is not", async () => {
  await sftp.put("/taken.csv", "taken");
  expect(await place.settled()).toEqual(["taken.csv"]);
  await sftp.put("/closed.csv", "closed");
  await sftp.write(await sftp.open("/open.csv", "w"), 0, "half");
  await place.restart();
  expect(await place.settled(60_000)).toEqual(["taken.csv", "closed.csv"]);
  await place.restart();
  expect(await place.settled(60_000)).toEqual(["taken.csv", "closed.csv"]);
});

test("a note about a file in whose place another lies makes that one whole for nobody", async () => {
  await sftp.put("/day.csv", "whole");
  const folder = place.folder(login.user);
  await place.boxes().stop();
  // As a rename onto it that was killed before anybody was answered.
  await writeFile(`${folder}/half`, "ha");
  await rename(`${folder}/half`, `${folder}/day.csv`);
  await place.restart();
  expect(await place.settled(60_000)).toEqual([]);
});

test("a rename that was killed before its note was: the file is whole under its new name", async () => {
  // The disk's own time says that the file was there when it was closed.
  place.clock.forward(24 * 3_600_000);
  sftp = await place.sftp(login);
  await sftp.put("/day.csv.tmp", "whole");
  await sftp.put("/old.csv", "old");
  await sftp.ask("mkdir", "/in");
  await sftp.put("/in/other.csv.tmp", "other");
  const folder = place.folder(login.user);
  await place.boxes().stop();
  await rename(`${folder}/day.csv.tmp`, `${folder}/old.csv`);
  await rename(`${folder}/in/other.csv.tmp`, `${folder}/other.csv`);
  await place.restart();
  expect((await place.settled(60_000)).sort()).toEqual(["old.csv", "other.csv"]);
  await place.restart();
  expect(await place.settled(60_000)).toHaveLength(2);
});

test("one that was made later, where the disk gives its inode again, is not", async () => {
  await sftp.put("/day.csv", "whole");
  const folder = place.folder(login.user);
  await place.boxes().stop();
  await unlink(`${folder}/day.csv`);
  await writeFile(`${folder}/new.csv`, "ha");
  await place.restart();
  expect(await place.settled(60_000)).toEqual([]);
});

test("documents that are down while a file is renamed keep it from nobody", async () => {
  await sftp.put("/day.csv.tmp", "whole");
  await sftp.ask("mkdir", "/in");
  for (const name of ["a.csv", "b.csv"]) await sftp.put(`/in/${name}`, name);
  const commit = place.documents.commit.bind(place.documents);
  Object.assign(place.documents, { commit: () => Promise.reject(new Error("down")) });
  await expect(sftp.rename("/day.csv.tmp", "/day.csv")).rejects.toThrow("Try it again later");
  await expect(sftp.rename("/in", "/out")).rejects.toThrow("Try it again later");
  Object.assign(place.documents, { commit });
  expect((await place.settled()).sort()).toEqual(["day.csv", "out/a.csv", "out/b.csv"]);
});

test("documents that are down refuse the CLOSE, and what is not taken at once is taken later", async () => {
  const commit = place.documents.commit.bind(place.documents);
  Object.assign(place.documents, { commit: () => Promise.reject(new Error("down")) });
  const handle = await sftp.open("/day.csv", "w");
  await sftp.write(handle, 0, "x");
  await expect(sftp.close(handle)).rejects.toThrow("Try it again later");
  Object.assign(place.documents, { commit });
  await sftp.put("/day.csv", "xy");
  Object.assign(place.documents, { commit: () => Promise.reject(new Error("down")) });
  expect(await place.settled()).toEqual([]);
  expect(JSON.stringify(place.said)).toContain("dropped_file_not_taken");
  Object.assign(place.documents, { commit });
  expect(await place.settled(30_000)).toEqual(["day.csv"]);
});
