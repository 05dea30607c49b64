import { expect, test } from "@jest/globals";
import { harmless } from "../../cli/terminal/harmless.ts";
import { afterclick, fakeAdmin } from "../support/cli.ts";
import { hostileTexts } from "../support/wire/hostile.ts";

/** No text of anybody acts on a terminal, whichever command prints it. */

const text = hostileTexts["characters"]!.toWellFormed();
/** What would act: neither a line break nor a tab. */
const acting = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/u;

test("a file of bad rows is shown harmlessly on a screen, and is what it is in a pipe", async () => {
  const csv = `\ufeffname,_reason\r\n"${text}",bad\r\n`;
  await using admin = await fakeAdmin({
    "GET /v1/imports/crm/files/1/rejects": (_request, response) =>
      void response.writeHead(200, { "content-type": "text/csv" }).end(csv),
  });
  const ask = (width?: number) =>
    afterclick(["imports", "rejects", "crm", "1"], { url: admin.url, ...(width !== undefined && { width }) });
  const shown = await ask(80);
  expect(acting.exec(shown.out)).toBeNull();
  expect(shown.out).toContain("\\x1b]taken\\x07");
  expect((await ask()).out).toBe(csv.slice(1));
});

test("what a command forgets to make visible is so all the same, also what it says and asks", async () => {
  const written: string[] = [];
  const take = (chunk: string) => void written.push(chunk);
  const terminal = harmless({
    out: async (chunk) => take(chunk),
    say: take,
    width: 80,
    ask: async (question) => (take(question), "yes"),
  });
  await terminal.out(text);
  terminal.say(text);
  expect(await terminal.ask!(text)).toBe("yes");
  expect(written).toHaveLength(3);
  for (const one of written) expect(acting.exec(one)).toBeNull();
});
