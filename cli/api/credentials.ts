import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { machineTokenName } from "../../infra/local/machine-token.ts";
import { within } from "../../functions/within.ts";
import { wrongUsage } from "../failure.ts";

/** Says who asks, to the service at `audience`. undefined where this machine knows no Google credentials. */
export type Identify = (audience: string) => Promise<string | undefined>;

/** The headers that say who asks. A token of Afterclick's own is for the admin API; before it Cloud Run wants
 *  one of Google's, and takes the signature off one that comes as Authorization alone. So Google's go twice:
 *  for Cloud Run, and whole for the admin API.
 *  Source: https://cloud.google.com/run/docs/authenticating/service-to-service
 *  @param token the one that was typed; undefined: this machine's own for a server on it,
 *  else Google's credentials */
export async function whoAsks(
  url: URL,
  token: string | undefined,
  dataDir: string,
  identify: Identify = googleIdentity,
): Promise<Record<string, string>> {
  const isOurs = token?.startsWith("afterclick_") === true;
  const audience = audienceOf(url);
  const bearer = await bearerFor(url, token, identify);
  const ofGoogle = isOurs && audience !== undefined ? await identify(audience) : bearer;
  const own = bearer ?? (await machineToken(url, dataDir));
  const isLocal = url.protocol === "http:" || isLoopback(url);
  return {
    ...(own !== undefined && { authorization: `Bearer ${own}` }),
    ...(ofGoogle !== undefined &&
      !isLocal &&
      !(isOurs && audience === undefined) && { "x-serverless-authorization": `Bearer ${ofGoogle}` }),
  };
}

/** Where everybody signs in, the server leaves it in its data folder for whoever owns that.
 *  Shown to no other machine. */
async function machineToken(url: URL, dataDir: string): Promise<string | undefined> {
  if (!isLoopback(url)) return undefined;
  const text = await readFile(join(dataDir, machineTokenName), "utf8").catch(() => "");
  return /^[\w-]{43}$/.exec(text)?.[0];
}

/** The bearer token that was typed, else, for an address of Google's, an ID token of the caller's Google
 *  credentials; undefined where neither is. */
export async function bearerFor(
  url: URL,
  token: string | undefined,
  identify: Identify = googleIdentity,
): Promise<string | undefined> {
  if (token === undefined) {
    const audience = audienceOf(url);
    return audience === undefined ? undefined : identify(audience);
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw wrongUsage("The token holds blanks or characters that no header takes; give it as it was issued.");
  }
  if (url.protocol === "http:" && !isLoopback(url)) {
    throw wrongUsage(
      `The token would travel to ${url.origin} unencrypted; name an https address, or leave the token out.`,
    );
  }
  return token;
}

/** For whom an ID token is made that Google checks at this address; undefined where Google does not: nobody
 *  else is shown who asks. Never in the clear.
 *  Source: https://cloud.google.com/run/docs/authenticating/service-to-service */
export function audienceOf(url: URL): string | undefined {
  if (url.protocol !== "https:") return undefined;
  if (url.hostname.endsWith(".run.app")) return url.origin;
  // There the path names the function.
  return url.hostname.endsWith(".cloudfunctions.net")
    ? url.origin + url.pathname.replace(/\/+$/, "")
    : undefined;
}

/** Finding out that there are no credentials can take seconds: a metadata server is
 *  asked that may not exist. */
const identityDeadlineMs = 5_000;
const known = new Map<string, Promise<string | undefined>>();

/** Application Default Credentials, once for each service: a command makes several calls, and a token lasts
 *  an hour. Without them nothing is sent, and the service says what it wants. */
function googleIdentity(audience: string): Promise<string | undefined> {
  let token = known.get(audience);
  if (token === undefined) {
    // Without credentials the service itself says what it wants.
    token = within(identityDeadlineMs, fetchIdentity(audience), () => undefined).catch(() => undefined);
    known.set(audience, token);
  }
  return token;
}

async function fetchIdentity(audience: string): Promise<string | undefined> {
  // Loaded only here: most commands go to a server on this machine.
  const { GoogleAuth } = await import("google-auth-library");
  const client = await new GoogleAuth().getIdTokenClient(audience);
  const headers = await client.getRequestHeaders(audience);
  return /^Bearer (.+)$/.exec(headers.get("authorization") ?? "")?.[1];
}

/** Whether the server runs on this machine, as far as its address tells. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
