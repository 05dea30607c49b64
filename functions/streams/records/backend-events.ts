import { isValuePath } from "./path.ts";

/** How the hits of a stream become backend events: which cell is where, with constants and a small table of
 *  rules. Cells and rules are those of the stream's document; functions/import/hits reads hits by them. */

/** `=purchase` is the text itself; all else is a path as of `key`. */
export function isCell(text: string): boolean {
  return text.startsWith("=") ? text.length > 1 && text.length <= 257 : isValuePath(text);
}

const cell = (description: string) =>
  ({ description, type: "string", minLength: 1, maxLength: 500, format: "cell" }) as const;

const cells = {
  date: cell("When it happened: a path to a time or a day; the day on which the hit came where left out"),
  ev: cell("What happened: a path, or =text"),
  reference_ev: cell("The web events that it may belong to, separated by commas: a path, or =text"),
  reference_id: cell("The transaction_id of its web event: a path, or =text"),
  value: cell("What it is worth: a path, or =text"),
} as const;
const required = ["ev", "reference_ev", "reference_id"] as const;

export const backendEventsSchema = {
  description:
    "Makes backend events of the hits: the import that they belong to, which cell is where, and rules",
  type: "object",
  required: ["import"],
  properties: {
    import: {
      description: "The import that the events belong to: its web events, its settings",
      type: "string",
      pattern: "^[a-z0-9][a-z0-9_-]{0,39}$",
    },
    ...cells,
    rules: {
      description: "The first one that holds says what else is where; a hit for which none holds is no event",
      type: "array",
      minItems: 1,
      maxItems: 20,
      items: {
        type: "object",
        required: ["when"],
        properties: {
          when: {
            description: "Paths, and the texts that must stand there: one of them",
            type: "object",
            minProperties: 1,
            maxProperties: 5,
            propertyNames: { format: "path" },
            additionalProperties: {
              type: ["string", "array"],
              maxLength: 256,
              minItems: 1,
              maxItems: 50,
              items: { type: "string", maxLength: 256 },
            },
          },
          ...cells,
        },
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
} as const;

export type CellName = keyof typeof cells;
export type CellTexts = { readonly [Name in CellName]?: string | undefined };

export interface EventRule extends CellTexts {
  readonly when: Readonly<Record<string, string | readonly string[]>>;
}

export interface BackendEventsMapping extends CellTexts {
  readonly import: string;
  readonly rules?: readonly EventRule[];
}

/** What a rule says, and beside it what is said for all; of a mapping without rules that alone. */
export function wholeRules({ rules, import: _import, ...all }: BackendEventsMapping): EventRule[] {
  return (rules ?? [{ when: {} }]).map((rule) => ({ ...all, ...rule }));
}

/** What a schema cannot say: each rule has all that an event needs. */
export function mappingProblems(mapping: BackendEventsMapping): string[] {
  return wholeRules(mapping).flatMap((rule, index) => {
    const missing = required.filter((name) => rule[name] === undefined);
    if (missing.length === 0) return [];
    const where = mapping.rules === undefined ? "backend_events" : `rule ${index + 1} of backend_events`;
    return [
      `${where} does not say where ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"}; allowed is a path, or = and the text itself`,
    ];
  });
}
