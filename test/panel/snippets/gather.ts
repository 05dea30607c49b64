import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { knownSenders } from "./known-senders.ts";
import { guide, systems } from "../../../panel/snippets/systems.ts";

/** `npm run snippets` writes what is made of panel/snippets: its files as one module, which any bundle can
 *  hold (panel/snippets/texts.ts), and the steps for other systems as a page (docs/senders.md). A test
 * compares both. */

export const folder = join(import.meta.dirname, "../../../panel/snippets");
export const page = join(import.meta.dirname, "../../../docs/senders.md");

/** LANGUAGE/BODY/NAME, sorted. */
export function files(): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    )
    .filter((name) => /^[^/]+\/(form|json)\/[^/.][^/]*$/.test(name))
    .sort();
}

/** @returns the text of texts.ts: a line a line, so that a difference can be read */
export function gather(): string {
  const entries = files().map((name) => {
    const lines = readFileSync(join(folder, name), "utf8").split("\n");
    return `  ${JSON.stringify(name)}: [\n${lines.map((line) => `    ${JSON.stringify(line)},\n`).join("")}  ].join("\\n"),\n`;
  });
  return `/** Made of the files beside it: npm run snippets. */\nexport const texts: Readonly<Record<string, string>> = {\n${entries.join("")}};\n`;
}

/** @returns the text of docs/senders.md */
export function sendersPage(): string {
  const parts = systems.map(({ type }) => {
    const { label, sends, steps, stream, watch } = guide(type, "");
    const fields = Object.entries(stream).map(
      ([name, value]) =>
        `\`${name}\` ${[value]
          .flat()
          .map((path) => `\`${path}\``)
          .join(", ")}`,
    );
    return [
      `## ${label}`,
      steps
        .map(({ text, paste }, index) => `${index + 1}. ${text}${paste === undefined ? "" : " `ENDPOINT`"}`)
        .join("\n"),
      `It sends: ${code(sends)}`,
      ...(fields.length === 0 ? [] : [`Fields of the stream that fit: ${fields.join("; ")}.`]),
      watch.map((line) => `- ${code(line)}`).join("\n"),
    ].join("\n\n");
  });
  return `${[intro, ...parts, ...knownSenders()].join("\n\n")}\n`;
}

/** Names with brackets would be links. */
function code(text: string): string {
  return text.replace(/[A-Za-z_]+(?:\[\w+\])+|\b[a-z]+_[a-z_]+\b/g, (name) => `\`${name}\``);
}

const intro = `# Who sends

Whoever can send an HTTP request can send hits: [http.md](http.md) is the contract. For the most usual senders there is a text with the stream's own address in it, on one machine and in the cloud:

\`\`\`
npx afterclick snippet STREAM --type python --body json
npx afterclick snippet STREAM --type shopify
npx afterclick snippet STREAM --type html > for-developer.html
\`\`\`

\`html\` is one file with all of them, to hand to a developer: it asks nobody for anything and holds nothing secret but the address itself.

## Your own code

\`bash\`, \`php\`, \`python\`, \`node\`, \`java\`, \`csharp\`, \`ruby\`, \`go\`, \`apps-script\` and \`1c\`, each with a form or JSON as its body, each with nothing to install. They lie in \`panel/snippets\`; tests run the first eight of them against a server that fails twice before it answers, and find one row. Each one

- builds the body once, and names the delivery (\`webhook-id\`) by the business fact, such as \`order-N1-delivered-1579478400\`: a retry, and a restart of the job, are the same hit. For that the body must be the same bytes each time: no time of sending in it, no random order of fields;
- waits 10 s for an answer (Apps Script as long as Google does);
- tries again after 1, 5, 30 s, 5 and 30 min, 20 % more or less, on 408, 429, 5xx and no answer, never sooner than \`Retry-After\` says, up to an hour;
- takes a hit for stored only where the answer is 200 and names its \`hit_id\`, which it logs. It follows no redirect: a redirected POST arrives without its body;
- says when a request is refused or all tries have failed, so that whoever called it keeps the fact and calls again later;
- belongs into a job or a queue worker: with all its pauses it may take 45 minutes. Never into the checkout request or a database transaction.`;

if (import.meta.main) {
  writeFileSync(join(folder, "texts.ts"), gather());
  writeFileSync(page, sendersPage());
}
