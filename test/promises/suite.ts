import { test } from "@jest/globals";

/** How each conformance suite keeps its promises over one driver after the other. */
export interface Suite<Setup> {
  /** One test, on a setup of its own, unless the driver declines it.
   *  @param openOther opens a setup that differs from all others' */
  promise(name: string, keep: (setup: Setup) => Promise<void>, openOther?: Open<Setup>): void;
  /** Called after the last promise: nothing may be declined that nobody promises. */
  end(): void;
}

type Open<Setup> = () => Promise<{ setup: Setup; close(): Promise<void> }>;

/** @param cannot promises that the driver declines, by name, each with its reason */
export function promiseSuite<Setup>(
  driver: string,
  open: Open<Setup>,
  cannot: Record<string, string>,
): Suite<Setup> {
  const names = new Set<string>();
  return {
    promise(name, keep, openOther = open) {
      names.add(name);
      const reason = cannot[name];
      if (reason !== undefined)
        return void test.skip(`${driver}: ${name} (declined: ${reason})`, () => undefined);
      test(`${driver}: ${name}`, async () => {
        const { setup, close } = await openOther();
        try {
          await keep(setup);
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
