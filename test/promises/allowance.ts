import { expect } from "@jest/globals";
import { allowanceId, createAllowance, type Allowance } from "../../functions/allowance.ts";
import type { OpenRegistry, OpenedRegistry } from "./registry.ts";
import { promiseSuite } from "./suite.ts";

/** What the sum of a day promises, over whatever documents it is kept in. */
export function allowancePromises(driver: string, open: OpenRegistry): void {
  const { promise, end } = promiseSuite<OpenedRegistry>(
    `${driver}, as an allowance`,
    async () => {
      const opened = await open();
      return { setup: opened, close: () => opened.close() };
    },
    {},
  );
  const clock = { ms: 0 };
  const over = ({ registry }: OpenedRegistry, day: string, bytesMax = 100): Allowance => {
    clock.ms = Date.parse(`${day}T23:59:59.999Z`);
    return createAllowance({ documents: registry, bytesMax, now: () => clock.ms });
  };

  promise("what is within the bound is taken, to the last byte, and one more is not", async (opened) => {
    const { take } = over(opened, "2026-11-27");
    expect(await take(60)).toEqual({ taken: true, sum: 60, bytesMax: 100 });
    expect(await take(41)).toEqual({ taken: false, sum: 60, bytesMax: 100 });
    expect(await take(40)).toEqual({ taken: true, sum: 100, bytesMax: 100 });
    expect(await take(1)).toEqual({ taken: false, sum: 100, bytesMax: 100 });
  });

  promise("a new day begins at nothing, and a clock that is behind begins none", async (opened) => {
    const { take } = over(opened, "2026-11-27");
    await take(100);
    clock.ms += 1;
    expect(await take(30)).toMatchObject({ taken: true, sum: 30 });
    clock.ms -= 86_400_000;
    expect(await take(71)).toMatchObject({ taken: false, sum: 30 });
  });

  promise("instances that ask at once never pass the bound together", async (opened) => {
    const instances = Array.from({ length: 4 }, () => over(opened, "2026-11-27"));
    const asked = Array.from({ length: 12 }, (_, n) => instances[n % instances.length]!.take(30));
    const answers = await Promise.all(asked);
    expect(answers.filter(({ taken }) => taken)).toHaveLength(3);
    const { document } = (await opened.registry.read(allowanceId, { deadlineMs: 5_000 }))!;
    expect(document).toEqual({ day: "2026-11-27", bytes: 90 });
  });

  promise("a sum that nobody can read lets nothing through until tomorrow", async (opened) => {
    for (const bytes of ["90", -1, null]) {
      await opened.byHand(allowanceId, { day: "2026-11-27", bytes });
      expect((await over(opened, "2026-11-27").take(1)).taken).toBe(false);
    }
    expect((await over(opened, "2026-11-28").take(1)).taken).toBe(true);
    await opened.byHand(allowanceId, {});
    expect((await over(opened, "2026-11-28").take(1)).taken).toBe(true);
  });

  end();
}
