import { asProblem, isProblem } from "../problem.ts";
import { signatureMissing, signatureWrong, timestampOld, tokenWrong } from "../problems.ts";
import type { Auth } from "./proof/auth.ts";
import { type Evidence, evidenceOf } from "./evidence.ts";
import { check } from "./proof/prove.ts";
import type { Live } from "./proof/signing.ts";

/** Why a proof fails: what most often goes wrong is tried, one thing after the other, until it would hold. */
export interface Diagnosis {
  readonly scheme: string;
  readonly holds: boolean;
  /** What the sender is answered. */
  readonly says?: string;
  /** With what it would hold; left out where nobody knows. */
  readonly cause?: string;
}

/** As if it had come at any time. */
const anyTime = Number.MAX_SAFE_INTEGER;

export async function diagnose(
  auths: readonly Auth[],
  evidence: Evidence,
  live: Live,
  at: number,
): Promise<Diagnosis[]> {
  return Promise.all(auths.map((auth) => diagnoseOne(auth, evidence, live, at)));
}

async function diagnoseOne(auth: Auth, evidence: Evidence, live: Live, at: number): Promise<Diagnosis> {
  const { scheme } = auth;
  let refused: unknown;
  try {
    refused = await check(auth, evidence, live, at);
  } catch (error) {
    return { scheme, holds: false, says: asProblem(error).message };
  }
  if (refused === undefined) return { scheme, holds: true };
  const says = asProblem(refused).message;
  const timeless: Auth = { ...auth, tolerance_seconds: anyTime };
  if (isProblem(refused, timestampOld) && (await holds(timeless, evidence, live, at)))
    return {
      scheme,
      holds: false,
      says,
      cause: "the signature itself is right: it came too late, or a clock is wrong",
    };
  if (!isProblem(refused, timestampOld, signatureMissing, signatureWrong, tokenWrong))
    return { scheme, holds: false, says };
  for (const guess of guesses(timeless, evidence, live))
    if (await holds(guess.auth ?? timeless, guess.evidence ?? evidence, guess.live ?? live, at))
      return { scheme, holds: false, says, cause: guess.says };
  return { scheme, holds: false, says };
}

async function holds(auth: Auth, evidence: Evidence, live: Live, at: number): Promise<boolean> {
  return (await check(auth, evidence, live, at).catch((error: unknown) => error)) === undefined;
}

interface Guess {
  readonly says: string;
  readonly auth?: Auth;
  readonly evidence?: Evidence;
  readonly live?: Live;
}

function guesses(auth: Auth, evidence: Evidence, live: Live): Guess[] {
  return [
    ...bodies(evidence.body).map(({ says, body }) => ({ says, evidence: withBody(evidence, body) })),
    ...secrets.map(({ says, change }) => ({
      says,
      live: async (slot: string) =>
        (await live(slot)).map(({ letter, value }) => ({ letter, value: change(value) })),
    })),
    ...(auth.scheme === "hmac" ? hmacs(auth) : []),
    ...evidence.urls.flatMap(otherUrls).map((url) => ({
      says: `the sender signed the address ${JSON.stringify(withoutKey(url))}: the stream's address there is written differently`,
      evidence: { ...evidence, urls: [url] },
    })),
  ];
}

function hmacs(auth: Auth): Guess[] {
  const { encoding = "hex", digest = "sha256", key = "raw", prefix } = auth;
  return [
    ...(["hex", "base64", "base64url"] as const)
      .filter((other) => other !== encoding)
      .map((other) => ({
        says: `the signature is written in ${other}, and ${encoding} is asked for`,
        auth: { ...auth, encoding: other },
      })),
    ...(["sha1", "sha256", "sha512"] as const)
      .filter((other) => other !== digest)
      .map((other) => ({
        says: `it was made by ${other}, and ${digest} is asked for`,
        auth: { ...auth, digest: other },
      })),
    ...(["raw", "base64", "hex"] as const)
      .filter((other) => other !== key)
      .map((other) => ({
        says: `the sender takes the secret as ${other}, and here it is ${key}`,
        auth: { ...auth, key: other },
      })),
    ...(prefix === undefined
      ? []
      : [{ says: `the signature lacks ${JSON.stringify(prefix)} before it`, auth: withoutPrefix(auth) }]),
    ...(auth.parts?.length === 1
      ? []
      : [{ says: "the body alone was signed", auth: { ...auth, parts: ["body"] } }]),
  ];
}

