import type { Terminal } from "./terminal.ts";
import { visibleLines } from "./visible.ts";

/** The terminal as every command gets it: whatever one writes, no character of it acts on a screen. Commands
 *  make texts visible where they know what is one line; this is for the one that was forgotten, and for
 *  what is a file. Into a pipe or a file goes what is meant, byte by byte. */
export function harmless({ out, say, width, ask, input }: Terminal): Terminal {
  return {
    out: (chunk) => out(width === undefined ? chunk : shown(chunk)),
    say: (line) => say(shown(line)),
    width,
    input,
    ask: ask && ((question) => ask(shown(question))),
  };
}

/** A line of a file may end as CSV's do; on a screen it ends. */
const shown = (text: string): string => visibleLines(text.replaceAll("\r\n", "\n"));
