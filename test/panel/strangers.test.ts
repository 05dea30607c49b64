import { expect, test } from "@jest/globals";
import type { Stored } from "../../functions/documents.ts";
import { addPerson } from "../../functions/people/change.ts";
import { developerPath } from "../../functions/streams/developer-link.ts";
import { thisMachine } from "../../functions/people/who.ts";
import { goodPassword as password, openDoorOfPeople } from "../support/people.ts";
import { harmless, hostileTexts } from "../support/wire/hostile.ts";
import { openPanel } from "./setup.ts";

/** The pages for whoever is not signed in: a text of somebody else is text there too, as it is on all the
 *  others (test/browser/odd/injection). A page is the same, tag by tag, whatever the text is. */

const stream = "11111111-1111-4111-8111-111111111111";
const texts = Object.entries(hostileTexts);

/** Its tags and attributes, without what they hold. */
const structure = (html: string): string[] =>
  [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replaceAll(/"[^"]*"/g, '""'));

// The characters that turn or hide what stands around them; an input shows its value apart from the page.
const turning = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;
const around = (html: string): string => html.replaceAll(/ value="[^"]*"/g, "");

async function signInPages(text: string): Promise<string[]> {
  const { ask, form, people } = await openDoorOfPeople();
  const to = encodeURIComponent(text.toWellFormed());
  const given = { name: "maria", role: "viewer", sees_payloads: false } as const;
  const link = (await addPerson(people, thisMachine, given)).link.path;
  const [{ id, document }] = (await people.documents.list("people", { limit: 1 })) as [Stored];
  // A document that somebody wrote by hand.
  await people.documents.commit([{ kind: "people", id, document: { ...(document as object), name: text } }]);
  const pages = [
    await ask("GET", `/sign-in?to=${to}`),
    await ask("GET", `/sign-in?to=/${to}`),
    await form(`/sign-in?to=/${to}`, { name: text, password: text }),
    await ask("GET", link),
    await form(link, { password: text.slice(0, 5) }),
    await ask("GET", `${link}${to}`),
  ];
  // Both the page with the name and the one that asks for another password.
  for (const at of [3, 4]) expect(pages[at]!.text).toContain('autocomplete="username" readonly');
  return pages.map(({ text: html, headers }) => `${html}\n${headers["location"] ?? ""}`);
}

async function developerPages(text: string): Promise<string[]> {
  const panel = await openPanel({ offersLinks: true });
  const document = { name: text, table: "shop.orders", offset: "UTC", key: text };
  panel.registry.put(stream, document);
  const headers = { host: "127.0.0.1:8081", "content-type": "application/x-www-form-urlencoded" };
  await panel.ask({ method: "POST", path: `/streams/${stream}/links`, headers, body: "" });
  const made = String((await panel.get(`/streams/${stream}`)).body);
  const path = new RegExp(`${developerPath}[^<"]+`).exec(made)![0];
  const query = String(new URLSearchParams({ type: text, body: text }));
  const asked = [
    path,
    `${path}?${query}`,
    `${path}/file?${query}&type=html`,
    `${developerPath}${encodeURIComponent(text.toWellFormed())}`,
  ];
  return Promise.all(
    asked.map(async (address) => {
      const reply = await panel.get(address);
      return `${String(reply.body)}\n${reply.headers?.["content-disposition"] ?? ""}`;
    }),
  );
}

test.each(texts)("%s is text on the pages that sign in, and on those for a developer", async (_, text) => {
  for (const draw of [signInPages, developerPages]) {
    const [hostile, clean] = [await draw(text), await draw(harmless(text))];
    expect(hostile.map(structure)).toEqual(clean.map(structure));
    for (const html of hostile) expect(turning.exec(around(html))).toBeNull();
  }
});

test("whoever signs in is led to a page of the panel alone", async () => {
  const { form, person } = await openDoorOfPeople();
  await person("maria", "viewer", false);
  for (const [, text] of texts) {
    const { status, headers } = await form(`/sign-in?to=${encodeURIComponent(text.toWellFormed())}`, {
      name: "maria",
      password,
    });
    const to = headers["location"]!;
    expect([status, new URL(to, "https://panel.example.com").origin]).toEqual([
      303,
      "https://panel.example.com",
    ]);
    // Nothing of it is a header of its own.
    expect(to).toMatch(/^\/[!-~]*$/);
  }
});
