import type { Api } from "./api/api.ts";
import type { ExitCode } from "./failure.ts";
import type { Typed } from "./typed.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** One command: what `--help` says about it and what it does. cli/commands.ts lists them all. */
export interface Command {
  /** As typed: `rows`, `streams add`. */
  readonly name: string;
  /** One line, for the list of all commands. */
  readonly summary: string;
  /** The arguments, as the usage line shows them: `TABLE`, `[HIT_ID]`. */
  readonly args: readonly Argument[];
  readonly options: Readonly<Record<string, Option>>;
  /** More lines for its own help: examples, what to know. */
  readonly notes?: readonly string[];
  /** Leaves with 0 where it returns nothing. @throws Failure */
  run(typed: Typed, tools: Tools): Promise<ExitCode | void>;
}

export interface Argument {
  readonly name: string;
  readonly says: string;
  readonly optional?: boolean;
}

export interface Option {
  /** What its value is called in the help; a switch has none. */
  readonly value?: string;
  readonly says: string;
  /** An empty value means something. */
  readonly mayBeEmpty?: boolean;
  /** May be given several times. */
  readonly repeated?: boolean;
}

/** What a command works with. */
export interface Tools {
  readonly api: Api;
  readonly terminal: Terminal;
  readonly settings: Settings;
  /** Aborted when the person has had enough (Ctrl-C). */
  readonly stopped: AbortSignal;
  readonly waits: Waits;
}

/** From the environment and the options that every command has. */
export interface Settings {
  readonly url: URL;
  readonly token?: string;
  readonly dataDir: string;
  /** Names in arguments are relative to it. */
  readonly workingDir: string;
  /** Who asks for a replay or a discard, for the record. */
  readonly by: string;
  readonly debug: boolean;
}

export interface Waits {
  /** A tail without a sign of life for so long is connected again; the server's
   *  heartbeat comes every 10 s. */
  readonly silenceMsMax: number;
  /** Pauses between attempts; the last one repeats. */
  readonly reconnectMs: readonly number[];
  readonly pollMs: readonly number[];
}

export const usualWaits: Waits = {
  silenceMsMax: 25_000,
  reconnectMs: [500, 1000, 2000, 5000, 10_000],
  pollMs: [1000, 2000, 3000, 5000],
};
