import { isIP } from "node:net";
import { ownerOf } from "../address.ts";
import { createLine, type Key } from "../line.ts";
import { overloaded } from "../problems.ts";
import type { Request } from "../request.ts";
import { areKnown, inflate, inflateSmall } from "./inflate.ts";
import { createMeter, type Meter } from "./meter.ts";

/** Where encoded bodies wait for a place, and what they may hold: memory is granted before it is used, and no
 *  stream and no address can take it all. */
export interface Inflating {
  /** @returns undefined as `body` where the codings cannot be undone. `release` is to be called once
   *  nothing needs the body any more
   *  @throws too_large past `bytesMax`; overloaded where room lacks, the wait is too long,
   *  or the sender has left */
  undo(request: Request, streamId: string, body: Uint8Array, codings: readonly string[]): Promise<Inflated>;
}

export interface Inflated {
  readonly body: Uint8Array | undefined;
  release(): void;
}

/** As many as node has threads for such work. */
const placesMax = 4;
/** A stream may be everybody's, an address is often one sender: it leaves places to the
 *  others on the same stream. */
const streamPlacesMax = 3;
const addressPlacesMax = 2;
/** Far above what is in line while a place takes milliseconds, and little to hold: what they
 *  sent is counted already. */
const waitingMax = 256;
const waitingPerKeyMax = 64;
/** Senders give up after 10 s and more, and the queue's own deadline comes after this one. */
const waitMsDefault = 2_000;
/** Inflated bytes that one stream or one address may have in flight: half of what the door grants to all,
 *  which is seven of the largest bodies. */
export const shareBytesMax = 64 * 1024 * 1024;

/** @param options for tests: how long somebody waits for a place, and what counts the work */
export function createInflating(
  bytesMax: number,
  { waitMsMax = waitMsDefault, meter = createMeter }: { waitMsMax?: number; meter?: () => Meter } = {},
): Inflating {
  const line = createLine({ placesMax, waitingMax, waitingPerKeyMax, waitMsMax });
  const shares = new Map<string, number>();

  async function undo(
    request: Request,
    streamId: string,
    body: Uint8Array,
    codings: readonly string[],
  ): Promise<Inflated> {
    if (!areKnown(codings)) return { body: undefined, release: () => undefined };
    const small = inflateSmall(body, codings);
    if (small !== undefined) {
      request.hold(small.length);
      return { body: small, release: () => undefined };
    }
    const { remoteAddress } = request;
    const names = [streamId, isIP(remoteAddress) === 0 ? remoteAddress : ownerOf(remoteAddress)];
    const leave = await line.enter(keysOf(names), [request.gone, request.closing]);
    let held = 0;
    const hold = (bytes: number) => {
      request.hold(bytes);
      held += bytes;
      for (const name of names) add(shares, name, bytes);
    };
    const release = (bytes: number) => {
      request.release(bytes);
      held -= bytes;
      for (const name of names) add(shares, name, -bytes);
    };
    try {
      // In slices, then as one; what comes out of one coding is in memory while the next one is undone.
      const reserved = bytesMax * (1 + Math.min(codings.length, 2));
      if (names.some((name) => (shares.get(name) ?? 0) + reserved > shareBytesMax)) throw overloaded();
      hold(reserved);
      const inflated = await inflate(body, codings, bytesMax, meter());
      release(reserved - (inflated?.length ?? 0));
      return { body: inflated, release: () => release(held) };
    } catch (error) {
      release(held);
      throw error;
    } finally {
      leave();
    }
  }

  return { undo };
}

function keysOf([stream, address]: readonly string[]): readonly Key[] {
  return [
    { name: stream!, placesMax: streamPlacesMax },
    { name: address!, placesMax: addressPlacesMax },
  ];
}

function add(shares: Map<string, number>, name: string, by: number): void {
  const bytes = (shares.get(name) ?? 0) + by;
  if (bytes === 0) shares.delete(name);
  else shares.set(name, bytes);
}
