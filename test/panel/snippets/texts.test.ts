import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import {
  allSnippets,
  integrationTypes,
  type Language,
  placeholder,
  snippet,
} from "../../../panel/snippets/snippets.ts";
import { files, folder, gather, page, sendersPage } from "./gather.ts";
import { runners } from "./languages.ts";

const endpoint = "https://in.example.org/ds/3d1f7a90-5c26-4e0b-9b84-6f2a1c7de513";
const all = allSnippets(endpoint);
const languages = [...new Set(all.map(({ type }) => type))];

test("what bundles hold is what the files hold, and docs/senders.md what is handed out (npm run snippets)", () => {
  expect(readFileSync(join(folder, "texts.ts"), "utf8")).toBe(gather());
  expect(readFileSync(page, "utf8")).toBe(sendersPage());
});

test("each language of the choice has a folder with a form and JSON, and no folder is left out", () => {
  const types = integrationTypes.flatMap(({ type, group }) => (group === "Your own code" ? [type] : []));
  expect(types.flatMap((type) => [`${type}/form`, `${type}/json`]).sort()).toEqual(
    files().map((name) => name.split("/").slice(0, 2).join("/")),
  );
  expect(new Set(integrationTypes.map(({ label }) => label)).size).toBe(integrationTypes.length);
});

test("every language that this machine may have is run", () => {
  expect(languages.filter((type) => !(type in runners))).toEqual(["apps-script", "1c"]);
});

describe.each(all)("$type $body", ({ type, body, text, file }) => {
  test("has the stream's address once, and the placeholder nowhere", () => {
    expect(text.split(endpoint)).toHaveLength(2);
    expect(text).not.toContain(placeholder);
    expect(text).not.toContain("STREAM_ID");
    expect(file).toMatch(/^[A-Za-z_-]+\.[a-z]+$/);
  });

  test("names the delivery and the type of its body, and has the pauses and what is tried again", () => {
    expect(text).toMatch(/webhook-id/);
    expect(text).toContain(body === "json" ? "application/json" : "application/x-www-form-urlencoded");
    expect(text).toMatch(/1, 5, 30, 300, 1800|1 5 30 300 1800/);
    for (const word of ["408", "429", /500|5\?\?/, "3600", /Retry-?After/i, /Afterclick-Hit-Id/i])
      expect(text).toMatch(word);
    expect(text).toContain("is stored as hit");
    expect(text).toMatch(/1_?579_?478_?400/);
    expect(text).toMatch(/job|trigger|background service/);
    expect(text).toMatch(/An example: order N1 was delivered\./);
  });

  // Google's UrlFetchApp has no such setting.
  if (type !== "apps-script")
    test("waits 10 s for an answer", () => {
      expect(text).toMatch(
        /--max-time 10\b|TIMEOUT\b.*\b10\b|timeoutMs = 10_000|10 \* time\.Second|FromSeconds\(10\)|ofSeconds\(10\)|, 10, Защита\)/,
      );
    });

  test("is no wider than a screen, ends with one line break, and has no blank at the end of a line", () => {
    expect(
      text
        .replace(endpoint, placeholder)
        .split("\n")
        .filter((line) => line.replaceAll("\t", "    ").length > 100),
    ).toEqual([]);
    expect(text).toMatch(/[^\n]\n$/);
    expect(text).not.toMatch(/[ \t]\n/);
  });
});

test.each(languages)("%s sends a form and JSON in the same way", (type) => {
  const how = (text: string) => text.slice(text.indexOf(endpoint), text.indexOf("An example:"));
  const [form, json] = (["form", "json"] as const).map((body) => how(snippet(type, endpoint, body).text));
  expect(form!.length).toBeGreaterThan(1000);
  expect(json).toBe(form);
});

test("an address with letters that would end a text of a program is written so that it cannot", () => {
  const odd = "https://a.example/'\"`$(x)${y}#{z}\\ <b>/ds/3d1f7a90-5c26-4e0b-9b84-6f2a1c7de513";
  for (const type of languages) {
    const { text } = snippet(type as Language, odd, "form");
    expect(text).toContain(
      "https://a.example/%27%22%60%24(x)%24%7By%7D#%7Bz%7D%5C%20%3Cb%3E/ds/3d1f7a90-5c26-4e0b-9b84-6f2a1c7de513",
    );
  }
});
