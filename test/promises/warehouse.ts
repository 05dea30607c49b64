import { activityPromises } from "./warehouse/activity.ts";
import { appendPromises } from "./warehouse/append.ts";
import { backendEventsPromises } from "./warehouse/backend-events.ts";
import { loadPromises } from "./warehouse/loads.ts";
import { queryPromises } from "./warehouse/query.ts";
import { replacePromises } from "./warehouse/replace.ts";
import { selectPromises } from "./warehouse/select.ts";
import { prepare, type OpenWarehouse, type Setup } from "./warehouse/setup.ts";
import { tablesPromises } from "./warehouse/tables.ts";
import { viewsPromises } from "./warehouse/views.ts";
import { promiseSuite } from "./suite.ts";

/** What every warehouse promises, whatever ground it runs on.
 *  @param cannot promises that the driver declines, by name, each with its reason */
export function warehousePromises(
  driver: string,
  open: OpenWarehouse,
  cannot: Record<string, string> = {},
): void {
  const { promise, end } = promiseSuite<Setup>(
    driver,
    async () => {
      const opened = await open();
      return { setup: prepare(opened), close: () => opened.close() };
    },
    cannot,
  );
  for (const promises of [
    tablesPromises,
    appendPromises,
    loadPromises,
    replacePromises,
    selectPromises,
    viewsPromises,
    queryPromises,
    activityPromises,
    backendEventsPromises,
  ])
    promises(promise);
  end();
}
