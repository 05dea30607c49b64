const turnMs = 50;

/** Work that must end before this process has waited `turns` times for 50 ms, one after the
 *  other. Unlike a time on the wall that is a yardstick of the same run: where the machine is
 *  busy, the waits are slow as well.
 *  @throws Error that names what did not end */
export async function soon<Result>(what: string, turns: number, work: Promise<Result>): Promise<Result> {
  let ended = false;
  const end = (): void => void (ended = true);
  work.then(end, end);
  for (let turn = 0; turn < turns && !ended; turn++)
    await new Promise((resolve) => setTimeout(resolve, turnMs));
  if (!ended) throw new Error(`Not ended within ${turns} waits of ${turnMs} ms: ${what}`);
  return work;
}
