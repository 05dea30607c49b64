import { Ajv } from "ajv";
import { nearest } from "../nearest.ts";
import { handshakeProblems } from "./handshake.ts";
import { authProblems } from "./proof/auth.ts";
import { partsSchemas } from "./parts-schema.ts";
import { presetOf, presets } from "./presets/presets.ts";
import { type Sender, senderOf, type SenderParts } from "./sender.ts";
import { addFormats } from "../streams/formats.ts";

/** The sender of a document: what its preset says, and what the document says otherwise itself. */
interface Said {
  /** Absent where nothing is said, or not all of it can be read. */
  readonly sender?: Sender;
  /** Of records and batches, by the preset. */
  readonly paths: Pick<SenderParts, "key" | "updated" | "items">;
  /** Beside those that the document's schema finds. */
  readonly problems: readonly string[];
}

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
addFormats(ajv);
const areParts = ajv.compile<SenderParts>({ type: "object", properties: partsSchemas });

/** The rest of the document may be whatever it is: who may write is known all the same. */
export function readSender(document: unknown): Said {
  const given = Object(document) as Record<string, unknown>;
  const { sender: name, auth, handshake, answer, delivery } = given;
  if ([name, auth, handshake, answer, delivery].every((part) => part === undefined)) return nothing;
  const preset = typeof name === "string" ? presetOf(name) : undefined;
  const paths = preset === undefined ? {} : pathsOf(preset);
  if (name !== undefined && preset === undefined)
    return {
      paths,
      problems: typeof name === "string" ? [unknownSender(name)] : [],
    };
  if (!areParts(given)) return { paths, problems: [] };
  const own = defined({ auth, handshake, answer, delivery }) as SenderParts;
  const sender = senderOf({ ...preset, ...own });
  if (sender === undefined) return { paths, problems: [] };
  const problems = [...sender.auth.flatMap(authProblems), ...handshakeProblems(sender)];
  if (problems.length > 0) return { paths, problems };
  return { sender, paths, problems };
}

const nothing: Said = { paths: {}, problems: [] };

const pathsOf = ({ key, updated, items }: SenderParts): Said["paths"] =>
  defined({ key, updated, items }) as Said["paths"];

const defined = (parts: object): object =>
  Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));

function unknownSender(name: string): string {
  const names = presets.map((preset) => preset.name);
  const meant = nearest(name, names);
  return `sender is ${JSON.stringify(name.slice(0, 80))}${meant === undefined ? "" : `, did you mean ${meant}?`}; allowed are ${names.join(", ")}`;
}
