import { lookup as lookUp, type LookupAddress } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import type { Variable } from "../config.ts";
import { isPublicAddress } from "../../functions/public-address.ts";
import { FeedFault } from "../../functions/feeds/faults.ts";

/** Which servers may be asked: those of the public Internet, and what the operator allows besides. */
export interface Reach {
  /** @throws FeedFault where the host is the text of an address that may not be asked */
  demandHost(host: string): void;
  /** For a connection: it goes to an address that was checked, whatever the name leads to a moment later. */
  readonly lookup: LookupFunction;
  mayReach(address: string): boolean;
}

const one = "(?:[0-9A-Fa-f:.]+(?:/\\d{1,3})?|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)";

/** What the environment of either ground may say. */
export const mayReachVariable: Variable = {
  type: "string",
  maxLength: 10_000,
  pattern: `^${one}(?: *, *${one})*$`,
  allowed: "networks such as 10.0.0.0/8, addresses and names of servers, with commas between them",
  description:
    "servers that feeds may be fetched from although they are in a private network, such as 10.0.0.0/8,crm.internal",
};

/** As `FEEDS_MAY_REACH` says it. */
export const reachOf = (mayReach: string | undefined): Reach =>
  openReach(mayReach === undefined ? [] : mayReach.split(",").map((each) => each.trim()));

/** @param allowed networks such as 10.0.0.0/8, addresses, and names, whose addresses are not looked at
 *  @param resolve of another look-up, for tests */
export function openReach(allowed: readonly string[], resolve: Resolve = lookUp): Reach {
  const networks = new BlockList();
  const names = new Set<string>();
  for (const written of allowed) {
    const [address = "", prefix] = written.split("/");
    const version = isIP(address);
    if (version === 0) names.add(written.toLowerCase());
    else {
      const family = version === 4 ? "ipv4" : "ipv6";
      networks.addSubnet(address, Number(prefix ?? (version === 4 ? 32 : 128)), family);
    }
  }
  const isAllowed = (address: string): boolean => {
    const plain = address.replace(/%.*$/, "");
    const version = isIP(plain);
    return version !== 0 && networks.check(plain, version === 4 ? "ipv4" : "ipv6");
  };
  const mayReach = (address: string) => isPublicAddress(address) || isAllowed(address);

  return {
    mayReach,
    demandHost(host) {
      const address = host.replace(/^\[(.*)\]$/, "$1");
      if (isIP(address) !== 0 && !mayReach(address)) throw refused();
    },
    lookup(host, { all, ...options }, done) {
      resolve(host, { ...options, all: true }, (error, found) => {
        if (error !== null) return done(error, []);
        // One that is private among public ones is no slip: it is how names are turned against us.
        const isFine = names.has(host.toLowerCase()) || found.every(({ address }) => mayReach(address));
        const [first] = found;
        if (!isFine || first === undefined) return done(refused(), []);
        if (all === true) done(null, found);
        else done(null, first.address, first.family);
      });
    },
  };
}

type Resolve = (
  host: string,
  options: { all: true },
  done: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void;

/** Which address it was is not told: it would map the network for whoever asks. */
function refused(): FeedFault {
  return new FeedFault(
    "address_refused",
    "The server's address is not one of the public Internet. On one machine the operator allows it by FEEDS_MAY_REACH; in the cloud nothing else is asked.",
  );
}
