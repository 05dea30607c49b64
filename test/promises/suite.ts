import { test } from "@jest/globals";

/** How each conformance suite keeps its promises over one driver after the other. */
export interface Suite<Ground> {
  /** One test, on fresh ground, unless the driver declines it.
   *  @param openOther opens ground that differs from all others' */
  promise(name: string, keep: (ground: Ground) => Promise<void>, openOther?: Open<Ground>): void;
  /** Called after the last promise: nothing may be declined that nobody promises. */
  end(): void;
}

type Open<Ground> = () => Promise<{ ground: Ground; close(): Promise<void> }>;

/** @param cannot promises that the driver declines, by name, each with its reason */
export function promiseSuite<Ground>(
  driver: string,
  open: Open<Ground>,
  cannot: Record<string, string>,
): Suite<Ground> {
  const names = new Set<string>();
  return {
    promise(name, keep, openOther = open) {
      names.add(name);
      const reason = cannot[name];
      if (reason !== undefined)
        return void test.skip(`${driver}: ${name} (declined: ${reason})`, () => undefined);
      test(`${driver}: ${name}`, async () => {
        const { ground, close } = await openOther();
        try {
          await keep(ground);
        } finally {
          await close();
        }
      });
    },
    end() {
      test(`${driver}: declines only promises that exist`, () => {
        const unknown = Object.keys(cannot).filter((name) => !names.has(name));
        if (unknown.length > 0)
          throw new Error(`${driver} declines what nobody promises: ${unknown.join("; ")}`);
      });
    },
  };
}
