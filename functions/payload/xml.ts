import { SaxesParser, type SaxesTagPlain } from "saxes";
import { pieceBytesMax, type Work } from "../turn.ts";
import { depthMax, keysMax } from "./json.ts";

/** Reads XML, by one rule: an element is its text, or an object where it has attributes (`@name`) or elements
 *  (by their names, an array where one is repeated); text beside them is `$`, unless it is white space. Names
 *  keep their prefixes, and declarations of namespaces are left out. All values are texts. Nothing is looked
 *  up: no DTD, no entities but the five of XML.
 *  @returns JSON; null where it has a DTD, or is past depthMax, or keysMax elements and attributes; undefined
 *  where it is not well-formed */
export function* rewriteXml(text: string): Work<string | null | undefined> {
  const start = opening.exec(text);
  if (start === null) return undefined;
  const reader = createReader();
  // Its opening may be white space alone, which no declaration may follow.
  for (let at = start[0].length - 1; at < text.length; at += pieceBytesMax) {
    const verdict = reader.write(text.slice(at, at + pieceBytesMax));
    if (verdict !== "go on") return verdict === "past bounds" ? null : undefined;
    yield;
  }
  return reader.end();
}

/** The encoding that its declaration names, of a body whose Content-Type names none. */
export function declaredEncoding(text: string): string | undefined {
  return declaration.exec(text)?.[1];
}

const opening = /^\ufeff?[ \t\r\n]*</;
const declaration = /^<\?xml [^?>]{0,100}?encoding *= *["']([\w-]{1,40})["']/;

interface Element {
  readonly name: string;
  text: string;
  /** Attributes and elements; without a prototype, since `__proto__` is a name as any other. */
  inside: Record<string, unknown> | undefined;
}

type Verdict = "go on" | "past bounds" | "malformed";

function createReader() {
  // Only for messages, and they are nobody's to read.
  const parser = new SaxesParser({ position: false, xmlns: false });
  const stack: Element[] = [];
  let root: Record<string, unknown> | undefined;
  let keys = 0;
  let verdict: Verdict = "go on";

  const stop = (why: Verdict): never => {
    verdict = why;
    throw new Error(why);
  };
  const opened = ({ name, attributes }: SaxesTagPlain) => {
    if (++keys > keysMax || stack.length + 1 >= depthMax) stop("past bounds");
    const element: Element = { name, text: "", inside: undefined };
    for (const attribute in attributes) {
      if (attribute === "xmlns" || attribute.startsWith("xmlns:")) continue;
      if (++keys > keysMax) stop("past bounds");
      element.inside ??= Object.create(null) as Record<string, unknown>;
      element.inside[`@${attribute}`] = attributes[attribute];
    }
    stack.push(element);
  };
  const closed = () => {
    const element = stack.pop()!;
    const around = stack.at(-1);
    const into =
      around === undefined ? (root = Object.create(null)) : (around.inside ??= Object.create(null));
    put(into, element.name, valueOf(element));
  };
  const wrote = (text: string) => {
    const element = stack.at(-1);
    if (element !== undefined) element.text += text;
  };

  parser.on("error", () => stop("malformed"));
  parser.on("doctype", () => stop("past bounds"));
  parser.on("opentag", opened);
  parser.on("closetag", closed);
  parser.on("text", wrote);
  parser.on("cdata", wrote);

  const run = (step: () => unknown): Verdict => {
    try {
      step();
    } catch {
      // Its own mistakes are ours as well: what it cannot read has no fields.
      if (verdict === "go on") verdict = "malformed";
    }
    return verdict;
  };
  return {
    write: (piece: string) => run(() => parser.write(piece)),
    end: () => {
      const last = run(() => parser.close());
      return last === "go on" ? JSON.stringify(root) : last === "past bounds" ? null : undefined;
    },
  };
}

function valueOf({ text, inside }: Element): unknown {
  if (inside === undefined) return text;
  if (text.trim() !== "") inside["$"] = text;
  return inside;
}

function put(into: Record<string, unknown>, name: string, value: unknown): void {
  const before = into[name];
  if (before === undefined) into[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else into[name] = [before, value];
}
