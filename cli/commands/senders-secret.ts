import type { StreamSecret, StreamSecrets } from "../../functions/senders/kept.ts";
import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { wrongUsage } from "../failure.ts";
import { findStream, streamArgument } from "../nouns/streams.ts";
import { tableLines } from "../terminal/layout.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { utcText } from "../terminal/times.ts";
import { json, visible } from "../terminal/visible.ts";

/** The secrets by which a stream's sender proves itself: two are live at most, A and B. */

const asJson = { says: "print the answer as JSON" };
const slot = { value: "SLOT", says: "which secret, where the sender has several; main where left out" };
const shape = { secrets: "array", missing: "array" } as const;

export const senderSecretPut: Command = {
  name: "senders secret put",
  summary: "put the secret of a stream's sender beside the one that is live",
  args: [streamArgument],
  options: {
    slot,
    generate: { says: "let one be made, and print it once: for senders that take yours" },
    json: asJson,
  },
  notes: [
    "The secret is asked for, or read from the standard input: it stands in no list of commands.",
    "Two are live at most. Put the new one, change it at the sender, then retire the old one.",
    "",
    "Example: afterclick senders secret put shop.orders < secret.txt",
  ],
  async run(typed, { api, terminal }) {
    const value = typed.flag("generate") ? undefined : await typedSecret(terminal);
    const { id } = await findStream(api, typed.args[0]!);
    const slotTyped = typed.text("slot");
    const body = {
      ...(value !== undefined && { value }),
      ...(slotTyped !== undefined && { slot: slotTyped }),
    };
    const put = await api.ask<StreamSecret & { value?: string }>(
      { method: "POST", path: path`/v1/streams/${id}/secrets`, body },
      { slot: "string", letter: "string" },
    );
    if (typed.flag("json")) return terminal.out(`${json(put, 2)}\n`);
    if (put.value !== undefined) await terminal.out(`${put.value}\n`);
    if (put.value !== undefined) terminal.say("The secret is shown this once: put it at the sender.");
    terminal.say(`Secret ${put.letter.toUpperCase()} (${put.slot}) is live.`);
  },
};

export const senderSecretList: Command = {
  name: "senders secret list",
  summary: "list which secrets of a stream's sender are live, without what they are",
  args: [streamArgument],
  options: { json: asJson },
  async run(typed, { api, terminal }) {
    const { id } = await findStream(api, typed.args[0]!);
    const found = await api.ask<StreamSecrets>({ path: path`/v1/streams/${id}/secrets` }, shape);
    if (typed.flag("json")) return terminal.out(`${json(found, 2)}\n`);
    await show(found, terminal);
  },
};

export const senderSecretRetire: Command = {
  name: "senders secret retire",
  summary: "take a secret away: what is signed with it is refused from then on",
  args: [streamArgument, { name: "SECRET", says: "A or B, as senders secret list has it" }],
  options: { slot, json: asJson },
  async run(typed, { api, terminal }) {
    const letter = typed.args[1]!.toLowerCase();
    if (letter !== "a" && letter !== "b")
      throw wrongUsage("SECRET is A or B, as senders secret list has it.");
    const { id } = await findStream(api, typed.args[0]!);
    const left = await api.ask<StreamSecrets>(
      { method: "DELETE", path: path`/v1/streams/${id}/secrets/${typed.text("slot") ?? "main"}/${letter}` },
      shape,
    );
    if (typed.flag("json")) return terminal.out(`${json(left, 2)}\n`);
    await show(left, terminal);
  },
};

async function typedSecret({ ask, input }: Terminal): Promise<string> {
  const given = input === undefined ? await ask?.("The secret: ") : Buffer.from(await input()).toString();
  const value = given?.replace(/\r?\n$/, "");
  if (value === undefined || value === "")
    throw wrongUsage(
      "senders secret put needs the secret at its standard input; --generate lets one be made. afterclick senders secret put --help shows how.",
    );
  return value;
}

async function show({ secrets, missing }: StreamSecrets, terminal: Terminal): Promise<void> {
  const rows = secrets.map((one) => [one.letter.toUpperCase(), one.slot, utcText(one.put_at)]);
  const columns = [{ name: "secret" }, { name: "slot" }, { name: "put" }];
  if (rows.length > 0) await terminal.out(`${tableLines(columns, rows, terminal.width).join("\n")}\n`);
  else terminal.say("No secret is live.");
  for (const one of missing)
    terminal.say(visible(`The secret (${one}) is not put: hits are kept apart until it is.`));
}
