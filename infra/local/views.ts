import type { OwedViews } from "../../functions/deliver/deliver.ts";
import type { Log } from "../../functions/log.ts";
import { asProblem } from "../../functions/problem.ts";
import type { Registry } from "../../functions/registry.ts";
import { readStream, type Datasets } from "../../functions/streams/stream.ts";

/** Makes the views that are owed, also those of the run before, without a hit of their stream. In the cloud
 *  the hits of other streams do that: there is no process that runs on between them. */
export function startViews(
  deliver: OwedViews,
  registry: Pick<Registry, "list">,
  { log, everyMs = 10_000, ...datasets }: Datasets & { log: Log; everyMs?: number },
): { stop(): void } {
  let listed = false;
  let failed = false;

  async function round(): Promise<void> {
    if (!listed) await oweAll();
    await deliver.makeOwed();
  }

  async function oweAll(): Promise<void> {
    try {
      const found = await registry.list();
      const lookups = found.map(({ id, document }) => readStream(id, document, datasets));
      deliver.owe(
        lookups.flatMap((lookup) =>
          lookup.kind === "valid" && lookup.stream.state !== "closed" ? [lookup.stream] : [],
        ),
      );
      listed = true;
    } catch (error) {
      if (!failed)
        log("WARNING", "The streams cannot be listed: views that are missing are made later.", {
          event: "views_not_looked_at",
          detail: asProblem(error).message,
        });
      failed = true;
    }
  }

  void round();
  const timer = setInterval(() => void round(), everyMs);
  return { stop: () => clearInterval(timer) };
}
