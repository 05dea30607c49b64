import { createHash } from "node:crypto";
import type { Reply } from "../request.ts";
import { style } from "./style.ts";

/** The pages on which nobody is signed in yet: whole in themselves, without a script and
 *  without a file beside them. */

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const headers = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": policy,
  "cache-control": "no-store",
  // The address of a page holds the secret of a link; a form needs its own origin to be told.
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
};

const logo =
  '<svg viewBox="0 0 22 22" aria-hidden="true"><circle cx="8" cy="8" r="6.4" stroke="currentColor" stroke-width="2.2"/>' +
  '<circle cx="8" cy="8" r="2.1" fill="currentColor"/><circle cx="18" cy="18" r="2.8" fill="currentColor"/></svg>';

interface Page {
  readonly title: string;
  /** HTML that holds nothing unescaped. */
  readonly body: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export function page({ title, body, status = 200, headers: more = {} }: Page): Reply {
  return {
    status,
    headers: { ...headers, ...more },
    body: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Afterclick</title>
<style>${style}</style>
</head>
<body>
<main class="alone">
<p class="logo">${logo}Afterclick</p>
<div class="card">
<h1>${title}</h1>
${body}
</div>
</main>
</body>
</html>
`,
  };
}

export function escaped(text: string): string {
  const names: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => names[character]!);
}

/** What went wrong, above the form; read out at once. */
export function complaint(sentence: string | undefined): string {
  return sentence === undefined ? "" : `<p class="bad" role="alert" id="wrong">${escaped(sentence)}</p>\n`;
}