function withoutPrefix({ prefix: _prefix, ...auth }: Auth): Auth {
  return auth;
}

const secrets = [
  { says: "the secret here has blanks or a line break at its ends", change: (text: string) => text.trim() },
  {
    says: "the sender signs with what stands behind the _ of the secret",
    change: (text: string) => text.replace(/^[a-z]+_/, ""),
  },
  {
    says: "the sender signs with the text of the secret, and not with the bytes that its base64 stands for",
    change: (text: string) => Buffer.from(text).toString("base64"),
  },
];

/** A body as it may have been when it was signed. */
function bodies(body: Uint8Array): { says: string; body: Buffer }[] {
  const text = Buffer.from(body).toString("latin1");
  const as = (says: string, changed: string) =>
    changed === text ? [] : [{ says, body: Buffer.from(changed, "latin1") }];
  return [
    ...as("a line break was added at the end of the body after signing", text.replace(/\r?\n$/, "")),
    ...as("a line break at the end of the body was lost after signing", `${text}\n`),
    ...as("line ends became CRLF after signing", text.replaceAll("\r\n", "\n")),
    ...as("line ends became LF after signing", text.replaceAll(/\r?\n/g, "\r\n")),
    ...as("a byte order mark was put before the body after signing", text.replace(/^\xef\xbb\xbf/, "")),
    ...reencoded(body).filter(({ body: other }) => !other.equals(body)),
  ];
}

/** By its text: numbers of more digits than a program holds stay as they are. */
function reencoded(body: Uint8Array): { says: string; body: Buffer }[] {
  const text = Buffer.from(body).toString();
  try {
    JSON.parse(text);
  } catch {
    return [];
  }
  const says = "JSON was written anew after signing: sign the very bytes that are sent";
  const compact = outsideTexts(text, (between) => between.replaceAll(/\s+/g, ""));
  return [
    compact,
    indented(compact),
    // As Python writes it.
    outsideTexts(compact, (between) => between.replaceAll(/[:,]/g, "$& ")),
    compact.replaceAll("/", "\\/"),
    compact.replaceAll("\\/", "/"),
    compact.replaceAll(
      /[\u0080-\uffff]/g,
      (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ),
  ].map((written) => ({ says, body: Buffer.from(written) }));
}

function outsideTexts(json: string, change: (between: string) => string): string {
  return json.replaceAll(/("[^"\\]*(?:\\.[^"\\]*)*")|[^"]+/g, (part, text?: string) => text ?? change(part));
}

function indented(compact: string): string {
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  return outsideTexts(compact, (between) =>
    between.replaceAll(/\{\}|\[\]|[{}[\]:,]/g, (mark) => {
      if (mark === ":") return ": ";
      if (mark === ",") return `,${line()}`;
      if (mark === "{" || mark === "[") depth++;
      else if (mark === "}" || mark === "]") depth--;
      else return mark;
      return mark === "{" || mark === "[" ? mark + line() : line() + mark;
    }),
  );
}

function withBody(evidence: Evidence, body: Uint8Array): Evidence {
  const { method, query, headers, urls } = evidence;
  return { ...evidenceOf({ method, path: "", query, headers, body }, undefined), urls };
}

function otherUrls(url: string): string[] {
  const [bare = "", query] = url.split("?", 2);
  const slashed = bare.endsWith("/") ? bare.slice(0, -1) : `${bare}/`;
  return [...(query === undefined ? [] : [bare]), query === undefined ? slashed : `${slashed}?${query}`];
}

/** The address is the key to write. */
const withoutKey = (url: string): string => url.replace(/[0-9a-f-]{36}/i, "…");
