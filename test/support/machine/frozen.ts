import { until } from "../until.ts";

/** Stops an emulator where it stands. The signal takes a moment to reach all of its threads: until then one
 *  of them may still answer. */
export async function frozen(emulator: { address: string; freeze(): void }): Promise<void> {
  emulator.freeze();
  await until("it is frozen", () =>
    fetch(`http://${emulator.address}/`, { signal: AbortSignal.timeout(300) }).then(
      () => false,
      () => true,
    ),
  );
}
