import { failed, wrongUsage } from "../failure.ts";
import type { Terminal } from "./terminal.ts";

/** Asks for a yes. @throws wrong usage where nobody can answer, Failure where they say no */
export async function confirm(question: string, what: string, terminal: Terminal): Promise<void> {
  mustBeAskable(what, terminal);
  const answer = await terminal.ask!(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer?.trim() ?? "")) throw failed("Nothing was done.");
}

/** Before any work is done for a question that nobody hears. */
export function mustBeAskable(what: string, terminal: Terminal): void {
  if (terminal.ask === undefined)
    throw wrongUsage(`${what} asks first, and nobody can answer here; give --yes.`);
}
