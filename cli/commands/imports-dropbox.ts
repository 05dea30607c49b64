import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { OfferedBox, Place, ToldBox } from "../../functions/import/drop-box/offered.ts";
import { path, why } from "../api/api.ts";
import type { Command } from "../command.ts";
import { failed } from "../failure.ts";
import { importArgument } from "../nouns/imports.ts";
import { boxShape, showBox, userArgument } from "../nouns/drop-boxes.ts";
import { json, visible } from "../terminal/visible.ts";
import { shown } from "../typed.ts";

/** Drop boxes, where senders leave files by SFTP: one thing in a few steps. */

const options = { json: { says: "print the answer as JSON" } };
/** With the first box the server makes its own keys, which a busy machine takes its time for. */
const openMs = 5 * 60_000;

export const dropboxOpen: Command = {
  name: "imports dropbox open",
  summary: "open a drop box, where a sender leaves files by SFTP; its password is printed once",
  args: [{ ...importArgument, optional: true }],
  options,
  notes: [
    "Without IMPORT what arrives is kept until the box is given to an import.",
    "Senders connect to SFTP_PORT of this server, 2022 where it is not set.",
    "",
    "Example: afterclick imports dropbox open crm",
  ],
  async run(typed, { api, terminal }) {
    const [importName] = typed.args;
    const body = importName === undefined ? {} : { import: importName };
    const box = await api.ask<ToldBox>(
      { method: "POST", path: "/v1/drop-boxes", body, deadlineMs: openMs },
      { ...boxShape, password: "string" },
    );
    if (typed.flag("json")) await terminal.out(`${json(box, 2)}\n`);
    else await showBox(box, terminal);
  },
};

export const dropboxShow: Command = {
  name: "imports dropbox show",
  summary: "show the drop boxes, and where senders connect to them",
  args: [],
  options,
  async run(typed, { api, terminal }) {
    const { boxes, ...place } = await api.ask<Place & { boxes: OfferedBox[] }>(
      { path: "/v1/drop-boxes" },
      { host: "string", boxes: "array" },
    );
    if (typed.flag("json")) return terminal.out(`${json({ ...place, boxes }, 2)}\n`);
    if (boxes.length === 0) terminal.say("No drop box is open. afterclick imports dropbox open opens one.");
    for (const box of boxes) await showBox({ ...place, ...box }, terminal);
  },
};

export const dropboxPassword: Command = {
  name: "imports dropbox password",
  summary: "make a new password of a drop box, printed once; the one before it is taken for a day more",
  args: [userArgument],
  options,
  async run(typed, { api, terminal }) {
    const box = await api.ask<ToldBox>(
      { method: "POST", path: path`/v1/drop-boxes/${typed.args[0]!}/password` },
      { ...boxShape, password: "string" },
    );
    if (typed.flag("json")) await terminal.out(`${json(box, 2)}\n`);
    else await showBox(box, terminal);
  },
};

export const dropboxKeyAdd: Command = {
  name: "imports dropbox key add",
  summary: "let a sender into a drop box by a public key",
  args: [userArgument, { name: "FILE", says: "the public key, such as id_ed25519.pub" }],
  options,
  async run(typed, { api, terminal, settings }) {
    const [user, file] = typed.args as [string, string];
    const key = await readFile(resolve(settings.workingDir, file), "utf8").catch((error: unknown) => {
      throw failed(
        `FILE is ${shown(file)}: ${why(error)}. Name a public key, such as id_ed25519.pub.`,
        error,
      );
    });
    const box = await api.ask<OfferedBox>(
      { method: "POST", path: path`/v1/drop-boxes/${user}/keys`, body: { key: key.trim() } },
      boxShape,
    );
    if (typed.flag("json")) await terminal.out(`${json(box, 2)}\n`);
    else await showBox(box, terminal);
  },
};

export const dropboxKeyRemove: Command = {
  name: "imports dropbox key remove",
  summary: "take a public key away from a drop box",
  args: [userArgument, { name: "FINGERPRINT", says: "SHA256:…, as imports dropbox show lists it" }],
  options,
  async run(typed, { api, terminal }) {
    const [user, fingerprint] = typed.args as [string, string];
    const box = await api.ask<OfferedBox>(
      { method: "DELETE", path: path`/v1/drop-boxes/${user}/keys/${fingerprint}` },
      boxShape,
    );
    if (typed.flag("json")) await terminal.out(`${json(box, 2)}\n`);
    else await showBox(box, terminal);
  },
};

export const dropboxAllow: Command = {
  name: "imports dropbox allow",
  summary: "say from which addresses senders get into a drop box",
  args: [
    userArgument,
    { name: "ADDRESSES", says: "addresses and networks, with commas between them, or everywhere" },
  ],
  options,
  notes: ["Example: afterclick imports dropbox allow crm-4f2a9c 192.0.2.7,192.0.2.128/25"],
  async run(typed, { api, terminal }) {
    const [user, given] = typed.args as [string, string];
    const addresses = given === "everywhere" ? [] : given.split(",");
    const box = await api.ask<OfferedBox>(
      { method: "POST", path: path`/v1/drop-boxes/${user}/addresses`, body: { addresses } },
      boxShape,
    );
    if (typed.flag("json")) await terminal.out(`${json(box, 2)}\n`);
    else await showBox(box, terminal);
  },
};

export const dropboxGive: Command = {
  name: "imports dropbox give",
  summary: "give a drop box to an import: what waits in it is imported",
  args: [userArgument, importArgument],
  options,
  async run(typed, { api, terminal }) {
    const [user, importName] = typed.args as [string, string];
    const box = await api.ask<OfferedBox>(
      { method: "PATCH", path: path`/v1/drop-boxes/${user}`, body: { import: importName } },
      boxShape,
    );
    if (typed.flag("json")) await terminal.out(`${json(box, 2)}\n`);
    else await showBox(box, terminal);
  },
};

export const dropboxClose: Command = {
  name: "imports dropbox close",
  summary: "close a drop box: nobody gets in any more, and what was imported stays",
  args: [userArgument],
  options,
  async run(typed, { api, terminal }) {
    const closed = await api.ask<{ user: string }>(
      { method: "DELETE", path: path`/v1/drop-boxes/${typed.args[0]!}` },
      { user: "string" },
    );
    await terminal.out(
      typed.flag("json") ? `${json(closed, 2)}\n` : visible(`${closed.user} is closed.`) + "\n",
    );
  },
};
