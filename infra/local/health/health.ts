import {
  type AlertPorts,
  type Alerts,
  createAlerts,
  type Subject,
} from "../../../functions/health/alerts.ts";
import type { Documents } from "../../../functions/documents.ts";
import { createHealth, type Health, type HealthPorts } from "../../../functions/health/health.ts";
import { watchedSince } from "../../../functions/health/watched.ts";
import { importTroubles } from "../../../functions/import/days/troubles.ts";
import type { Log } from "../../../functions/log.ts";
import type { Registry } from "../../../functions/registry.ts";
import { openSteps } from "../../../functions/steps.ts";
import { streamRef } from "../../../functions/stream-ref.ts";
import { readAll } from "../../../functions/streams/reading.ts";
import type { Datasets } from "../../../functions/streams/stream.ts";
import { startRounds, watch } from "../rounds.ts";

interface Ports extends Omit<HealthPorts, "documents"> {
  readonly registry: Pick<Registry, "list"> & { readonly documents: Documents };
  readonly channels: AlertPorts["channels"];
  readonly log: Log;
}

/** The health of streams and imports on one machine: checked all the time, told to whoever looks, and to
 *  those who are to know. */
export function watchHealth(
  ports: Ports,
  datasets: Datasets,
  keep: (thing: unknown, close: () => Promise<void>) => unknown,
): { health: Health; alerts: Alerts } {
  const { registry, log } = ports;
  const { documents } = registry;
  const health = createHealth({ ...ports, documents });
  const alerts = createAlerts({ ...ports, documents });

  async function streams(): Promise<Subject[]> {
    const since = await watchedSince({ ...ports, documents });
    const readings = readAll(await registry.list(), datasets).filter(({ removed }) => !removed);
    await health.learn(readings);
    const told = await health.look(readings, { seesPayloads: false }, { watchedSince: since });
    return told.map(({ verdict: { badge }, sentence, last_hit_at: lastAt }, index) => {
      const { id, document } = readings[index]!;
      const { name, table } = document;
      const called = [name, table].find((one) => typeof one === "string" && one !== "") as string | undefined;
      return { id: `stream-${streamRef(id)}`, name: called ?? streamRef(id), badge, sentence, lastAt };
    });
  }

  async function imports(unread: (id: string, error: unknown) => void): Promise<Subject[]> {
    const found = await importTroubles({ ...ports, documents }, (name, error) =>
      unread(`import-${name}`, error),
    );
    return found.map(({ name, ...how }) => ({
      id: `import-${name}`,
      name: `Import ${name}`,
      ...how,
      lastAt: undefined,
    }));
  }

  /** What cannot be looked at hides nothing of the others. */
  async function check(): Promise<void> {
    const steps = openSteps();
    const unread = new Map<string, unknown>();
    const ofStreams = await steps.take(streams);
    const ofImports = await steps.take(() => imports((id, error) => void unread.set(id, error)));
    await alerts.check(
      [...(ofStreams ?? []), ...(ofImports ?? [])],
      (id) =>
        unread.has(id) ||
        (ofStreams === undefined && id.startsWith("stream-")) ||
        (ofImports === undefined && id.startsWith("import-")),
    );
    steps.end();
    for (const fault of unread.values()) throw fault;
  }

  const rounds = startRounds({ work: check, ...watch }, log);
  keep(rounds, async () => rounds.stop());
  return { health, alerts };
}
