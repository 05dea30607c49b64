import { secretRefused } from "../../../functions/problems.ts";
import { secretFault, type Secrets } from "../../../functions/secrets.ts";

/** Secrets in memory; `down` is thrown by every call while it is set. */
export function memorySecrets(now: () => number = () => 0): Secrets & { down: Error | undefined } {
  const kept = new Map<string, { value: string; put_at: number }>();
  const secrets = {
    down: undefined as Error | undefined,
    async put(name: string, value: string) {
      if (secrets.down !== undefined) throw secrets.down;
      const fault = secretFault(name, value);
      if (fault !== undefined) throw secretRefused({ what: fault });
      kept.set(name, { value, put_at: now() });
    },
    async read(name: string) {
      if (secrets.down !== undefined) throw secrets.down;
      return kept.get(name)?.value;
    },
    async retire(name: string) {
      if (secrets.down !== undefined) throw secrets.down;
      kept.delete(name);
    },
    async list() {
      if (secrets.down !== undefined) throw secrets.down;
      return [...kept]
        .map(([name, { put_at }]) => ({ name, put_at }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
  return secrets;
}
