import { counted } from "../../functions/counted.ts";
import { type StreamField, streamFields, type StreamOption } from "../../functions/streams/fields.ts";
import type { Look } from "../../functions/streams/looks/look.ts";
import { path, type Api } from "../api/api.ts";
import type { Option, Settings } from "../command.ts";
import { failed } from "../failure.ts";
import { readJsonFile } from "../json-file.ts";
import { shown, type Typed } from "../typed.ts";
import { factLines } from "../terminal/layout.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { StreamView } from "../api/views.ts";
import { visible } from "../terminal/visible.ts";

/** What the commands around a stream share: finding the one that is meant, and showing it. */

export const streamArgument = {
  name: "STREAM",
  says: "id, name or table of the stream",
};

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuidTyped(text: string): boolean {
  return uuid.test(text);
}

/** The stream that was meant: by id, else by exact name, else by exact table.
 *  @throws Failure naming the candidates where there are several */
export async function findStream(api: Api, typed: string): Promise<StreamView> {
  if (isUuidTyped(typed)) {
    return api.ask<StreamView>({ path: path`/v1/streams/${typed}` }, { id: "string" });
  }
  const { streams } = await api.ask<{ streams: StreamView[] }>({ path: "/v1/streams" }, { streams: "array" });
  for (const field of ["id", "name", "table"] as const) {
    const meant = streams.filter((stream) => stream[field] === typed);
    if (meant.length === 1) return meant[0]!;
    if (meant.length > 1) {
      throw failed(
        `${meant.length} streams have the ${field} ${shown(typed)}: ${some(meant)}. Name one of them by its id.`,
      );
    }
  }
  throw failed(
    `No stream has the id, name or table ${shown(typed)}; ` +
      (streams.length === 0
        ? "there is none yet. afterclick streams add registers one."
        : `there ${streams.length === 1 ? "is" : "are"} ${some(streams)}. afterclick streams list shows all.`),
  );
}

const someMax = 5;

function some(streams: readonly StreamView[]): string {
  const named = streams
    .slice(0, someMax)
    .map(({ id, name, table }) => `${id} (${name || table || "no table"})`);
  const more = streams.length - someMax;
  return visible(named.join(", ")) + (more > 0 ? ` and ${more} more` : "");
}

/** All of a stream, a line a field; what is wrong with it goes to the messages. */
export async function showStream(stream: StreamView, terminal: Terminal): Promise<void> {
  const facts: [string, unknown][] = [
    ["id", stream.id],
    ...fields.map(([name]): [string, unknown] => [name.replaceAll("_", " "), shownField(stream, name)]),
    ["endpoint", stream.reachable === false ? undefined : stream.endpoint],
    ["try it", stream.reachable === false ? undefined : stream.curl],
    ...(stream.hits === undefined ? [] : hitFacts(stream.hits)),
  ];
  // Nothing is cut here: the endpoint and the curl line are there to be copied.
  const known = facts.filter(([, value]) => value !== undefined && value !== null);
  await terminal.out(`${factLines(known).join("\n")}\n`);
  sayTroubles(stream, terminal);
}

/** What the last hits hold. */
function hitFacts(look: Look): [string, unknown][] {
  const { hits, records, with_key, with_time, with_items, tests, repeats } = look;
  const of = (count: number | undefined, all: number) =>
    count === undefined ? undefined : `${count} of ${all}`;
  return [
    ["last hits", `${hits} since ${look.since}, ${counted(tests, "test")}, ${counted(repeats, "repeat")}`],
    ["with fields", of(look.with_fields, hits)],
    ["with items", of(with_items, hits)],
    ["with a key", of(with_key, records)],
    ["with a time", of(with_time, records)],
    ...look.examples.map(({ lacks, hit_id, found }): [string, unknown] => [
      `no ${lacks}`,
      `e.g. hit ${hit_id}${found === undefined ? "" : `: ${shown(found)}`}`,
    ]),
  ];
}

function shownField(stream: StreamView, name: string): unknown {
  if (name === "state") return stateOf(stream);
  const value = stream[name];
  const isTexts = Array.isArray(value) && value.every((one) => typeof one === "string");
  return isTexts ? value.join(", ") : value;
}

export function stateOf(stream: StreamView): string {
  if (stream.removed_at !== undefined) return "removed";
  if (stream.valid === false) return "invalid";
  return stream.reachable === false ? "unreachable" : (stream.state ?? "active");
}

/** @param all the streams it is shown with: where two have one name, the id tells them apart */
export function sayTroubles(
  stream: StreamView,
  terminal: Terminal,
  all: readonly StreamView[] = [stream],
): void {
  const repeats = all.filter(({ name }) => name === stream.name).length > 1;
  // A document written by hand may have an empty name, or something else.
  const named =
    typeof stream.name !== "string" || stream.name.trim() === ""
      ? stream.id
      : repeats
        ? `${stream.name} (${stream.id})`
        : stream.name;
  for (const problem of stream.problems ?? []) terminal.say(visible(`${named}: ${problem}`));
  for (const warning of stream.warnings ?? []) terminal.say(visible(`${named}: note: ${warning}`));
  if (stream.suggested_id !== undefined && stream.reachable === false) {
    terminal.say(
      visible(
        `${named}: no hit can reach this id; copy the document to a UUID in lower case, e.g. ${stream.suggested_id}`,
      ),
    );
  }
}

const fields = Object.entries<StreamField>(streamFields);

/** The options of `streams add` and `streams update`: the fields of the document that people type. */
export const fieldOptions: Readonly<Record<string, Option & StreamOption>> = Object.fromEntries(
  fields.flatMap(([name, { option, schema }]) =>
    option === undefined
      ? []
      : [[name.replaceAll("_", "-"), { says: uncapitalized(schema.description), ...option }]],
  ),
);

function uncapitalized(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

/** The fields that can be taken away again. */
export const clearable = fields.flatMap(([name, field]) => (field.clearable === true ? [name] : []));

/** The fields that were typed; the server checks their values. @throws Failure where a file cannot be read */
export async function typedFields(typed: Typed, settings: Settings): Promise<Record<string, unknown>> {
  const document: Record<string, unknown> = {};
  for (const [option, { list, json }] of Object.entries(fieldOptions)) {
    const name = option.replaceAll("-", "_");
    const [text, ...more] = typed.texts(option);
    if (text === undefined) continue;
    if (json === true) document[name] = await readJsonFile(text, settings);
    else if (more.length > 0) document[name] = [text, ...more];
    else document[name] = list === true ? text.split(",").map((item) => item.trim().toUpperCase()) : text;
  }
  return document;
}
