import { expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { calendarOf } from "../../functions/streams/calendar.ts";
import { type StreamField, streamFields } from "../../functions/streams/fields.ts";
import { blocks, everything, read } from "./source.ts";
import { module, root } from "./tool.ts";

const hcl = read("variables-streams.tf");

/** As a string of HCL holds it. */
const quoted = (pattern: string) => pattern.replaceAll("\\", "\\\\").replaceAll('"', '\\"');

const fields = Object.entries<StreamField>(streamFields);
const inTerraform = fields.filter(([, field]) => field.inTerraform);

/** What a schema asks for, as the rules of HCL say it. The offset's format is compared below, with all its
 *  zones; a path's is told by its pattern as far as Terraform can. */
const asRule: Record<string, (allowed: never, field: string) => string> = {
  pattern: (pattern: string) => `regex("${quoted(pattern)}"`,
  enum: listed,
  items: (items: { enum: string[] } | { pattern: string }) =>
    "enum" in items ? listed(items.enum) : `regex("${quoted(items.pattern)}"`,
  minItems: (least: number, field) => `length(stream.${field}) >= ${least}`,
  maxItems: (most: number, field) => `length(stream.${field}) <= ${most}`,
  uniqueItems: (_, field) => `length(distinct(stream.${field})) == length(stream.${field})`,
  minLength: (least: number) => `length(tostring(stream.name)) >= ${least}`,
  maxLength: (most: number) => `length(tostring(stream.name)) <= ${most}`,
  format: (format: string) => (format === "offset" ? 'regex("^[+-]' : 'regex("^(?:'),
};

function listed(words: readonly string[]): string {
  return JSON.stringify(words).replaceAll(",", ", ");
}

test.each(inTerraform)("a %s that Terraform takes is one that the registry takes", (name, { schema }) => {
  const { description, type, ...rules } = schema;
  const isText = (text: unknown) => text === undefined || typeof text === "string";
  expect(isText(description) && (isText(type) || String(type) === "string,array")).toBe(true);
  const conditions = hcl.split("\n  validation {").filter((block) => block.includes(`stream.${name}`));
  expect(conditions).not.toEqual([]);
  for (const [keyword, allowed] of Object.entries(rules)) {
    // A keyword that is not in the list above fails here: then Terraform does not know that rule yet.
    const rule = asRule[keyword]!(allowed as never, name);
    expect(conditions.filter((block) => block.includes(rule))).not.toEqual([]);
  }
});

test("Terraform knows the fields that the table of fields gives it, and no other", () => {
  const known = /setsubtract\(keys\(stream\), (\[[^\]]+\])/.exec(hcl)?.[1] ?? "[]";
  const names = inTerraform.map(([name]) => name);
  expect((JSON.parse(known) as string[]).toSorted()).toEqual(names.toSorted());
  const said = `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  expect(hcl).toContain(`allowed are ${said}. managed_by is set here.`);
  const described = /Required: .*/.exec(hcl)?.[0];
  expect(names.filter((name) => !described?.includes(`\`${name}\``))).toEqual([]);
});

test("every time zone that Terraform takes is one that the functions know", () => {
  const zones = read("zones.txt").trim().split("\n");
  expect(zones.filter((zone) => calendarOf(zone) === undefined)).toEqual([]);
  expect(zones).toEqual(expect.arrayContaining(["UTC", "Europe/Kyiv", "Asia/Kolkata", "America/New_York"]));
});

test("Terraform takes fixed offsets as the functions do, up to 14 hours", () => {
  const pattern = /regex\("([^"]+)", stream\.offset\)/.exec(hcl)?.[1]?.replaceAll("\\\\", "\\") ?? "";
  for (const hours of ["00", "09", "10", "13", "14", "15"]) {
    for (const minutes of ["00", "01", "59", "60"]) {
      for (const sign of ["+", "-", ""]) {
        const offset = `${sign}${hours}:${minutes}`;
        expect([offset, new RegExp(pattern).test(offset)]).toEqual([
          offset,
          calendarOf(offset) !== undefined,
        ]);
      }
    }
  }
});

