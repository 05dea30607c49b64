import { expect, test } from "@jest/globals";
import { allSnippets, integrationTypes, snippets } from "../../../panel/snippets/snippets.ts";

const endpoint = "https://in.example.org/ds/3d1f7a90-5c26-4e0b-9b84-6f2a1c7de513";
const page = (name?: string) =>
  snippets.give("html", { endpoint, body: "form", ...(name !== undefined && { name }) }).text;

/** What a browser would show. */
function shown(html: string): string {
  const letters: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
  return html.replace(/<[^>]*>/g, "").replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => letters[name]!);
}

test("holds the endpoint, the contract, every language in both bodies and every system", () => {
  const text = shown(page());
  expect(text).toContain(`POST ${endpoint}`);
  for (const { text: code } of allSnippets(endpoint)) expect(text).toContain(code);
  for (const { label } of integrationTypes) expect(text).toContain(label);
  expect(page().match(/<dt>/g)).toHaveLength(3);
});

test("asks nobody for anything, and runs nothing", () => {
  const html = page();
  expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  expect(html).not.toMatch(/<(script|link|img|iframe|object|embed|form|a|base|svg|video|audio)\b/i);
  expect(html).not.toMatch(/\s(src|href|srcset|action|style|on\w+)=/i);
  expect(html.slice(html.indexOf("<style>"), html.indexOf("</style>"))).not.toMatch(/url\(|@import/);
});

test("a name with letters of HTML shows as it is", () => {
  const name = `</title><script>alert("1")</script> & 'Co'`;
  expect(page(name)).not.toContain("<script>");
  expect(shown(page(name))).toContain(`Sending to Afterclick: ${name}`);
});
