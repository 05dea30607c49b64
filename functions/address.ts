import { BlockList, isIP, isIPv4 } from "node:net";

/** Where one address may be many senders: this machine, private networks, and what a container or a platform
 *  puts in front of us. Source: https://www.iana.org/assignments/iana-ipv4-special-registry */
const shared = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const)
  shared.addSubnet(network, prefix);
for (const [network, prefix] of [
  ["::", 127],
  ["fc00::", 7],
  ["fe80::", 10],
] as const)
  shared.addSubnet(network, prefix, "ipv6");

/** An address without its zone, and as IPv4 where it is one. */
export function plainAddress(address: string): string {
  return address.replace(/%.*$/, "").replace(/^::ffff:(?=[\d.]+$)/i, "");
}

/** Who a public peer is, as far as its share of the room goes; undefined where a proxy or a whole network may
 *  stand behind the address. */
export function ownerOfPeer(address: string): string | undefined {
  const plain = plainAddress(address);
  const version = isIP(plain);
  if (version === 0 || shared.check(plain, version === 4 ? "ipv4" : "ipv6")) return undefined;
  return ownerOf(plain);
}

/** Who an address is: itself, or the /64 that one IPv6 subscriber has at the least.
 *  @param address one that `isIP` knows */
export function ownerOf(address: string): string {
  const plain = plainAddress(address);
  if (isIPv4(plain)) return plain;
  const [left = "", right] = plain.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const groups = [...left];
  if (right !== undefined) {
    // A dotted end is two groups.
    const written = groups.length + right.length + (plain.includes(".") ? 1 : 0);
    groups.push(...Array<string>(8 - written).fill("0"), ...right);
  }
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}

const loopbackHost = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;
const loopbackAddress = /^(127(\.\d{1,3}){3}|::1)$/;

/** Whether a Host names this machine to itself; of several, whether each does. */
export const isLoopbackHost = (host: string): boolean =>
  host.split(", ").every((one) => loopbackHost.test(one));

/** Whether a peer is this machine. */
export const isLoopbackAddress = (address: string): boolean => loopbackAddress.test(address);
