export type Clock = () => number;

/** What shows how long an instance was without CPU. Neither does alone: the process's clock may stand still
 *  while its machine is suspended (CLOCK_MONOTONIC leaves that out), and the wall's may be set back. */
export const bothClocks: readonly Clock[] = [() => performance.now(), () => Date.now()];

/** Whoever takes something for older than it is makes it anew; whoever takes it for
 *  younger waits on what is gone.
 *  @returns how long ago this call was, in ms, by the clock that counted most */
export function ageOf(clocks: readonly Clock[]): () => number {
  const from = clocks.map((clock) => clock());
  return () => Math.max(...clocks.map((clock, index) => clock() - from[index]!));
}
