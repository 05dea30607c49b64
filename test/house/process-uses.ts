import { parseSync } from "@swc/core";

/** How a source uses `process`, whatever it calls it. */
export interface ProcessUses {
  /** Names it takes of it, such as `cpuUsage`. */
  readonly names: readonly string[];
  /** It reads the environment, or may: `process` itself goes into a variable or a call, or is imported. */
  readonly environment: boolean;
}

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

export function processUses(source: string, tsx = false): ProcessUses {
  const names: string[] = [];
  let environment = false;
  const took = (name: string | undefined): void => {
    if (name === undefined || name === "env" || name === "process") environment = true;
    else names.push(name);
  };

  function visit(node: Node, parents: readonly Node[]): void {
    if (node.type === "ImportDeclaration" && isProcessModule(node["source"])) environment = true;
    if (node.type === "CallExpression" && importsProcess(node)) environment = true;
    if (isProcess(node)) {
      for (const name of namesTaken(node, parents)) took(name);
      return;
    }
    for (const [key, value] of Object.entries(node)) {
      // The name of a member or of a property is no variable.
      if (key === "key" || (node.type === "MemberExpression" && key === "property" && !isComputed(value)))
        continue;
      for (const child of Array.isArray(value) ? value : [value])
        if (isNode(child)) visit(child, [node, ...parents]);
        // Arguments and elements come wrapped.
        else if (isNode(child?.expression)) visit(child.expression, [node, ...parents]);
    }
  }
  visit(parseSync(source, { syntax: "typescript", tsx, target: "es2024" }) as unknown as Node, []);
  return { names, environment };
}

const globals = ["globalThis", "global"];

/** `process`, `globalThis.process`, or `globalThis` where it is more than the owner of another name. */
function isProcess(node: Node): boolean {
  if (node.type === "Identifier") return [...globals, "process"].includes(String(node["value"]));
  return (
    node.type === "MemberExpression" &&
    isNamed(node["object"], globals) &&
    nameOf(node["property"] as Node) === "process"
  );
}

/** @returns the names; undefined for one where all of it is taken */
function namesTaken(node: Node, [parent, grandparent]: readonly Node[]): (string | undefined)[] {
  if (parent?.type === "MemberExpression" && parent["object"] === node)
    return [nameOf(parent["property"] as Node)];
  // Its own method stays its own: `process.send.bind(process)`.
  if (parent?.type === "CallExpression" && isBindOfProcess(parent["callee"] as Node)) return [];
  if (parent?.type === "VariableDeclarator" && (parent["id"] as Node).type === "ObjectPattern")
    return ((parent["id"] as Node)["properties"] as Node[]).map((property) =>
      property.type === "RestElement" ? undefined : nameOf(property["key"] as Node),
    );
  return grandparent?.type === "TsTypeQuery" ? [] : [undefined];
}

function isBindOfProcess(callee: Node): boolean {
  if (callee.type !== "MemberExpression" || nameOf(callee["property"] as Node) !== "bind") return false;
  const method = callee["object"] as Node;
  return (
    method.type === "MemberExpression" &&
    isProcess(method["object"] as Node) &&
    nameOf(method["property"] as Node) !== "env"
  );
}

/** @returns undefined where only the run knows it */
function nameOf(node: Node): string | undefined {
  const inner = isComputed(node) ? (node["expression"] as Node) : node;
  if (inner.type === "StringLiteral") return String(inner["value"]);
  return inner === node && node.type === "Identifier" ? String(node["value"]) : undefined;
}

function importsProcess(call: Node): boolean {
  const isLoader = (call["callee"] as Node).type === "Import" || isNamed(call["callee"], ["require"]);
  const [first] = call["arguments"] as { expression: Node }[];
  return isLoader && isProcessModule(first?.expression);
}

const isProcessModule = (node: unknown): boolean =>
  isNode(node) && ["node:process", "process"].includes(String(node["value"]));
const isNamed = (node: unknown, names: readonly string[]): boolean =>
  isNode(node) && node.type === "Identifier" && names.includes(String(node["value"]));
const isComputed = (node: unknown): boolean => isNode(node) && node.type === "Computed";
const isNode = (node: unknown): node is Node =>
  typeof node === "object" && node !== null && typeof (node as Node).type === "string";