test("every variable and output is described", () => {
  for (const kind of ["variable", "output"]) {
    const found = blocks(kind);
    expect(found.length).toBeGreaterThan(5);
    expect(found.filter(([, text]) => !/^  description += /m.test(text)).map(([name]) => name)).toEqual([]);
  }
});

test("every refusal says what was given and what is allowed", () => {
  const sentences = [...everything.matchAll(/error_message = "((?:[^"\\]|\\.|"(?=[^\n]*\}))*)"\n/g)].map(
    ([, text]) => text!,
  );
  expect(sentences.length).toBe([...everything.matchAll(/error_message = /g)].length);
  const silent = sentences.filter(
    (text) =>
      !/allowed|allows|required|give|Give|Raise|Name|Set/.test(text) ||
      !/\$\{|is \\"|is no map|two streams on one table/.test(text),
  );
  expect(silent).toEqual([]);
});

test.each([
  "README.md",
  ...readdirSync(join(module, "examples")).map((name) => `examples/${name}/versions.tf`),
])("%s names the project that a person's calls count for", (page) => {
  const provider = /^provider "google" \{\n(.*?)^\}/ms.exec(read(page))?.[1];
  expect(provider).toMatch(/^  user_project_override = true$/m);
  expect(provider).toMatch(/^  billing_project       = (var\.project_id|"your-project")$/m);
});

test("the README names every variable and output", () => {
  const readme = read("README.md");
  const names = [...blocks("variable"), ...blocks("output")].map(([name]) => name);
  expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});

test("no account is granted a basic role, and a list of its own shows what reaches the project", () => {
  const granted = [...everything.matchAll(/"(roles\/[A-Za-z.]+)"/g)].map(([, role]) => role!);
  expect(granted.filter((role) => ["roles/owner", "roles/editor", "roles/viewer"].includes(role))).toEqual(
    [],
  );
  const onProject = blocks("resource").filter(([name]) =>
    /^google_project_iam_(member|binding|policy)\./.test(name),
  );
  expect(onProject.map(([name]) => name.split(".")[1]).toSorted()).toEqual([
    "admin_backlog",
    "admin_keeps_secrets",
    "admin_live",
    "admin_makes_secrets",
    "build_log",
    "build_source",
    "collect_reads_secrets",
    "import_reads_secrets",
    "jobs",
    "registry",
  ]);
  // What is in a secret is reached under one prefix alone; by collect, under that of senders' proofs.
  for (const [name, text] of onProject)
    if (/_(keeps|reads)_secrets$/.test(name))
      expect([name, text]).toEqual([
        name,
        expect.stringMatching(
          /condition \{[\s\S]*(local\.secrets_condition|\$\{local\.secrets_prefix\}proof-)/,
        ),
      ]);
  expect(everything).not.toMatch(
    /google_(project|bigquery_dataset|pubsub_\w+|storage_bucket|cloud_run_v2_service)_iam_(binding|policy)/,
  );
});

test("only collect is granted to everybody", () => {
  const open = blocks("resource").filter(([, text]) => /"all(Authenticated)?Users"/.test(text));
  expect(open.map(([name]) => name)).toEqual([
    "google_cloud_run_v2_service_iam_member.anybody_invokes_collect",
  ]);
});

test("docs/deploy.md says what each role is for and what each alert means", () => {
  const docs = readFileSync(join(root, "docs/deploy.md"), "utf8");
  const roles = new Set([...everything.matchAll(/"roles\/([A-Za-z.]+)"/g)].map(([, role]) => role!));
  expect([...roles].filter((role) => !docs.includes(`\`${role}\``))).toEqual([]);
  const alerts = [...everything.matchAll(/^ {6}says += "(.+)"$/gm)].map(([, says]) => says!);
  expect(alerts.length).toBeGreaterThan(5);
  expect(alerts.filter((alert) => !docs.includes(`| ${alert} `))).toEqual([]);
});
