/** Far from what anything takes, on a busy machine too: it only ends a test that would wait for ever.
 *  No test decides by it. */
export const lastResortMs = 300_000;
const lookEveryMs = 5;

type Condition = () => boolean | Promise<boolean>;

/** Waits for a condition, never for a while.
 *  @param what in words; left out where the condition's own text says it
 *  @throws Error that names what never came true */
export async function until(...given: [what: string, condition: Condition] | [Condition]): Promise<void> {
  const [what, condition] = given.length === 1 ? [String(given[0]), given[0]] : given;
  const end = performance.now() + lastResortMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`Not so after ${lastResortMs / 1_000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
