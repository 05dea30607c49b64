import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import type { Command, Option } from "./command.ts";
import { wrongUsage } from "./failure.ts";
import { nearest } from "../functions/nearest.ts";
import { isDay } from "../functions/streams/calendar.ts";
import { visible } from "./terminal/visible.ts";

/** What was typed behind a command, checked against what it takes. */
export interface Typed {
  /** The arguments in order; optional ones may be missing at the end. */
  readonly args: readonly string[];
  text(option: string): string | undefined;
  texts(option: string): readonly string[];
  flag(option: string): boolean;
  /** @throws wrong usage outside min..max */
  whole(option: string, range: { min: number; max: number; usual: number }): number;
  /** `YYYY-MM-DD`, or undefined. @throws wrong usage where there is no such day */
  day(option: string): string | undefined;
  /** One of the words, or undefined. @throws wrong usage for another word */
  oneOf<Word extends string>(option: string, words: readonly Word[]): Word | undefined;
}

/** Options that every command takes. */
export const commonOptions: Readonly<Record<string, Option>> = {
  url: {
    value: "URL",
    says: "the admin API (AFTERCLICK_URL, else ADMIN_PORT on this machine, else http://127.0.0.1:8081)",
  },
  token: {
    value: "TOKEN",
    says: "sent as the bearer token (AFTERCLICK_TOKEN; others on this machine see options)",
  },
  help: { says: "explain the command" },
};

/** A table is bounded in what a person can want of it: refused before the server has to. */
const valueLettersMax = 1_000_000;

/** @throws wrong usage: one sentence with what was typed, what is allowed, what to do next */
export function readTyped(command: Command, words: readonly string[]): Typed {
  const options = { ...commonOptions, ...command.options };
  const help = `afterclick ${command.name} --help`;
  const values = new Map<string, string[]>();
  const args: string[] = [];
  // Not strict: its messages would be Node's, and it refuses values such as -05:30.
  const { tokens } = parseArgs({
    args: [...words],
    options: nodeOptions(options),
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional") args.push(token.value);
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) throw unknownOption(command, token.rawName, Object.keys(options));
    if (option.value === undefined && token.value !== undefined) {
      throw wrongUsage(`--${token.name} takes no value; write it alone. ${help} explains it.`);
    }
    if (option.value !== undefined) checkValue(token, option, help);
    const before = values.get(token.name) ?? [];
    if (before.length > 0 && option.value !== undefined && option.repeated !== true) {
      throw wrongUsage(`--${token.name} was given twice; it is taken once. ${help} explains it.`);
    }
    values.set(token.name, [...before, token.value ?? ""]);
  }
  if (!values.has("help")) checkCount(command, args, help);
  return typedOf(args, values);
}

function typedOf(args: readonly string[], values: ReadonlyMap<string, string[]>): Typed {
  return {
    args,
    text: (option) => values.get(option)?.[0],
    texts: (option) => values.get(option) ?? [],
    flag: (option) => values.has(option),
    whole(option, { min, max, usual }) {
      const text = values.get(option)?.[0];
      if (text === undefined) return usual;
      const number = Number(text);
      if (!/^\d{1,9}$/.test(text) || number < min || number > max) {
        throw wrongUsage(`--${option} is ${shown(text)}; allowed is a whole number from ${min} to ${max}.`);
      }
      return number;
    },
    day(option) {
      const text = values.get(option)?.[0];
      if (text !== undefined && !isDay(text))
        throw wrongUsage(`--${option} is ${shown(text)}; allowed is a day as YYYY-MM-DD.`);
      return text;
    },
    oneOf(option, words) {
      const text = values.get(option)?.[0];
      if (text === undefined) return undefined;
      const word = words.find((each) => each === text);
      if (word === undefined)
        throw wrongUsage(`--${option} is ${shown(text)}; allowed are ${words.join(", ")}.`);
      return word;
    },
  };
}

/** What somebody typed, as a sentence may repeat it. */
export function shown(text: string): string {
  return `"${visible(text.length > 80 ? `${text.slice(0, 79)}…` : text)}"`;
}

function checkValue(
  { name, value, inlineValue }: { name: string; value: string | undefined; inlineValue: boolean | undefined },
  { value: called, mayBeEmpty }: Option,
  help: string,
): void {
  // `--name --key x` is a forgotten value; `--offset -05:30` is not, and `--name=--x` is meant.
  if (value === undefined || (inlineValue !== true && value.startsWith("--"))) {
    throw wrongUsage(`--${name} needs a value: --${name} ${called}. ${help} explains it.`);
  }
  if (value === "" && mayBeEmpty !== true)
    throw wrongUsage(`--${name} is empty; give a value: --${name} ${called}. ${help} explains it.`);
  if (value.length > valueLettersMax) {
    throw wrongUsage(`--${name} has ${value.length} characters; allowed are at most ${valueLettersMax}.`);
  }
}

function checkCount(command: Command, args: readonly string[], help: string): void {
  const missing = command.args.find(
    (argument, index) => argument.optional !== true && args[index] === undefined,
  );
  if (missing !== undefined) {
    throw wrongUsage(`${command.name} needs ${missing.name}: ${missing.says}. ${help} shows how.`);
  }
  // Most often a variable that was never set: as a path it would be the current folder.
  const empty = args.indexOf("");
  if (empty !== -1 && empty < command.args.length) {
    const { name, says } = command.args[empty]!;
    throw wrongUsage(`${name} is empty; give a value: ${says}. ${help} shows how.`);
  }
  const extra = args[command.args.length];
  if (extra === undefined) return;
  const allowed = command.args.length === 0 ? "no argument" : command.args.map(({ name }) => name).join(" ");
  throw wrongUsage(
    `${command.name} takes ${allowed}; ${shown(extra)} is one more. Put quotes around a value with blanks; ${help} shows how.`,
  );
}

function unknownOption(command: Command, rawName: string, known: readonly string[]): Error {
  const meant = nearest(rawName.replace(/^-+/, ""), known);
  const hint =
    meant === undefined
      ? `allowed are ${known.map((name) => `--${name}`).join(", ")}`
      : `did you mean --${meant}?`;
  return wrongUsage(
    `${command.name} has no option ${visible(rawName)}; ${hint}${hint.endsWith("?") ? "" : "."} ` +
      `afterclick ${command.name} --help lists them.`,
  );
}

function nodeOptions(options: Readonly<Record<string, Option>>): ParseArgsOptionsConfig {
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => [
      name,
      {
        type: option.value === undefined ? ("boolean" as const) : ("string" as const),
        multiple: true,
        ...(name === "help" && { short: "h" }),
      },
    ]),
  );
}
