import { randomBytes } from "node:crypto";
import type { Stored, Write } from "../../documents.ts";
import { entryOf, type AuditPorts, type Said } from "../../people/audit.ts";
import { keep, type Cost } from "../../people/password.ts";
import type { Who } from "../../people/who.ts";
import { dropBoxThere, dropBoxUnknown, tooManyKeys } from "../../problems.ts";
import { findImport } from "../registered/imports.ts";
import { parseAddresses } from "./addresses.ts";
import { parseSshKey, type SshKey } from "./ssh-key.ts";

/** Drop boxes: where a sender leaves the files of one import, each a document under the name by which the
 *  sender signs in. One may be there before its import is: what arrives in it is kept until then. */

export interface DropBox {
  readonly user: string;
  readonly import_id?: string;
  /** The newest first; an older one ends by itself. */
  readonly passwords: readonly BoxPassword[];
  readonly keys: readonly BoxKey[];
  /** From where senders may come; everywhere where there are none. */
  readonly addresses: readonly string[];
  /** Who came last from another one, with a password or a key of the box. */
  readonly refused?: RefusedSender;
  readonly opened_at: number;
  readonly opened_by: string;
  readonly version: string;
}

export interface RefusedSender {
  readonly address: string;
  /** Unix ms. */
  readonly at: number;
}

interface BoxPassword {
  readonly hash: string;
  /** Unix ms. */
  readonly until?: number;
}

interface BoxKey extends SshKey {
  readonly added_at: number;
  readonly added_by: string;
}

export interface DropBoxView extends Pick<
  DropBox,
  "user" | "addresses" | "refused" | "opened_at" | "opened_by"
> {
  readonly import?: string;
  readonly keys: readonly Omit<BoxKey, "blob">[];
  /** Until when the password before the newest one is taken too. */
  readonly older_password_until?: number;
}

/** What is shown of a password: once, in this answer. */
export type WithPassword = DropBoxView & { readonly password: string };

/** 128 random bits need no more: what is slow here is slow for whoever signs in often. */
export const boxCost: Cost = { log2N: 12, r: 8, p: 1 };
const olderMs = 24 * 60 * 60_000;
const keysMax = 50;
const boxesMax = 1_000;
/** What is left of a name where no import is meant yet. */
const beforeImport = "inbox";

/** @param importName left out: files are kept until an import gets the box
 *  @throws import_unknown, drop_box_there, documents_down */
export async function openDropBox(
  ports: AuditPorts,
  who: Who,
  { importName }: { importName?: string | undefined },
): Promise<WithPassword> {
  if (importName !== undefined) await findImport(ports, importName);
  await demandFree(ports, importName);
  const user = `${importName ?? beforeImport}-${randomBytes(3).toString("hex")}`;
  const { password, kept } = await newPassword();
  const box: Omit<DropBox, "user" | "version"> = {
    ...(importName !== undefined && { import_id: importName }),
    passwords: [kept],
    keys: [],
    addresses: [],
    opened_at: ports.now(),
    opened_by: who.id,
  };
  await ports.documents.commit([
    { kind: "dropboxes", id: user, document: box, ifVersion: null },
    entryOf(ports, who, {
      what: "drop_box_opened",
      about: user,
      after: { ...(importName !== undefined && { import: importName }) },
    }),
  ]);
  return { ...dropBoxView({ ...box, user, version: "" }, ports.now()), password };
}

/** The one before it is taken for a day more, so that senders can change over.
 *  @throws drop_box_unknown, documents_conflict, documents_down */
export async function renewPassword(ports: AuditPorts, who: Who, user: string): Promise<WithPassword> {
  const box = await findDropBox(ports, user);
  const { password, kept } = await newPassword();
  const [newest] = box.passwords;
  const passwords = [kept, ...(newest === undefined ? [] : [{ ...newest, until: ports.now() + olderMs }])];
  const changed = await change(
    ports,
    who,
    { ...box, passwords },
    { what: "drop_box_password_set", about: user },
  );
  return { ...changed, password };
}

/** @param line as an `id_….pub` file has it
 *  @throws drop_box_unknown, ssh_key_refused, too_many_keys, documents_conflict, documents_down */
export async function addBoxKey(
  ports: AuditPorts,
  who: Who,
  user: string,
  line: string,
): Promise<DropBoxView> {
  const key = parseSshKey(line);
  const box = await findDropBox(ports, user);
  const others = box.keys.filter(({ fingerprint }) => fingerprint !== key.fingerprint);
  if (others.length >= keysMax) throw tooManyKeys({ keysMax });
  const keys = [...others, { ...key, added_at: ports.now(), added_by: who.id }];
  const { fingerprint } = key;
  return change(
    ports,
    who,
    { ...box, keys },
    { what: "drop_box_key_added", about: user, after: { fingerprint } },
  );
}

/** A key that is not there is as good as removed.
 *  @throws drop_box_unknown, documents_conflict, documents_down */
export async function removeBoxKey(
  ports: AuditPorts,
  who: Who,
  user: string,
  fingerprint: string,
): Promise<DropBoxView> {
  const box = await findDropBox(ports, user);
  const keys = box.keys.filter((key) => key.fingerprint !== fingerprint);
  const said: Said = { what: "drop_box_key_removed", about: user, before: { fingerprint } };
  return change(ports, who, { ...box, keys }, said);
}

