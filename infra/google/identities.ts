import { OAuth2Client } from "google-auth-library";
import type { Identities } from "../../functions/people/identify.ts";
import { documentsDown, tokenRefused } from "../../functions/problems.ts";
import { whyOf } from "./channel.ts";

/** Public keys by their id, as Google publishes them. */
export type Keys = () => Promise<Record<string, string>>;

export interface IdentitiesConfig {
  /** For whom an ID token may be made, beside the run.app address that the request came to: Cloud Run hands
   *  this service no request for another one's. */
  readonly audiences: readonly string[];
  /** Google's own where left out; tests sign with theirs. */
  readonly keys?: { readonly iap: Keys; readonly google: Keys };
}

/** Of the tokens that `gcloud auth print-identity-token` makes for people: Cloud Run takes them too.
 *  Source: https://cloud.google.com/run/docs/authenticating/developers */
const gcloudAudience = "32555940559.apps.googleusercontent.com";
const iapIssuer = "https://cloud.google.com/iap";
const googleIssuers = ["https://accounts.google.com", "accounts.google.com"];
/** Google changes its keys every few days; one that is not known yet is asked for at once,
 *  but not by every forger. */
const freshMs = 60 * 60_000;
const againMs = 10_000;

interface Payload {
  readonly email?: unknown;
  readonly email_verified?: unknown;
}

/** Who somebody is, by Google's word: signature, issuer, audience and expiry are checked
 *  by Google's own library. */
export function openIdentities({ audiences, keys = googlesKeys() }: IdentitiesConfig): Identities {
  const client = new OAuth2Client();
  const iapKeys = cached(keys.iap);
  const googleKeys = cached(keys.google);
  const forUs = (host: string | undefined) => [
    ...audiences,
    gcloudAudience,
    ...(host?.endsWith(".run.app") === true ? [`https://${host}`] : []),
  ];

  async function verified(
    token: string,
    certs: (kid: string) => Promise<Record<string, string>>,
    audience: string | string[],
    issuers: string[],
  ): Promise<Payload> {
    const known = await certs(kidOf(token)).catch((error: unknown) => {
      throw documentsDown({ why: `Google's keys cannot be read: ${whyOf(error)}` }, error);
    });
    try {
      const ticket = await client.verifySignedJwtWithCertsAsync(token, known, audience, issuers);
      return ticket.getPayload() ?? {};
    } catch (error) {
      // Its message quotes the token, which so gets into no log.
      const said = whyOf(error);
      const why =
        reasons.find(([pattern]) => pattern.test(said))?.[1] ?? "It is not signed by Google, or not a token";
      throw tokenRefused({ why });
    }
  }

  return {
    async iap(assertion, audience) {
      return mailOf(await verified(assertion, iapKeys, audience, [iapIssuer]));
    },
    async idToken(token, host) {
      const payload = await verified(token, googleKeys, forUs(host), googleIssuers);
      if (payload.email_verified !== true)
        throw tokenRefused({ why: "It names no mail address that Google has checked" });
      return mailOf(payload);
    },
  };
}

const reasons: readonly [RegExp, string][] = [
  [/^Token used too late|^Token used too early/, "It is over, or not valid yet"],
  [/^Wrong recipient/, "It was made for another service"],
  [/^Invalid issuer/, "It was issued by somebody else"],
];

function mailOf({ email }: Payload): string {
  if (typeof email !== "string" || email === "") throw tokenRefused({ why: "It names no mail address" });
  return email;
}

function kidOf(token: string): string {
  try {
    const head: unknown = JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString());
    return String((Object(head) as { kid?: unknown }).kid);
  } catch {
    return "";
  }
}

/** Keys in memory, read again when they are old or a token names one that is not among them. */
function cached(read: Keys): (kid: string) => Promise<Record<string, string>> {
  let current: Promise<Record<string, string>> | undefined;
  let readAt = -Infinity;
  return async (kid) => {
    const age = performance.now() - readAt;
    if (current === undefined || age >= freshMs || (age >= againMs && !Object.hasOwn(await current, kid))) {
      readAt = performance.now();
      current = read();
      current.catch(() => (current = undefined));
    }
    return current;
  };
}

function googlesKeys(): { iap: Keys; google: Keys } {
  const client = new OAuth2Client();
  return {
    iap: async () => (await client.getIapPublicKeysAsync()).pubkeys,
    google: async () => (await client.getFederatedSignonCertsAsync()).certs as Record<string, string>,
  };
}
