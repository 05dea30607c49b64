import { isPlace } from "../place.ts";

/** How a request proves where it comes from. One shape for all schemes: a document is written by people, and
 *  each scheme takes of it what it needs. */
export interface Auth {
  readonly scheme: SchemeName;
  /** Where the signature, the token or the account stands. */
  readonly at?: string;
  /** What is signed, one after the other: see `partWords`, `=text`, and places. */
  readonly parts?: readonly string[];
  readonly digest?: "sha1" | "sha256" | "sha512";
  readonly encoding?: "hex" | "base64" | "base64url";
  /** What the secret's text stands for. */
  readonly key?: "raw" | "base64" | "hex";
  /** Stands before the signature or the token and is no part of it. */
  readonly prefix?: string;
  /** Of a signature such as `t=1,v1=…`: under which names what stands in it. */
  readonly fields?: { readonly signature: string; readonly timestamp?: string; readonly separator?: string };
  /** Where the time of signing stands, if not in `fields`. */
  readonly timestamp?: string;
  /** How far it may be from the time of receipt; without it, it may be any. */
  readonly tolerance_seconds?: number;
  /** Of account ids: those that may send. */
  readonly is?: string | readonly string[];
  /** Under which name its secrets are kept. */
  readonly secret?: string;
}

export const schemeNames = [
  "hmac",
  "standard-webhooks",
  "ecdsa",
  "token",
  "basic",
  "mailgun",
  "twilio",
  "account",
] as const;
export type SchemeName = (typeof schemeNames)[number];

const partWords = ["body", "method", "url", "url-decoded", "form", "timestamp"] as const;

/** What the schema cannot say: which scheme needs what. In words that end a sentence. */
export function authProblems(auth: Auth): string[] {
  const { scheme, at, parts, is, timestamp, fields } = auth;
  const isSigned = scheme === "hmac" || scheme === "ecdsa";
  const lacks = [
    ...((isSigned || scheme === "token" || scheme === "account") && at === undefined ? ["at"] : []),
    ...(isSigned && parts === undefined ? ["parts"] : []),
    ...(scheme === "account" && is === undefined ? ["is"] : []),
    ...(parts?.includes("timestamp") && timestamp === undefined && fields?.timestamp === undefined
      ? ["timestamp"]
      : []),
  ];
  const strange = (parts ?? []).filter((part) => !isPart(part));
  return [
    ...lacks.map((name) => `auth is of the scheme ${scheme}, which needs ${name}`),
    ...strange.map(
      (part) =>
        `auth signs ${JSON.stringify(part.slice(0, 80))}; allowed are ${partWords.join(", ")}, =text, header:NAME and query:NAME`,
    ),
  ];
}

function isPart(part: string): boolean {
  return (
    (partWords as readonly string[]).includes(part) ||
    part.startsWith("=") ||
    (/^(?:header|query):/i.test(part) && isPlace(part))
  );
}
