import type { Snippet } from "./snippets.ts";
import { guide, systems } from "./systems.ts";

/** One HTML file to hand to a developer: it needs nothing beside itself, asks nobody for anything, runs no
 *  script, and holds no secret but the address itself. */
export function developerPage(
  { endpoint, name }: { endpoint: string; name?: string },
  snippets: readonly (Snippet & { body: string })[],
): string {
  const title = name === undefined ? "Sending to Afterclick" : `Sending to Afterclick: ${name}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p>Endpoint. Whoever knows it can write: keep it out of public code and tickets.</p>
<pre tabindex="0">${escaped(`POST ${endpoint}`)}</pre>
<h2>The contract</h2>
<dl>
<dt>200</dt><dd>Stored. The header <code>Afterclick-Hit-Id</code> and the body name the hit: keep it in your log.</dd>
<dt>408, 429, 5xx, no answer</dt><dd>Send the same bytes again with the same <code>webhook-id</code>, after <code>Retry-After</code> where it is given: a retry is the same hit.</dd>
<dt>Other 4xx</dt><dd>Refused, nothing is stored. Do not repeat it; the answer says why.</dd>
</dl>
<h2>Your own code</h2>
${snippets.map(snippetOf).join("\n")}
<h2>Another system calls the endpoint</h2>
${systems.map(({ type }) => systemOf(type, endpoint)).join("\n")}
</main>
</body>
</html>
`;
}

function snippetOf({ label, file, body, text }: Snippet & { body: string }): string {
  const title = `${label}, ${body === "json" ? "JSON" : "form"}`;
  return `<details><summary>${escaped(title)} <small>${escaped(file)}</small></summary>
<pre tabindex="0">${escaped(text)}</pre></details>`;
}

function systemOf(type: (typeof systems)[number]["type"], endpoint: string): string {
  const { label, sends, steps, watch } = guide(type, endpoint);
  const items = steps.map(
    ({ text, paste }) =>
      `<li>${escaped(text)}${paste === undefined ? "" : ` <code>${escaped(paste)}</code>`}</li>`,
  );
  return `<details><summary>${escaped(label)}</summary>
<ol>${items.join("")}</ol>
<p>${escaped(sends)}</p>
<ul>${watch.map((line) => `<li>${escaped(line)}</li>`).join("")}</ul></details>`;
}

function escaped(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[letter]!,
  );
}

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
pre { overflow-x: auto; padding: 0.75rem 1rem; border: 1px solid #8886; border-radius: 6px; font-size: 0.85rem; }
code { overflow-wrap: anywhere; }
dt { font-weight: 600; } dd { margin: 0 0 0.5rem; }
summary { cursor: pointer; padding: 0.35rem 0; } small { opacity: 0.7; }
`;
