/** Hit ids that came, 8 bytes each, up to as many as fit: what comes then is not remembered. A false "seen"
 *  takes two ids with the same first 52 bits. */
export function createSeen(idsMax = 4_000_000): { has(hitId: string): boolean } {
  let slots = new Float64Array(4096);
  let count = 0;

  /** @returns whether it was there */
  function put(into: Float64Array, id: number): boolean {
    const mask = into.length - 1;
    for (let at = id & mask; ; at = (at + 1) & mask) {
      if (into[at] === id) return true;
      if (into[at] !== 0) continue;
      into[at] = id;
      return false;
    }
  }

  return {
    has(hitId) {
      const id = Number.parseInt(hitId.replaceAll("-", "").slice(0, 12) + hitId.slice(-1), 16) + 1;
      if (count >= idsMax) return false;
      if (put(slots, id)) return true;
      count += 1;
      if (count * 2 > slots.length) {
        const larger = new Float64Array(slots.length * 2);
        for (const each of slots) if (each !== 0) put(larger, each);
        slots = larger;
      }
      return false;
    },
  };
}
