/** The shapes in which others take conversions: which cells each has, and its columns out of them.
 *  docs/shapes.md explains them. */
import { dataManager } from "./data-manager.ts";
import { meta } from "./meta.ts";
import { conversionEvents, identityKeys, segmentStreamConversions } from "./segmentstream.ts";
import type { Shape } from "./shape.ts";
import { fiveColumns } from "./five-columns.ts";

export const shapes: readonly Shape[] = [
  fiveColumns,
  segmentStreamConversions,
  conversionEvents,
  identityKeys,
  dataManager,
  meta,
];
