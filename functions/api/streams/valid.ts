import { streamRefused } from "../../problems.ts";
import type { Registry } from "../../registry.ts";
import { findReading } from "../../streams/change.ts";
import { readAll } from "../../streams/reading.ts";
import type { Datasets, Stream } from "../../streams/stream.ts";

/** A stream whose document can be used. @throws stream_unknown, stream_refused */
export function validStream(
  datasets: Datasets,
  id: string,
  documents: Awaited<ReturnType<Registry["list"]>>,
): Stream {
  const { lookup } = findReading(readAll(documents, datasets), id);
  if (lookup.kind !== "valid")
    throw streamRefused({ problems: lookup.kind === "invalid" ? lookup.problems : [] });
  return lookup.stream;
}
