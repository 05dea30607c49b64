/** What a person hands to whoever sends. */
export interface Snippet {
  readonly label: string;
  /** What a download is called. */
  readonly file: string;
  readonly text: string;
}

interface IntegrationType {
  readonly type: string;
  readonly label: string;
  readonly group: string;
}

/** For a choice, in its order. */
export const integrationTypes: readonly IntegrationType[] = [
  { type: "bash", label: "curl + bash", group: "Your own code" },
];

/** One of the list: the first where the text is none. */
export function knownType(text: string): string {
  return (integrationTypes.find(({ type }) => type === text) ?? integrationTypes[0]!).type;
}

export function snippetOf(_type: string, endpoint: string, body: "form" | "json"): Snippet {
  const sent =
    body === "json"
      ? `-H 'Content-Type: application/json' \\\n  -d '{"orderId":"N1","status":"delivered","total":120.13,"userId":"U1"}'`
      : `-d 'orderId=N1&status=delivered&total=120.13&userId=U1'`;
  return { label: "curl + bash", file: "afterclick.sh", text: `curl ${sent} \\\n  ${endpoint}\n` };
}
