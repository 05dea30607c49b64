/** Ends a process that imports by SIGKILL after each of its steps, and in the middle of them, lets others go
 *  on with what it left, and compares the tables with those of one that nobody disturbed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Orders } from "./life-run.ts";
import type { Tables } from "./seen.ts";

export interface ImportCrashReport {
  /** Sentences, empty where the tables were the same each time. */
  readonly wrongs: readonly string[];
  /** How many steps an undisturbed life has. */
  readonly steps: number;
  /** By the name of the step that was the last one. */
  readonly kills: Readonly<Record<string, number>>;
}

export interface ImportCrashSettings {
  readonly rounds: number;
  /** Gets a line a round. */
  say(line: string): void;
  /** Looked at before each round. */
  isEnough?(): boolean;
  /** From 0 to 1: where a life is cut off. */
  random?(): number;
  /** A life that was cut off is followed by so many others that are, at most. */
  readonly killsMax?: number;
}

interface Life {
  readonly done: number;
  readonly steps: readonly string[];
  /** Undefined where it ended before. */
  readonly tables: Tables | undefined;
}

/** The longest step takes about so long. */
const stepMsMax = 60;

export async function crashImports(
  folder: string,
  { rounds, say, isEnough = () => false, random = Math.random, killsMax = 3 }: ImportCrashSettings,
): Promise<ImportCrashReport> {
  const calm = await live({ directory: await fresh(folder, "calm"), since: Date.now(), done: 0 });
  if (calm.tables === undefined) throw new Error("The undisturbed life did not come to its end.");
  const wrongs: string[] = [];
  const kills: Record<string, number> = {};
  for (let round = 1; round <= rounds && !isEnough(); round += 1) {
    const directory = await fresh(folder, String(round));
    const since = Date.now();
    const lasts: string[] = [];
    let life: Life = { done: 0, steps: [], tables: undefined };
    // All steps in their turn, the first kill of each round; the next ones wherever.
    let step = Math.ceil(((round - 0.5) * calm.steps.length) / rounds);
    while (life.tables === undefined) {
      const isLast = lasts.length === killsMax;
      const duringMs = (round + lasts.length) % 2 === 0 ? random() * stepMsMax : undefined;
      const kill = { step, ...(duringMs !== undefined && { duringMs }) };
      life = await live({ directory, since, done: life.done, ...(!isLast && { kill }) });
      if (life.tables !== undefined) break;
      lasts.push(`${duringMs === undefined ? "after" : "in"} ${life.steps.at(-1) ?? "the start"}`);
      step = 1 + Math.floor(random() * calm.steps.length);
    }
    for (const last of lasts) kills[last] = (kills[last] ?? 0) + 1;
    const differ = Object.keys(calm.tables).filter(
      (table) => JSON.stringify(life.tables![table]) !== JSON.stringify(calm.tables![table]),
    );
    for (const table of differ)
      wrongs.push(
        `round ${round}, killed ${lasts.join(", ")}: ${table} holds ${life.tables[table]!.join(" ")} in place of ${calm.tables[table]!.join(" ")}`,
      );
    say(
      `round ${round}: killed ${lasts.join(", ")}; ${differ.length === 0 ? "the same tables" : `other: ${differ.join(", ")}`}`,
    );
    await rm(directory, { recursive: true, force: true });
  }
  return { wrongs, steps: calm.steps.length, kills };
}

async function fresh(folder: string, name: string): Promise<string> {
  const directory = join(folder, name);
  await mkdir(directory, { mode: 0o700 });
  return directory;
}

const script = fileURLToPath(new URL("./life-run.ts", import.meta.url));

/** @throws Error where it ended by itself, and not well */
async function live(orders: Orders): Promise<Life> {
  const child = spawn(process.execPath, [script, JSON.stringify(orders)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child.pid!);
  const closed = once(child, "close");
  const [said, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  // Not at its exit: its warehouse may have the files for a moment longer.
  const [code, signal] = (await closed) as [number | null, string | null];
  running.delete(child.pid!);
  if (signal !== "SIGKILL" && code !== 0) throw new Error(`A life ended with ${code ?? signal}:\n${errors}`);
  const lines = said
    .split("\n")
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line) as { done?: number; name?: string; tables?: Tables });
  return {
    done: lines.findLast(({ done }) => done !== undefined)?.done ?? orders.done,
    steps: lines.flatMap(({ name }) => name ?? []),
    tables: lines.find(({ tables }) => tables !== undefined)?.tables,
  };
}

const running = new Set<number>();

/** For afterEach and the end of a run: nothing stays behind. */
export function endLives(): void {
  for (const pid of running)
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended.
    }
}
