import { BlockList, isIP } from "node:net";
import { plainAddress } from "../../address.ts";
import { addressesRefused } from "../../problems.ts";

/** From where senders may come into a drop box: addresses and networks, everywhere where there are none. */

const addressesMax = 100;

/** Each once, as one writes them.
 *  @throws addresses_refused */
export function parseAddresses(given: readonly string[]): string[] {
  const addresses = [...new Set(given.map((one) => one.trim().toLowerCase()))];
  if (addresses.length > addressesMax)
    throw addressesRefused({
      what: `there are ${addresses.length} of them, and at most ${addressesMax} fit`,
    });
  for (const one of addresses)
    if (partsOf(one) === undefined)
      throw addressesRefused({
        what: `${JSON.stringify(one.slice(0, 100))} is neither an address nor a network`,
      });
  return addresses;
}

/** @param address as a socket has it */
export function isAllowed(addresses: readonly string[], address: string): boolean {
  if (addresses.length === 0) return true;
  const plain = plainAddress(address);
  const list = new BlockList();
  for (const one of addresses) {
    const { network, bits, version } = partsOf(one) ?? {};
    if (network !== undefined) list.addSubnet(network, bits!, version);
  }
  return isIP(plain) !== 0 && list.check(plain, isIP(plain) === 4 ? "ipv4" : "ipv6");
}

function partsOf(text: string): { network: string; bits: number; version: "ipv4" | "ipv6" } | undefined {
  const [, written = "", length] = /^([0-9a-f.:]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const network = plainAddress(written);
  const bitsMax = { 0: -1, 4: 32, 6: 128 }[isIP(network)]!;
  const bits = length === undefined ? bitsMax : Number(length);
  if (bitsMax < 0 || bits > bitsMax) return undefined;
  return { network, bits, version: bitsMax === 32 ? "ipv4" : "ipv6" };
}
