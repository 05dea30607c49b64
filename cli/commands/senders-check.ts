import type { Diagnosis } from "../../functions/senders/doctor.ts";
import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { exitCodes, wrongUsage } from "../failure.ts";
import { findStream, streamArgument } from "../nouns/streams.ts";
import { json, visible } from "../terminal/visible.ts";

/** As much as the admin API takes, in base64. */
const bytesMax = 700 * 1024;

export const sendersCheck: Command = {
  name: "senders check",
  summary: "say whether a request proves itself to a stream, and what is wrong where it does not",
  args: [streamArgument],
  options: { json: { says: "print the answer as JSON" } },
  notes: [
    "The request is read from the standard input as it was sent: POST /ds/…, its headers, an empty line,",
    "its body byte for byte. Nothing is stored.",
    "",
    "Example: afterclick senders check shop.orders < request.txt",
  ],
  async run(typed, { api, terminal }) {
    if (terminal.input === undefined)
      throw wrongUsage("senders check reads the request from its standard input: add < request.txt.");
    const bytes = await terminal.input();
    if (bytes.length === 0 || bytes.length > bytesMax)
      throw wrongUsage(`The request has ${bytes.length} bytes; allowed are 1 to ${bytesMax}.`);
    const { id } = await findStream(api, typed.args[0]!);
    const found = await api.ask<{ proved: boolean; bytes: number; proofs: Diagnosis[] }>(
      {
        method: "POST",
        path: path`/v1/streams/${id}/proof-check`,
        body: { request_base64: Buffer.from(bytes).toString("base64") },
      },
      { proofs: "array" },
    );
    if (typed.flag("json")) await terminal.out(`${json(found, 2)}\n`);
    else
      for (const { scheme, holds, says, cause } of found.proofs) {
        const lines = [
          `${scheme}: ${holds ? "holds" : "does not hold"}`,
          ...(says === undefined ? [] : [`  answer: ${says}`]),
          ...(holds
            ? []
            : [`  cause: ${cause ?? "none of the usual ones: most often it is another secret"}`]),
        ];
        await terminal.out(`${lines.map((line) => visible(line)).join("\n")}\n`);
      }
    return found.proved ? exitCodes.done : exitCodes.failed;
  },
};