/** Senders get in from there alone; those who are in from elsewhere are put out. None: from everywhere.
 *  @param given addresses, and networks as 192.0.2.0/24
 *  @throws addresses_refused, drop_box_unknown, documents_conflict, documents_down */
export async function setBoxAddresses(
  ports: AuditPorts,
  who: Who,
  user: string,
  given: readonly string[],
): Promise<DropBoxView> {
  const addresses = parseAddresses(given);
  const { refused: _refused, ...box } = await findDropBox(ports, user);
  const said: Said = {
    what: "drop_box_addresses_set",
    about: user,
    before: { addresses: box.addresses },
    after: { addresses },
  };
  return change(ports, who, { ...box, addresses }, said);
}

/** So that people see who wanted in and from where. Where somebody changes the box just now, the log alone
 *  has it.
 *  @throws documents_conflict, documents_down */
export async function noteRefused(
  { documents }: Pick<AuditPorts, "documents">,
  box: DropBox,
  refused: RefusedSender,
): Promise<void> {
  const { user, version, ...document } = box;
  await documents.commit([
    { kind: "dropboxes", id: user, document: { ...document, refused }, ifVersion: version },
  ]);
}

/** Gives the import a box that has none yet: the sender goes on with what it was told, and what it has sent
 *  is imported.
 *  @throws drop_box_unknown, import_unknown, drop_box_there, documents_conflict, documents_down */
export async function giveDropBox(
  ports: AuditPorts,
  who: Who,
  user: string,
  importName: string,
): Promise<DropBoxView> {
  const box = await findDropBox(ports, user);
  await findImport(ports, importName);
  if (box.import_id === importName) return dropBoxView(box, ports.now());
  if (box.import_id !== undefined) throw dropBoxThere({ user, importName: box.import_id });
  await demandFree(ports, importName);
  const said: Said = { what: "drop_box_given", about: user, after: { import: importName } };
  return change(ports, who, { ...box, import_id: importName }, said);
}

/** Nobody gets in any more; what was imported stays. @throws drop_box_unknown, documents_down */
export async function closeDropBox(ports: AuditPorts, who: Who, user: string): Promise<void> {
  await findDropBox(ports, user);
  await ports.documents.commit([
    { kind: "dropboxes", id: user, document: null },
    entryOf(ports, who, { what: "drop_box_closed", about: user }),
  ]);
}

/** @throws drop_box_unknown, documents_down */
export async function findDropBox(
  { documents }: Pick<AuditPorts, "documents">,
  user: string,
): Promise<DropBox> {
  const stored = await documents.read("dropboxes", user);
  const box = stored && read(stored);
  if (box === undefined) throw dropBoxUnknown({ user });
  return box;
}

/** By user. @throws documents_down */
export async function listDropBoxes({ documents }: Pick<AuditPorts, "documents">): Promise<DropBox[]> {
  const stored = await documents.list("dropboxes", { limit: boxesMax });
  return stored.flatMap((one) => read(one) ?? []);
}

export function dropBoxView(box: DropBox, now: number): DropBoxView {
  const { user, import_id, keys, addresses, refused, opened_at, opened_by, passwords } = box;
  const older = passwords.find(({ until }) => until !== undefined && until > now);
  return {
    user,
    ...(import_id !== undefined && { import: import_id }),
    keys: keys.map(({ blob: _blob, ...key }) => key),
    addresses,
    ...(refused !== undefined && { refused }),
    ...(older?.until !== undefined && { older_password_until: older.until }),
    opened_at,
    opened_by,
  };
}

async function newPassword(): Promise<{ password: string; kept: BoxPassword }> {
  const password = randomBytes(16).toString("hex");
  return { password, kept: { hash: await keep(password, boxCost) } };
}

async function change(ports: AuditPorts, who: Who, box: DropBox, said: Said): Promise<DropBoxView> {
  const { user, version, ...document } = box;
  const write: Write = { kind: "dropboxes", id: user, document, ifVersion: version };
  await ports.documents.commit([write, entryOf(ports, who, said)]);
  return dropBoxView(box, ports.now());
}

/** An import has one box, and so many files that nobody has asked for yet have one too. */
async function demandFree(ports: AuditPorts, importName: string | undefined): Promise<void> {
  const boxes = await listDropBoxes(ports);
  const there = boxes.find(({ import_id }) => import_id === importName);
  if (there !== undefined) throw dropBoxThere({ user: there.user, importName });
}

/** Undefined where somebody made by hand what cannot be used. */
function read({ id, document, version }: Stored): DropBox | undefined {
  const { passwords, keys, addresses, refused, import_id, opened_at, opened_by } = Object(
    document,
  ) as Partial<DropBox>;
  if (!Array.isArray(passwords) || !Array.isArray(keys)) return undefined;
  // Boxes of before there were any have none. What is no list lets nobody in by mistake.
  if (addresses !== undefined && !Array.isArray(addresses)) return undefined;
  return {
    user: id,
    version,
    ...(typeof import_id === "string" && { import_id }),
    passwords: passwords as BoxPassword[],
    keys: keys as BoxKey[],
    addresses: (addresses ?? []) as string[],
    ...(typeof refused?.address === "string" && { refused: refused as RefusedSender }),
    opened_at: Number(opened_at ?? 0),
    opened_by: String(opened_by ?? "unknown"),
  };
}
