/** Damages a file of a folder that was killed, lets the product run on it, and accounts for every hit.
 *  Everything happens in a copy: the folder itself goes on whole. */
import { randomInt } from "node:crypto";
import { cp, open, readdir, readFile, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { dataFiles, storeNames, type StoreName } from "../../../infra/local/folder/page.ts";
import { launchProduct, type Product } from "../../support/product.ts";
import { untilDelivered } from "./evidence/delivered.ts";
import { readEvidence, readWaiting, type Evidence } from "./evidence/evidence.ts";
import { judge, type Damage } from "./evidence/judge.ts";
import type { Load } from "./load.ts";

export interface Damaged {
  /** What was done to which file. */
  readonly harm: string;
  readonly became: "refused" | "went on";
  /** Dead letters bytes_altered. */
  readonly alteredLetters: number;
  /** Sentences, empty where every promise was kept. */
  readonly wrongs: readonly string[];
}

/** What the folder held before it was damaged. */
interface Before {
  readonly waiting: ReadonlyMap<string, Buffer>;
  readonly inWarehouse: ReadonlySet<string>;
}

interface Harm {
  readonly store: StoreName;
  readonly name: string;
  /** @returns undefined where there is nothing to damage so; else the one hit that it was
   *  done to, if it was one */
  work(file: string, before: Before): Promise<{ hit?: string } | undefined>;
}

const flip = (store: StoreName): Harm => ({
  store,
  name: "bytes flipped",
  async work(file) {
    const { size } = await stat(file);
    for (let count = randomInt(1, 40); count > 0; count--) await flipAt(file, randomInt(size));
    return {};
  },
});
const cut = (store: StoreName): Harm => ({
  store,
  name: "cut off",
  async work(file) {
    await truncate(file, randomInt((await stat(file)).size));
    return {};
  },
});
const take = (store: StoreName): Harm => ({
  store,
  name: "taken away",
  async work(file) {
    await rm(file);
    return {};
  },
});
/** Exactly one hit may show it. */
const alterHit: Harm = {
  store: "queue",
  name: "a byte of a hit flipped",
  async work(file, { waiting, inWarehouse }) {
    const bytes = await readFile(file);
    for (const [hit, body] of waiting) {
      const at = body.length < 16 || inWarehouse.has(hit) ? -1 : bytes.indexOf(body.subarray(0, 1_000));
      if (at === -1) continue;
      await flipAt(file, at + randomInt(Math.min(body.length, 1_000)));
      return { hit };
    }
    return undefined;
  },
};
const harms: readonly Harm[] = [
  alterHit,
  ...storeNames.map(flip),
  ...storeNames.map(cut),
  ...storeNames.map(take),
];

async function flipAt(file: string, at: number): Promise<void> {
  const handle = await open(file, "r+");
  try {
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    byte[0]! ^= 1 << randomInt(8);
    await handle.write(byte, 0, 1, at);
  } finally {
    await handle.close();
  }
}

/** @param turn each kind of damage in turn, from 0
 *  @param copy where the copy may lie; gone afterwards */
export async function damage(directory: string, copy: string, turn: number, load: Load): Promise<Damaged> {
  await cp(directory, copy, { recursive: true });
  try {
    // A log has checksums of its own; the file has them from here on.
    for (const name of ["queue", "registry"] as const) foldLog(join(copy, dataFiles[name]));
    const evidence = await readEvidence(copy);
    const before = {
      waiting: await readWaiting(copy),
      inWarehouse: new Set(evidence.found.map(({ hitId }) => hitId)),
    };
    const tables = tablesOf(copy);
    let harm = harms[turn % harms.length]!;
    let done = await harm.work(join(copy, dataFiles[harm.store]), before);
    if (done === undefined) {
      harm = flip(harm.store);
      done = (await harm.work(join(copy, dataFiles[harm.store]), before))!;
    }
    const named = { harm: `${dataFiles[harm.store]}: ${harm.name}`, alteredLetters: 0 };
    const ran = await runOn(copy, harm);
    if (ran.wrongs.length > 0 || ran.became === "refused") return { ...named, ...ran };
    return { ...named, ...ran, ...(await account(copy, { harm, hit: done.hit, before, tables }, load)) };
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

function foldLog(file: string): void {
  const db = new DatabaseSync(file);
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
}

function tablesOf(directory: string): ReadonlyMap<string, string> {
  const db = new DatabaseSync(join(directory, dataFiles.registry));
  const rows = db.prepare("SELECT id, document FROM streams").all();
  db.close();
  return new Map(
    rows.map(({ id, document }) => [String(id), (JSON.parse(String(document)) as { table: string }).table]),
  );
}

/** Refused in one line that names the file, or it runs until all is delivered or it
 *  has said what is wrong. */
async function runOn(copy: string, { store, name }: Harm): Promise<Pick<Damaged, "became" | "wrongs">> {
  const file = dataFiles[store];
  const first = await start(copy, []);
  if (typeof first === "string") {
    const wrongs = await refusal(copy, file, first);
    if (name !== "taken away" || wrongs.length > 0) return { became: "refused", wrongs };
  } else if (name === "taken away") {
    await first.end("SIGKILL");
    return { became: "went on", wrongs: [`it started without ${file}`] };
  }
  const product = typeof first === "string" ? await start(copy, ["--accept-loss"]) : first;
  if (typeof product === "string")
    return { became: "refused", wrongs: [`--accept-loss did not help: ${product}`] };
  const wrongs: string[] = [];
  const accepted = new RegExp(`WARNING The server goes on without what is lost.*${file} is missing`);
  if (name === "taken away" && !accepted.test(product.output()))
    wrongs.push(`--accept-loss does not name ${file}: ${product.output().slice(0, 2_000)}`);
  await untilDelivered(product, () => / ERROR (?!A message's bytes)/.test(product.output()));
  const code = await product.end("SIGTERM");
  if (code !== 0) wrongs.push(`it ended with ${code}: ${product.output().slice(-2_000)}`);
  return { became: "went on", wrongs };
}

/** @returns what it said where it did not start */
async function start(directory: string, args: readonly string[]): Promise<Product | string> {
  const launch = launchProduct(directory, {}, [process.execPath, "infra/local/main.mjs", ...args]);
  try {
    return await launch.ready;
  } catch (error) {
    await launch.end("SIGKILL");
    return (error as Error).message;
  }
}

async function refusal(copy: string, file: string, said: string): Promise<string[]> {
  const wrongs: string[] = [];
  if (!/\(exit code 1\):\n(?:\S+ (?:INFO|WARNING|ERROR) [^\n]*\n)*afterclick: [^\n]*\n$/.test(said))
    wrongs.push(`not refused in one line: ${said.slice(0, 2_000)}`);
  if (!said.includes(file)) wrongs.push(`${file} is not named: ${said.slice(0, 2_000)}`);
  const others = (await readdir(copy)).filter((name) => name.includes("without-its-folder"));
  if (others.length > 0) wrongs.push(`a refused start set aside ${others.join(", ")}`);
  return wrongs;
}

interface Case {
  readonly harm: Harm;
  readonly hit: string | undefined;
  readonly before: Before;
  readonly tables: ReadonlyMap<string, string>;
}

async function account(
  copy: string,
  { harm, hit, before, tables }: Case,
  load: Load,
): Promise<Pick<Damaged, "alteredLetters" | "wrongs">> {
  const evidence = await readEvidence(copy).catch((error: Error): Evidence => {
    if (harm.store !== "warehouse") throw error;
    return { found: [], brokenViews: [], unreadable: [] };
  });
  const isUnreadable = (table: string) => evidence.unreadable.some((one) => one.startsWith(`${table}:`));
  const losses: Record<StoreName, Damage["mayLack"]> = {
    queue: (hitId) => hit === undefined && !before.inWarehouse.has(hitId),
    warehouse: (hitId, stream) =>
      !before.waiting.has(hitId) ||
      isUnreadable(tables.get(stream) ?? "") ||
      isUnreadable("afterclick.dead_letters"),
    registry: () => false,
  };
  const waiting = await readWaiting(copy);
  const verdict = judge(load, evidence, { damage: { waiting, mayLack: losses[harm.store] } });
  const wrongs = [...verdict.wrongs];
  if (harm.store !== "warehouse" && evidence.unreadable.length > 0) wrongs.push(...evidence.unreadable);
  const altered = evidence.found.filter(({ reason }) => reason === "bytes_altered");
  const letters = [...new Set(altered.map(({ hitId }) => hitId))]; // one may be written twice
  if (hit !== undefined && (waiting.size > 0 || letters.join() !== hit))
    wrongs.push(`${hit} was altered; dead letters bytes_altered: ${letters.join()}; ${waiting.size} wait`);
  if (harm.store !== "queue" && letters.length > 0) wrongs.push(`bytes_altered: ${letters.join()}`);
  return { alteredLetters: letters.length, wrongs };
}
