import { BlockList, isIP } from "node:net";

/** Whether an address is one of the public Internet: whoever has us call a name could otherwise have us ask
 *  this machine, its network, or the platform's own server of credentials (169.254.169.254).
 *  Sources: https://www.iana.org/assignments/iana-ipv4-special-registry,
 *  https://www.iana.org/assignments/iana-ipv6-special-registry */

const closed4 = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  closed4.addSubnet(network, prefix);

/** What of IPv6 has been given to anybody. */
const open6 = new BlockList();
open6.addSubnet("2000::", 3, "ipv6");
/** Among that, what is no place of its own: Teredo and its kin, examples, 6to4, which leads to any IPv4. */
const closed6 = new BlockList();
for (const [network, prefix] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const)
  closed6.addSubnet(network, prefix, "ipv6");
/** Behind these stands an IPv4 address: mapped, and translated (NAT64). */
const carriers = new BlockList();
carriers.addSubnet("::ffff:0:0", 96, "ipv6");
carriers.addSubnet("64:ff9b::", 96, "ipv6");

/** @param address as a look-up gives it */
export function isPublicAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, "");
  switch (isIP(plain)) {
    case 4:
      return !closed4.check(plain);
    case 6:
      if (isCarried(plain)) return !closed4.check(carried(plain));
      return open6.check(plain, "ipv6") && !closed6.check(plain, "ipv6");
    default:
      return false;
  }
}

/** A BlockList takes a mapped address for the IPv4 one that it carries, so that its text is looked at too. */
function isCarried(address: string): boolean {
  return /^::ffff:/i.test(shortest(address)) || carriers.check(address, "ipv6");
}

/** The last 32 bits, dotted. */
function carried(address: string): string {
  const groups = shortest(address).split(":").slice(-2);
  const bits = groups.map((group) => Number.parseInt(group === "" ? "0" : group, 16));
  return bits.flatMap((one) => [one >> 8, one & 0xff]).join(".");
}

/** As the URL standard writes it: hex groups, zeros left out. */
function shortest(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}
