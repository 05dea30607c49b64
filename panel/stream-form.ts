/** The form of a stream: what its fields are called, and the texts that say the same to a program.
 *  Runs in the browser too. */
export interface StreamForm {
  readonly name: string;
  readonly table: string;
  readonly offset: string;
  readonly key: string;
  /** The integration type; of no document. */
  readonly type: string;
  readonly body: "form" | "json";
}

export function fieldsOf(sent: { get(name: string): unknown }): StreamForm {
  const text = (name: string) => String(sent.get(name) ?? "").trim();
  return {
    name: text("name"),
    table: text("table"),
    offset: text("offset"),
    key: text("key"),
    type: text("type"),
    body: text("body") === "json" ? "json" : "form",
  };
}

/** What of it a document holds. */
export function documentOf({ name, table, offset, key }: StreamForm): Record<string, string> {
  return { ...(name !== "" && { name }), table, offset, ...(key !== "" && { key }) };
}

export function apiCall(form: StreamForm): string {
  return `POST /v1/streams\nContent-Type: application/json\n\n${JSON.stringify(documentOf(form), null, 2)}`;
}

export function cliLine(form: StreamForm): string {
  const options = Object.entries(documentOf(form)).map(([name, value]) => `--${name} ${quoted(value)}`);
  return `npx afterclick streams add ${options.join(" ")}`;
}

/** For a shell. */
function quoted(text: string): string {
  return /^[\w.:/+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function terraform(id: string, form: StreamForm): string {
  const fields = Object.entries(documentOf(form));
  const width = Math.max(...fields.map(([name]) => name.length));
  const lines = fields.map(([name, value]) => `    ${name.padEnd(width)} = ${hcl(value)}`);
  return `streams = {\n  "${id}" = {\n${lines.join("\n")}\n  }\n}`;
}

/** A text in HCL: that of JSON, and no template in it. Source:
 *  https://developer.hashicorp.com/terraform/language/expressions/strings */
const hcl = (text: string): string => JSON.stringify(text).replaceAll(/([$%])\{/g, "$1$1{");
