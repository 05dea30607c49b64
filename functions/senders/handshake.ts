import { tokenWrong } from "../problems.ts";
import type { Reply } from "../request.ts";
import type { Evidence } from "./evidence.ts";
import type { Auth } from "./proof/auth.ts";
import { bytesAt, oneAt, shownPlace } from "./place.ts";
import { isSame } from "./proof/same.ts";
import { mainSlot, type Sender, verifySlot } from "./sender.ts";
import { hmacOf, keyOf, type Live, named } from "./proof/signing.ts";

/** What a sender asks before it sends, or sends to see whether somebody is there: answered before any proof
 *  is asked for, and never a hit. */
export interface Handshake {
  /** Either where left out. */
  readonly method?: "GET" | "POST";
  /** What must stand where: a text, or `*` for any. */
  readonly when: Readonly<Record<string, string>>;
  /** Where nothing may stand: a hit has it. */
  readonly without?: string;
  /** The body has no field but those of `when`: a hit may have them among others. */
  readonly alone?: boolean;
  /** Where the word stands that was agreed on with the sender, and under which name it is kept. */
  readonly token?: string;
  readonly secret?: string;
  /** What is said back, as text or under names in JSON: what stands in a place, or `hmac:PLACE` for its
   *  HMAC-SHA256 by the main secret, in hex: then it is one plain word, or this is no greeting. An empty
   *  answer without both. */
  readonly text?: string;
  readonly json?: Readonly<Record<string, string>>;
}

/** A greeting is short; a longer body is a hit, and is not read twice. */
const bodyBytesMax = 4 * 1024;
const hmacPrefix = "hmac:";
/** Its HMAC is told to anybody who asks, and signatures are made by the same secret: of nothing else. */
const plainWord = /^[\w-]{1,200}$/;

/** What the schema cannot say, in words that end a sentence: a greeting must not be what is signed. */
export function handshakeProblems({ auth, handshake }: Pick<Sender, "auth" | "handshake">): string[] {
  if (!auth.some(signsPlainWords)) return [];
  return handshake
    .flatMap(hmacPlaces)
    .map(
      (place) =>
        `handshake answers ${hmacPrefix}${place} before any proof, by the secret that signs in auth, which may sign a plain word too; ` +
        "allowed are auth with a part such as =v0: in front, whose secret is another one, or a handshake without hmac:",
    );
}

/** Whether what is signed may be a word that `plainWord` lets pass, by the same secret and digest. */
function signsPlainWords({
  scheme,
  parts = [],
  digest = "sha256",
  key = "raw",
  secret = mainSlot,
}: Auth): boolean {
  if (secret !== mainSlot || digest !== "sha256" || key !== "raw") return false;
  if (scheme === "mailgun") return true;
  const isNoWord = (part: string) =>
    part === "url" || part === "url-decoded" || (part.startsWith("=") && !/^=[\w-]*$/.test(part));
  return scheme === "hmac" && !parts.some(isNoWord);
}

function hmacPlaces({ text, json = {} }: Handshake): string[] {
  return [text ?? "", ...Object.values(json)]
    .filter((said) => said.startsWith(hmacPrefix))
    .map((said) => said.slice(hmacPrefix.length));
}

/** @returns undefined where the request is none of them
 *  @throws token_wrong; secret_missing and what a store of secrets throws */
export async function greet(
  handshakes: readonly Handshake[],
  evidence: Evidence,
  live: Live,
): Promise<Reply | undefined> {
  for (const handshake of handshakes)
    if (await isMeant(handshake, evidence)) return answerTo(handshake, evidence, live);
  return undefined;
}

async function isMeant(handshake: Handshake, evidence: Evidence): Promise<boolean> {
  const { method, when, without, alone } = handshake;
  if (method !== undefined && method !== evidence.method) return false;
  const isLong = evidence.body.length > bodyBytesMax;
  for (const [place, value] of Object.entries(when)) {
    if (isLong && !/^(?:header|query):/.test(place)) return false;
    const found = await oneAt(place, evidence);
    if (found === undefined || (value !== "*" && found.toString() !== value)) return false;
  }
  for (const place of hmacPlaces(handshake))
    if (!plainWord.test((await oneAt(place, evidence))?.toString("latin1") ?? "")) return false;
  if (without !== undefined && (await bytesAt(without, evidence)).length > 0) return false;
  if (alone !== true) return true;
  const fields = await evidence.fields();
  return Object.keys(Object(fields) as object).length === Object.keys(when).length;
}

async function answerTo(handshake: Handshake, evidence: Evidence, live: Live): Promise<Reply> {
  const { token, secret = verifySlot, text, json } = handshake;
  if (token !== undefined) {
    const given = await oneAt(token, evidence);
    const secrets = await live(secret);
    if (given === undefined || !secrets.some(({ value }) => isSame(given, Buffer.from(value))))
      throw tokenWrong({ where: shownPlace(token), secrets: named(secrets) });
  }
  const said = async (place: string): Promise<string> => {
    if (!place.startsWith(hmacPrefix)) return (await oneAt(place, evidence))?.toString() ?? "";
    // Of two the sender knows the one that was put last, and nobody knows which that is: it has A as long as
    // there is an A.
    const [first] = await live(mainSlot);
    const made = await hmacOf("sha256", keyOf(first!.value), [
      (await oneAt(place.slice(hmacPrefix.length), evidence))!,
    ]);
    return made.toString("hex");
  };
  if (text !== undefined) return plain(await said(text));
  if (json === undefined) return { status: 200 };
  const entries = Object.entries(json).map(async ([name, place]) => [name, await said(place)] as const);
  const body = JSON.stringify(Object.fromEntries(await Promise.all(entries)));
  return { status: 200, headers: { "content-type": "application/json", ...asItIs }, body };
}

/** What a stranger wrote is never a page. */
const asItIs = { "x-content-type-options": "nosniff" };

function plain(body: string): Reply {
  return { status: 200, headers: { "content-type": "text/plain; charset=utf-8", ...asItIs }, body };
}
