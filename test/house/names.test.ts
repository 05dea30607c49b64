import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { root } from "./house.ts";

/** Whoever registers a name that stands in our commands and answers gets our users' requests. */

/** Whose pages and formats are named: none of these is ours. */
const others = new Set(
  (
    "api.calendly.com bigquery.googleapis.com cloud.google.com console.cloud.google.com crm.zoho.com cyclonedx.org data.iana.org " +
    "developer.hashicorp.com developers.facebook.com docs.segmentstream.com duckdb.org encoding.spec.whatwg.org github.com html.spec.whatwg.org json-schema.org " +
    "monitoring.googleapis.com nodejs.org owasp.org pkware.cachefly.net schemas.xmlsoap.org soap.sforce.com sqlite.org tc39.es " +
    "www.apache.org www.googleapis.com www.iana.org www.rfc-editor.org www.unicode.org www.w3.org"
  ).split(" "),
);
/** Names that nobody can register, or that only Google gives away. Source:
 *  https://www.rfc-editor.org/rfc/rfc2606 */
const reserved =
  /(^|\.)(example|example\.(com|org|net)|localhost|test|invalid|run\.app|cloudfunctions\.net|google\.com|googleapis\.com)$/;

/** Where a fact in a comment comes from is for whoever reads the code. */
const withoutComments = (text: string) => text.replaceAll(/^\s*(?:\/\/|\/?\*|#).*$/gm, "");

/** What is written for people and programs; the tests send to names of all kinds. */
const files = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" })
  .split("\0")
  .filter((file) => /\.(ts|tsx|mjs|js|md|json|tf|html|css|sh|py)$|^\.ci\//.test(file))
  .filter((file) => !/^test\/|package-lock\.json$/.test(file));
const texts = files.map((file) => [file, readFileSync(join(root, file), "utf8")] as const);

const hostsIn = (text: string) =>
  [...text.matchAll(/https?:\/\/([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})(?![a-z0-9-])/gi)].map(([, host]) =>
    host!.toLowerCase(),
  );
/** A package or an image by our name is not ours until it is published: it is run from the clone alone. */
const fetched =
  /\b(?:npm (?:i|install|add|exec|create)|npx --yes|yarn (?:add|dlx)|pnpm (?:add|dlx)|bunx|pipx?(?: install)?|brew install|docker (?:pull|run)|go install)\b[^\n`]*\bafterclick\b|\bnpx afterclick@|@afterclick\//i;

test("no domain stands in the repository that is neither somebody's whom we mean nor nobody's", () => {
  expect(texts.length).toBeGreaterThan(300);
  const found = texts.flatMap(([file, text]) =>
    hostsIn(file.endsWith(".md") ? text : withoutComments(text))
      .filter((host) => !others.has(host) && !reserved.test(host))
      .map((host) => `${file}: ${host}`),
  );
  expect(found).toEqual([]);
});

test("no command fetches a package or an image by a name that we do not hold", () => {
  const found = texts.flatMap(([file, text]) => {
    const [command] = fetched.exec(text) ?? [];
    return command === undefined ? [] : [`${file}: ${command}`];
  });
  expect(found).toEqual([]);
});

test.each([
  ["see https://afterclick.dev/errors", ["afterclick.dev"]],
  ["http://127.0.0.1:8081 https://in.example.com/x", ["in.example.com"]],
])("%s names %j", (text, hosts) => {
  expect(hostsIn(text)).toEqual(hosts);
});

test.each([
  "npm install -g afterclick",
  "npx afterclick@latest rows",
  "docker run -p 80:80 afterclick/afterclick",
])("%s would be found", (text) => expect(text).toMatch(fetched));
