import type { Snippets } from "../../functions/snippets.ts";
import { developerPage } from "./developer-page.ts";
import { guide, guideText, systems, type System } from "./systems.ts";
import { texts } from "./texts.ts";

/** What a person hands to whoever sends: a file that runs, or the steps in a system that calls a URL. */

export type Body = "form" | "json";

const languages = [
  ["bash", "curl + bash"],
  ["php", "PHP 7.4+"],
  ["python", "Python 3.8+"],
  ["node", "Node 18+"],
  ["java", "Java 11+"],
  ["csharp", "C# (.NET 6+)"],
  ["ruby", "Ruby 2.7+"],
  ["go", "Go 1.20+"],
  ["apps-script", "Google Apps Script"],
  ["1c", "1C:Enterprise 8.3.13+"],
] as const;

/** A folder of files that run. */
export type Language = (typeof languages)[number][0];

export interface IntegrationType {
  readonly type: Language | System;
  readonly label: string;
  readonly group: "Your own code" | "Another system calls a URL";
}

/** For a choice, in its order. */
export const integrationTypes: readonly IntegrationType[] = [
  ...languages.map(([type, label]) => ({ type, label, group: "Your own code" as const })),
  ...systems.map(({ type, label }) => ({ type, label, group: "Another system calls a URL" as const })),
];

export interface Snippet {
  readonly type: Language;
  readonly label: string;
  /** What a download is called. */
  readonly file: string;
  readonly text: string;
}

/** @param endpoint the stream's address, which is put into the text */
export function snippet(type: Language, endpoint: string, body: Body): Snippet {
  const [, label] = languages.find(([name]) => name === type)!;
  const folder = `${type}/${body}/`;
  const [path, text] = Object.entries(texts).find(([name]) => name.startsWith(folder))!;
  return {
    type,
    label,
    file: path.slice(folder.length),
    text: text.replace(placeholder, quotable(endpoint)),
  };
}

/** All languages in both bodies. */
export function allSnippets(endpoint: string): (Snippet & { readonly body: Body })[] {
  return languages.flatMap(([type]) =>
    (["form", "json"] as const).map((body) => ({ ...snippet(type, endpoint, body), body })),
  );
}

/** The address that stands in the files. */
export const placeholder = "https://in.example.com/ds/STREAM_ID";

/** Inside quotes of any kind, in every language: what ends a text there or begins something in it is
 *  percent-encoded. */
function quotable(endpoint: string): () => string {
  const written = endpoint.replace(
    /['"`$\\{}<>\s]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`,
  );
  // A function, since `$&` in a text would be read as an instruction.
  return () => written;
}

/** For the admin API. */
export const snippets: Snippets = {
  types: [...integrationTypes.map(({ type }) => type), "html"],
  give(type, { endpoint, name, body }) {
    if (type === "html") {
      const text = developerPage({ endpoint, ...(name !== undefined && { name }) }, allSnippets(endpoint));
      return { label: "For a developer", file: "afterclick.html", text };
    }
    const system = systems.find((one) => one.type === type);
    if (system === undefined) return snippet(type as Language, endpoint, body);
    return {
      label: system.label,
      file: `${type}.txt`,
      text: guideText(guide(system.type, endpoint), endpoint),
    };
  },
};
