import { inspect } from "node:util";
import { openApi, type Api } from "./api/api.ts";
import type { Command, Settings, Waits } from "./command.ts";
import { commands } from "./commands.ts";
import { exitCodes, failure, isFailure, wrongUsage, type ExitCode } from "./failure.ts";
import { commonOptions, readTyped, shown } from "./typed.ts";
import { onSameServer } from "./hints.ts";
import { explanation, groupOverview, overview } from "./help.ts";
import { nearest } from "../functions/nearest.ts";
import { harmless } from "./terminal/harmless.ts";
import { isReaderGone, type Terminal } from "./terminal/terminal.ts";
import { visible } from "./terminal/visible.ts";

/** Runs what was typed, from the words behind `afterclick` to the exit code. Never rejects. */
export async function run(
  argv: readonly string[],
  world: {
    terminal: Terminal;
    settings: Settings;
    stopped: AbortSignal;
    waits: Waits;
    version: string;
  },
): Promise<ExitCode> {
  const terminal = harmless(world.terminal);
  try {
    return await answer(argv, { ...world, terminal });
  } catch (error) {
    if (isReaderGone(error)) return exitCodes.done;
    if (world.stopped.aborted) return exitCodes.interrupted;
    // With all that led to it.
    if (world.settings.debug) terminal.say(inspect(error));
    terminal.say(`afterclick: ${isFailure(error) ? error.message : unforeseen(error)}`);
    return isFailure(error) ? error.exitCode : exitCodes.failed;
  }
}

async function answer(argv: readonly string[], world: Parameters<typeof run>[1]): Promise<ExitCode> {
  const { terminal, version, stopped, waits } = world;
  const { words, rest } = split(argv);
  if (rest.includes("--version") && words.length === 0) {
    await terminal.out(`${version}\n`);
    return exitCodes.done;
  }
  if (words.length === 0 || (words[0] === "help" && words.length === 1)) {
    await terminal.out(overview(commands));
    return exitCodes.done;
  }
  const asked = words[0] === "help" ? { words: words.slice(1), rest: [...rest, "--help"] } : { words, rest };
  const command = find(asked.words);
  if (command === undefined) return halfTyped(asked, terminal);
  const typed = readTyped(command, [...asked.rest, ...asked.words.slice(command.name.split(" ").length)]);
  if (typed.flag("help")) {
    await terminal.out(explanation(command));
    return exitCodes.done;
  }
  const settings = {
    ...world.settings,
    ...commonSettings(typed.text("url"), typed.text("token")),
  };
  const api = endedBy(stopped, openApi(settings));
  const url = typed.text("url");
  const hinting: Terminal = { ...terminal, say: (line) => terminal.say(onSameServer(line, url)) };
  try {
    const tools = { api, terminal: hinting, settings, stopped, waits };
    return (await command.run(typed, tools)) ?? exitCodes.done;
  } catch (error) {
    if (!isFailure(error)) throw error;
    const { next, message } = error;
    const said =
      next === undefined
        ? message
        : `${message} Next: ${next.command ?? `afterclick ${command.name} --help`}`;
    throw failure(error.exitCode, onSameServer(said, url), error);
  }
}

/** Nobody waits for an answer after Ctrl-C, whatever the command: the server learns
 *  it from the connection. */
function endedBy(stopped: AbortSignal, { address, open, ask }: Api): Api {
  return {
    address,
    open: (call) => open({ stopped, ...call }),
    ask: (call, shape) => ask({ stopped, ...call }, shape),
  };
}

/** Splits off what stands before the first word; only options of every command can stand there.
 *  `words` holds everything from the first word on, `rest` what came before it. */
function split(argv: readonly string[]): { words: string[]; rest: string[] } {
  let at = 0;
  while (at < argv.length && argv[at]!.startsWith("-")) {
    const word = argv[at]!;
    const name = word === "-h" ? "help" : word.replace(/^--?/, "").split("=")[0]!;
    const option = Object.hasOwn(commonOptions, name) ? commonOptions[name] : undefined;
    if (option === undefined && word !== "--version") {
      throw wrongUsage(
        `${shown(word)} is no option before a command; write it behind one. afterclick --help lists them all.`,
      );
    }
    at += option?.value !== undefined && !word.includes("=") ? 2 : 1;
  }
  return { rest: argv.slice(0, at), words: argv.slice(at) };
}

/** The command whose words stand first. */
function find(words: readonly string[]): Command | undefined {
  return commands.find(({ name }) => name.split(" ").every((word, index) => words[index] === word));
}

async function halfTyped(
  { words, rest }: { words: string[]; rest: string[] },
  terminal: Terminal,
): Promise<ExitCode> {
  const [first = "", second] = words;
  const group = commands.filter(({ name }) => name.startsWith(`${first} `));
  if (group.length === 0) {
    const all = [...new Set(commands.map(({ name }) => name.split(" ")[0]!))];
    const meant = nearest(first, all);
    throw wrongUsage(
      meant === undefined
        ? `There is no command ${shown(first)}; allowed are ${all.join(", ")}. afterclick --help explains them.`
        : `There is no command ${shown(first)}; did you mean ${meant}? afterclick --help lists them all.`,
    );
  }
  if (second === undefined || second === "--help" || second === "-h" || rest.includes("--help")) {
    await terminal.out(groupOverview(first, group));
    return second === undefined && !rest.includes("--help") ? exitCodes.usage : exitCodes.done;
  }
  const names = group.map(({ name }) => name.slice(first.length + 1));
  const meant = nearest(second, names);
  throw wrongUsage(
    `${first} has no command ${shown(second)}; ` +
      (meant === undefined ? `allowed are ${names.join(", ")}.` : `did you mean ${first} ${meant}?`) +
      ` afterclick ${first} --help lists them.`,
  );
}

/** Options win over the environment. */
function commonSettings(url: string | undefined, token: string | undefined): Partial<Settings> {
  return {
    ...(url !== undefined && { url: adminUrl("--url", url) }),
    ...(token !== undefined && { token }),
  };
}

/** @throws wrong usage naming where the address came from */
export function adminUrl(from: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw wrongUsage(`${from} is ${shown(text)}; allowed is an address such as http://127.0.0.1:8081.`);
  }
  if (url.username !== "" || url.password !== "") {
    throw wrongUsage(
      `${from} holds a user name or a password; leave them out and give --token or AFTERCLICK_TOKEN.`,
    );
  }
  url.search = "";
  url.hash = "";
  return url;
}

function unforeseen(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `something went wrong that should not (${visible(text)}). AFTERCLICK_DEBUG=1 shows where; please report it.`;
}
