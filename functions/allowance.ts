import { isProblem } from "./problem.ts";
import { registryConflict } from "./problems.ts";
import type { Registry } from "./registry.ts";

/** What people's statements may read in a day, where each byte costs. Kept as one document beside the
 *  streams, so that all instances count in one place; a write of it holds only where nobody else was faster,
 *  so that two that ask at once never pass the bound together. */
export interface Allowance {
  /** Adds to the day's sum where it then is within the bound. What was taken is spent, whatever
   *  becomes of the statement.
   *  @returns the sum of the day: with these bytes where they were taken, without them otherwise
   *  @throws registry_down; registry_conflict where others were faster again and again */
  take(bytes: number): Promise<Taken>;
}

export interface Taken {
  readonly taken: boolean;
  readonly sum: number;
  readonly bytesMax: number;
}

interface Options {
  /** A collection of its own, with the promises of any registry. */
  documents: Pick<Registry, "read" | "write">;
  /** Of a day, in UTC. */
  bytesMax: number;
  /** Unix ms. */
  now: () => number;
}

export const allowanceId = "queries";
const deadlineMs = 5_000;
/** Of so many who ask at once the last one still has its turn. */
const triesMax = 50;

export function createAllowance({ documents, bytesMax, now }: Options): Allowance {
  async function take(bytes: number): Promise<Taken> {
    for (let tries = 1; ; tries++) {
      const found = await documents.read(allowanceId, { deadlineMs });
      const today = new Date(now()).toISOString().slice(0, 10);
      const { day, sum } = spent(found?.document, today);
      if (sum + bytes > bytesMax) return { taken: false, sum, bytesMax };
      try {
        await documents.write(allowanceId, { day, bytes: sum + bytes }, found?.version ?? null);
        return { taken: true, sum: sum + bytes, bytesMax };
      } catch (error) {
        if (!isProblem(error, registryConflict) || tries === triesMax) throw error;
        // Apart from each other: those who met would meet again.
        await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(200, 10 * tries)));
      }
    }
  }

  /** A clock that is behind begins no day anew. A sum that nobody can read is a full one: whoever wrote it by
   *  hand sets it right, or waits for tomorrow. */
  function spent(document: unknown, today: string): { day: string; sum: number } {
    const { day, bytes } = Object(document) as Record<string, unknown>;
    if (typeof day !== "string" || !/^\d{4}-\d\d-\d\d$/.test(day) || day < today)
      return { day: today, sum: 0 };
    return { day, sum: Number.isSafeInteger(bytes) && Number(bytes) >= 0 ? Number(bytes) : bytesMax };
  }

  return { take };
}
