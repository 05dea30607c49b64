import type { LetterPorts } from "../letters/store.ts";
import type { listTables } from "../streams/tables/listing.ts";
import { activity, activityDays, activityDaysTable, activityTable } from "./tables.ts";

/** The product's own that people may read. */
export function ownTables({
  letters,
  productDataset,
}: Pick<LetterPorts, "letters"> & { productDataset: string }): Parameters<typeof listTables>[1] {
  return [
    {
      table: letters.tables.states,
      expects: "view",
      what: "the hits that could not become rows, why, and what became of them",
    },
    {
      table: activityTable(productDataset),
      expects: "table",
      spec: activity,
      what: "what arrived and what was refused, by stream and minute: about",
    },
    {
      table: activityDaysTable(productDataset),
      expects: "table",
      spec: activityDays,
      what: "days that are over, as they were counted in the streams' tables",
    },
  ];
}
