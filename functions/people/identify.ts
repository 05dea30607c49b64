import type { Request } from "../request.ts";
import { iapUnset, personNotLetIn, signInNeeded, tokenRefused } from "../problems.ts";
import { iapAudience } from "./iap.ts";
import { findPerson, personId, type PeoplePorts } from "./person.ts";
import { fits } from "./secret.ts";
import { cookieIn } from "./cookie.ts";
import { findSession } from "./sessions.ts";
import { findToken, isTokenOfOurs } from "./tokens.ts";
import { thisMachine, whoIs, type How, type Who } from "./who.ts";

/** Who asks. Every face asks this before it does anything else; what they may do then stands in `Who`.
 *  @throws sign_in_needed, token_refused, iap_unset, person_not_let_in, documents_down */
export type Identify = (request: Pick<Request, "headers">) => Promise<Who>;

/** What Google says of who asks. Driver: infra/google/identities.ts. */
export interface Identities {
  /** The mail address in an assertion of Identity-Aware Proxy: signature, issuer,
   *  audience and expiry are right.
   *  @throws token_refused */
  iap(assertion: string, audience: string): Promise<string>;
  /** The mail address in an ID token for this service.
   *  @param host of the request
   *  @throws token_refused */
  idToken(token: string, host: string | undefined): Promise<string>;
}

export interface IdentifyPorts extends PeoplePorts {
  /** The hash of the secret by which the command line of this machine is known. */
  machineSecretHash?: string;
  google?: Identities;
}

/** Where nobody signs in. The ground sees to it that nobody but this machine reaches the door. */
export const everybodyIsThisMachine: Identify = async () => thisMachine;

export function createIdentify(ports: IdentifyPorts): Identify {
  const { google, machineSecretHash } = ports;

  async function byMail(mail: string, how: How): Promise<Who> {
    const id = personId(mail);
    const person = id === undefined ? undefined : await findPerson(ports, id);
    if (person === undefined) throw personNotLetIn({ name: mail.slice(0, 200) });
    return whoIs(person, how);
  }

  async function byOwnToken(token: string): Promise<Who> {
    if (machineSecretHash !== undefined && fits(token, machineSecretHash)) return thisMachine;
    const who = await findToken(ports, token);
    if (who === undefined)
      throw tokenRefused({
        why: "It is none that may be used now: removed, over, or of somebody who is gone",
      });
    return who;
  }

  return async ({ headers }) => {
    const bearer = /^Bearer +(\S+)$/i.exec(headers["authorization"] ?? "")?.[1];
    if (bearer !== undefined && (google === undefined || isTokenOfOurs(bearer))) return byOwnToken(bearer);
    const assertion = google === undefined ? undefined : headers["x-goog-iap-jwt-assertion"];
    const audience = assertion === undefined ? undefined : await iapAudience(ports);
    // What the proxy says is what counts behind it, whatever else the browser holds.
    if (google !== undefined && assertion !== undefined && audience !== undefined)
      return byMail(await google.iap(assertion, audience), "iap");
    if (google !== undefined && bearer !== undefined && !isStripped(bearer))
      return byMail(await google.idToken(bearer, headers["host"]), "google");
    const cookie = cookieIn(headers["cookie"]);
    const who = cookie === undefined ? undefined : await findSession(ports, cookie);
    if (who !== undefined) return who;
    if (assertion !== undefined) throw iapUnset();
    throw signInNeeded({ isStripped: bearer !== undefined });
  };
}

/** Cloud Run takes the signature away before it hands a token on: anybody could have written what is left.
 *  Source: https://cloud.google.com/run/docs/authenticating/service-to-service */
function isStripped(token: string): boolean {
  return token.endsWith(".SIGNATURE_REMOVED_BY_GOOGLE");
}
