import { commands } from "./commands.ts";

/** They ask no server. */
const offline = ["check", "restore", "imports check"];

const names = commands
  .map(({ name }) => name)
  .filter((name) => !offline.includes(name))
  // `imports dropbox open` before `imports`.
  .sort((a, b) => b.length - a.length);

/** A command in a sentence, but one that names its server by itself, or is only to be explained. */
const hints = new RegExp(
  `\\bafterclick (?=(?:${names.join("|")})\\b)(?!(?:(?!\\bafterclick )[^\\n])* --(?:url|help)\\b)`,
  "g",
);

/** Whatever is said to a person goes through here: a command that it names is to ask the server that the
 *  person named, so it has the same --url. It stands first, since what comes behind a command in a sentence
 *  may be its arguments or the sentence.
 *  @param url as typed; undefined where the environment says it, to the next command too */
export function onSameServer(sentence: string, url: string | undefined): string {
  return url === undefined ? sentence : sentence.replace(hints, () => `afterclick --url ${quoted(url)} `);
}

/** For a shell. */
const quoted = (url: string): string =>
  /^[\w.:/[\]-]+$/.test(url) ? url : `'${url.replaceAll("'", "'\\''")}'`;
