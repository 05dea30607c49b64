import { backendEvents } from "../../../functions/import/tables.ts";
import { backendEventLinks } from "../../../functions/import/links/tables.ts";
import { linkReasons } from "../../../functions/import/links/settings.ts";
import type { MemoryWarehouse } from "./memory-warehouse.ts";

/** Where SQL of our own writes nothing, and its views are there without rows. */
export function withoutLinks(warehouse: MemoryWarehouse): void {
  const { putView } = warehouse;
  const names = [
    ...[...backendEvents.columns, ...backendEventLinks.columns].map(({ name }) => name),
    "last_change",
    "matched_ev",
    "reference_evs",
    "events",
    "linked",
    "waiting",
    "unlinked",
    ...linkReasons,
  ];
  Object.assign(warehouse, {
    write: async () => undefined,
    async putView(...[view, definition]: Parameters<typeof putView>) {
      if (definition.kind !== "written") return putView(view, definition);
      const columns = [...new Set(names)].map((name) => ({ name, type: "STRING", required: false }));
      warehouse.putForeign(view, columns);
    },
  });
}
