import * as emulators from "../../../infra/emulated/emulators.ts";
import { needing } from "../needs.ts";

export { freePort, type Emulator, type EmulatorName } from "../../../infra/emulated/emulators.ts";

/** Runs the suite where its emulators are installed; says aloud what is missing otherwise.
 *  With CI set, that fails. */
export function withEmulators(names: readonly emulators.EmulatorName[], suite: () => void): void {
  const missing = names.map((name) => missingPart(name)).filter((sentence) => sentence !== undefined);
  needing(missing.length === 0 ? undefined : missing.join("\n"), suite);
}

/** What is not installed and the command that provides it. */
function missingPart(name: emulators.EmulatorName): string | undefined {
  return emulators.missingPart(name, process.env);
}

/** It ends with the tests, whatever becomes of them. */
export function startEmulator(
  name: emulators.EmulatorName,
  options: { port?: number; grpcPort?: number; directory?: string } = {},
): Promise<emulators.Emulator> {
  return emulators.startEmulator(name, { ...options, env: process.env });
}
