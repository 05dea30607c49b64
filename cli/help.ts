import type { Command, Option } from "./command.ts";
import { commonOptions } from "./typed.ts";

/** `afterclick --help`. */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const groups = new Map<string, Command[]>();
  for (const command of commands) {
    const title = titles[command.name.split(" ")[0]!] ?? "Other";
    groups.set(title, [...(groups.get(title) ?? []), command]);
  }
  return [
    "afterclick: streams, hits and rows of Afterclick, from the command line",
    "",
    "Usage: afterclick COMMAND [options]",
    ...[...groups].flatMap(([title, members]) => [
      "",
      title,
      ...members.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    ]),
    "",
    "Every command takes",
    ...optionLines({
      ...commonOptions,
      version: { says: "print the version" },
    }),
    "",
    "A STREAM is the id of a stream, its name, or its table where only one stream writes to it.",
    "Without a token, Google's credentials say who asks, to https addresses under run.app and cloudfunctions.net alone.",
    "Data is printed on the standard output, messages on the standard error output.",
    "",
    "Exit codes",
    ...exitLines,
    "",
    "afterclick COMMAND --help explains one command.",
    "",
  ].join("\n");
}

/** `afterclick COMMAND --help`. */
export function explanation(command: Command): string {
  return [
    `Usage: ${usage(command)}`,
    "",
    `${command.summary[0]!.toUpperCase()}${command.summary.slice(1)}.`,
    ...section("Arguments", argumentLines(command)),
    ...section("Options", optionLines({ ...command.options, ...commonOptions })),
    ...(command.notes === undefined ? [] : ["", ...command.notes]),
    "",
  ].join("\n");
}

/** `afterclick streams --help`, and what a half-typed command gets. */
export function groupOverview(group: string, commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    `Usage: afterclick ${group} COMMAND [options]`,
    "",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    `afterclick ${group} COMMAND --help explains one of them.`,
    "",
  ].join("\n");
}

function usage({ name, args, options }: Command): string {
  const places = args.map((argument) => (argument.optional === true ? `[${argument.name}]` : argument.name));
  const more = Object.keys(options).length > 0 ? ["[options]"] : [];
  return ["afterclick", name, ...places, ...more].join(" ");
}

const titles: Record<string, string> = {
  streams: "Streams",
  activity: "Streams",
  snippet: "Streams",
  shapes: "Streams",
  reconcile: "Streams",
  senders: "Streams",
  tables: "Hits and rows",
  rows: "Hits and rows",
  hit: "Hits and rows",
  find: "Hits and rows",
  tail: "Hits and rows",
  test: "Hits and rows",
  send: "Hits and rows",
  query: "Hits and rows",
  export: "Hits and rows",
  imports: "Imports",
  feeds: "JSON feeds",
  "dead-letters": "Dead letters",
  jobs: "Dead letters",
  people: "People",
  tokens: "People",
  me: "People",
  audit: "People",
  status: "The server",
  alerts: "The server",
  backup: "The server",
  restore: "The server",
  check: "The server",
  move: "The server",
  openapi: "The server",
};

const exitLines = [
  "  0  done",
  "  1  failed, or refused by the server",
  "  2  wrong usage: nothing was asked of the server",
  "  3  the server cannot be reached",
  "  4  not found: the hit of `hit`, or within its time the row of `test`",
];

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines];
}

function argumentLines({ args }: Command): string[] {
  const width = Math.max(0, ...args.map(({ name }) => name.length));
  return args.map(({ name, says }) => `  ${name.padEnd(width)}  ${says}`);
}

function optionLines(options: Readonly<Record<string, Option>>): string[] {
  const heads = Object.entries(options).map(([name, { value, says }]) => ({
    head: value === undefined ? `--${name}` : `--${name} ${value}`,
    says,
  }));
  const width = Math.max(...heads.map(({ head }) => head.length));
  return heads.map(({ head, says }) => `  ${head.padEnd(width)}  ${says}`);
}
