import { expect, test } from "@jest/globals";
import { harmless, hostileTexts } from "../../support/wire/hostile.ts";
import { openImports, usualForm } from "./setup.ts";

/** What stands in a sample is text, wherever the page shows it: tag by tag it is the same page as with a
 *  harmless one. Other pages: test/browser/odd/injection. */

const structure = (html: string): string[] =>
  [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replaceAll(/"[^"]*"/g, '""'));
const turning = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** A file with the text in its header, its good and its bad cells, and one that is no UTF-8. */
const samplesOf = (text: string) => [
  `date,ev,reference_ev,reference_id,value,${cell(text)}\n` +
    `2026-11-26,deal,lead,${cell([...text.replaceAll(/\p{Cc}/gu, " ")].slice(0, 60).join(""))},1,x\n` +
    `${cell(text)},deal,lead,7,${cell(text)},x\n`,
  `date,event,${cell(text)}\n`,
  Buffer.concat([Buffer.from(`date,${text.replaceAll(/[\r\n]/g, " ")}`), Buffer.from([0xe9, 10])]),
];

test.each(Object.entries(hostileTexts))("%s in a sample is text", async (_, text) => {
  const { post } = await openImports();
  const drawn = async (given: string) => {
    // A file with a NUL in it is no text at all, and what is no character was lost before.
    const of = given.replaceAll("\u0000", "").toWellFormed().replaceAll("\ufffd", "");
    const pages: string[] = [];
    for (const content of samplesOf(of)) {
      const name = of.replaceAll(/["\r\n]/g, "");
      const { status, body } = await post("/imports/new/check", usualForm, { name, content });
      expect(status).toBe(200);
      // Its id is drawn by lot.
      pages.push(String(body).replaceAll(/ value="[^"]*"/g, ""));
    }
    return pages;
  };
  const [hostile, clean] = [await drawn(text), await drawn(harmless(text))];
  expect(hostile.map(structure)).toEqual(clean.map(structure));
  for (const html of hostile) expect(turning.exec(html)).toBeNull();
});
