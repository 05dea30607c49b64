import { type IntegrationType, integrationTypes, type Language, snippet } from "./snippets/snippets.ts";
import { guide, guideText, type Guide, type System } from "./snippets/systems.ts";

/** What a person hands to whoever sends: a file that runs, or steps in a system that calls a URL. */
export interface Handed {
  readonly label: string;
  /** What a download is called. */
  readonly file: string;
  readonly text: string;
  readonly guide?: Guide;
}

export type IntegrationName = IntegrationType["type"];

/** One of the list: the first where the text is none. */
export function knownType(text: string): IntegrationName {
  return (integrationTypes.find(({ type }) => type === text) ?? integrationTypes[0]!).type;
}

export function handed(type: IntegrationName, endpoint: string, body: "form" | "json"): Handed {
  const { group } = integrationTypes.find((one) => one.type === type)!;
  if (group === "Your own code") {
    const { label, file, text } = snippet(type as Language, endpoint, body);
    return { label, file, text };
  }
  const steps = guide(type as System, endpoint);
  return { label: steps.label, file: `${type}.txt`, text: guideText(steps, endpoint), guide: steps };
}
