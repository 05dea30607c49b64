import { ownerOfPeer, plainAddress } from "../../address.ts";
import type { AuditPorts } from "../../people/audit.ts";
import { oneByOne } from "../../people/one-by-one.ts";
import { matches } from "../../people/password.ts";
import { isProblem } from "../../problem.ts";
import { dropBoxUnknown } from "../../problems.ts";
import { boxCost, findDropBox, type DropBox } from "./boxes.ts";

/** Who gets into a drop box. Nobody learns from it whether a box exists. */

type EnterPorts = Pick<AuditPorts, "documents" | "now">;

/** Passwords that are checked at once wait for each other: each takes 4 MiB. */
const inTurn = oneByOne(100);

/** Undefined where it is the wrong password, or there is no such box: both take as long, two checks, since
 *  a box may have two passwords.
 *  @throws documents_down, overloaded */
export async function enterByPassword(
  ports: EnterPorts,
  user: string,
  password: string,
): Promise<DropBox | undefined> {
  const box = await findBox(ports, user);
  const current = (box?.passwords ?? []).filter(({ until = Infinity }) => until > ports.now());
  const [newest, older] = [current[0]?.hash, current[1]?.hash];
  return inTurn(async () => {
    const isNewest = await matches(password, newest, boxCost);
    const isOlder = await matches(password, older, boxCost);
    return isNewest || isOlder ? box : undefined;
  });
}

/** The box that takes this key, which has still to be proved.
 *  @param blob the public key in the form of RFC 4253
 *  @throws documents_down */
export async function enterByKey(
  ports: EnterPorts,
  user: string,
  blob: Uint8Array,
): Promise<{ box: DropBox; key: DropBox["keys"][number] } | undefined> {
  const box = await findBox(ports, user);
  const given = Buffer.from(blob).toString("base64");
  const key = box?.keys.find((known) => known.blob === given);
  return box === undefined || key === undefined ? undefined : { box, key };
}

async function findBox(ports: EnterPorts, user: string): Promise<DropBox | undefined> {
  try {
    return await findDropBox(ports, user);
  } catch (error) {
    if (isProblem(error, dropBoxUnknown)) return undefined;
    throw error;
  }
}

const failuresMax = 5;
/** From one address, whatever the names: nobody tries one password on many boxes. */
const addressFailuresMax = 50;
const banMs = 10 * 60_000;
/** So many are remembered; the oldest are forgotten. */
const rememberedMax = 20_000;

interface Failures {
  readonly count: number;
  /** When they are forgotten, in Unix ms. */
  readonly until: number;
}

export interface Bans {
  isBanned(address: string, user?: string): boolean;
  failed(address: string, user: string): void;
  entered(address: string, user: string): void;
}

/** After 5 failures of an address with a name, this pair is refused for 10 minutes, whether there is such a
 *  box or not; after 50 failures of an address, the address. */
export function createBans(now: () => number): Bans {
  const failures = new Map<string, Failures>();

  const found = (place: string): Failures | undefined => {
    const known = failures.get(place);
    if (known === undefined || known.until > now()) return known;
    failures.delete(place);
    return undefined;
  };

  function oneMore(place: string): void {
    const count = (found(place)?.count ?? 0) + 1;
    // The newest last: what is forgotten first stands first.
    failures.delete(place);
    failures.set(place, { count, until: now() + banMs });
    if (failures.size > rememberedMax) failures.delete(failures.keys().next().value!);
  }

  // Names come from strangers, of any length.
  const pair = (address: string, user: string) =>
    JSON.stringify([ownerOfPeer(address) ?? plainAddress(address), user.slice(0, 100)]);
  return {
    isBanned(address, user) {
      const owner = ownerOfPeer(address);
      const ofAddress = owner === undefined ? 0 : (found(owner)?.count ?? 0);
      const ofPair = user === undefined ? 0 : (found(pair(address, user))?.count ?? 0);
      return ofAddress >= addressFailuresMax || ofPair >= failuresMax;
    },
    failed(address, user) {
      oneMore(pair(address, user));
      const owner = ownerOfPeer(address);
      // A proxy or a whole network may stand behind the others.
      if (owner !== undefined) oneMore(owner);
    },
    entered: (address, user) => void failures.delete(pair(address, user)),
  };
}
