import { parseSync } from "@swc/core";

/** How large a source is: its lines, and the own lines and parameters of each function in it. */
export interface Sizes {
  readonly lines: number;
  readonly functions: readonly FunctionSize[];
}

export interface FunctionSize {
  readonly name: string | undefined;
  /** The first line of the function, from 1. */
  readonly line: number;
  /** Lines from its first to its last one, less those that belong to functions inside it. */
  readonly own: number;
  readonly parameters: number;
}

interface Node {
  readonly type: string;
  readonly span: { readonly start: number; readonly end: number };
  readonly [key: string]: unknown;
}

const kinds = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "ClassMethod",
  "PrivateMethod",
  "Constructor",
  "MethodProperty",
  "GetterProperty",
  "SetterProperty",
]);

export function sizesOf(source: string, { tsx = false } = {}): Sizes {
  // The parser counts bytes, on and on over all sources of a process: an empty statement in front
  // marks where this one begins.
  const program = parseSync(`;${source.replace(/^#!/, "//")}`, {
    syntax: "typescript",
    tsx,
    target: "es2024",
  });
  const lineAt = linesOf(Buffer.from(source), program.span.start + 1);
  const functions: FunctionSize[] = [];

  /** @returns the lines that the outermost functions inside the node cover, without
   *  the line each begins on */
  function visit(node: Node, parent?: Node): Set<number> {
    const inside = new Set<number>();
    for (const child of childrenOf(node)) for (const line of visit(child, node)) inside.add(line);
    if (!kinds.has(node.type)) return inside;
    const [first, last] = [lineAt(node.span.start), lineAt(node.span.end - 1)];
    functions.push({
      name: nameOf(node) ?? (parent && nameOf(parent)),
      line: first,
      own: last - first + 1 - inside.size,
      parameters: parametersOf(node),
    });
    return new Set(Array.from({ length: last - first }, (_, n) => first + 1 + n));
  }

  visit(program as unknown as Node);
  return { lines: source.trimEnd().split("\n").length, functions };
}

/** By which it is declared, or the variable or property that holds it. */
function nameOf({ identifier, key, id }: Node): string | undefined {
  const named = (identifier ?? key ?? id) as { value?: unknown } | null | undefined;
  return typeof named?.value === "string" ? named.value : undefined;
}

function parametersOf({ params, param }: Node): number {
  return Array.isArray(params) ? params.length : param === undefined ? 0 : 1;
}

/** Nodes below a node, also where the parser wraps them (arguments, elements, the
 *  body of a class's method). */
function* childrenOf(value: object): Generator<Node> {
  for (const child of Object.values(value))
    if (typeof child === "object" && child !== null) {
      if (isNode(child)) yield child;
      else yield* childrenOf(child);
    }
}

function isNode(value: object): value is Node {
  return "type" in value && "span" in value && typeof value.type === "string";
}

/** @returns which line, from 1, a byte stands in */
function linesOf(bytes: Buffer, base: number): (position: number) => number {
  const starts = [0];
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) starts.push(at + 1);
  return (position) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (starts[middle]! <= position - base) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}
