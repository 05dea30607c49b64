import type { TableSpec } from "../../warehouse.ts";

/** Records on their way into the table of a feed; nothing here counts. In the product's own dataset. */
export const stagedTable = "feed_staged";

export const stagedRecords: TableSpec = {
  description: "Records of JSON feeds on their way into their tables; nothing here counts",
  columns: [
    { name: "load_id", type: "STRING", required: true, description: "The fetch" },
    { name: "staged_on", type: "DATE", required: true, description: "The day on which it was read, in UTC" },
    { name: "cells", type: "JSON", required: true, description: "A list of texts, one a column" },
  ],
  partitionBy: "staged_on",
  clusterBy: ["load_id"],
};
