import { asProblem, Problem } from "../../problem.ts";
import { warehouseDown } from "../../problems.ts";
import type { Log } from "../../log.ts";
import type { Warehouse } from "../../warehouse.ts";
import type { Stream } from "../stream.ts";
import { tableName } from "../../table.ts";
import { within } from "../../within.ts";

const datasetDeadlineMs = 10_000;

/** Makes the dataset of a stream's table. A person's act, and a convenience: where it fails, the stream is
 *  there all the same and its hits are kept.
 *  @returns a warning where it failed */
export async function makeDataset(
  { warehouse, log }: { warehouse: Warehouse; log: Log },
  stream: Stream,
): Promise<string[]> {
  try {
    await within(datasetDeadlineMs, warehouse.createDataset(stream.table), () => {
      throw warehouseDown({
        why: `no answer in ${datasetDeadlineMs / 1000} s`,
      });
    });
    return [];
  } catch (error) {
    const problem = asProblem(error);
    if (!(error instanceof Problem)) {
      log("ERROR", "A dataset could not be made.", {
        event: "dataset_failed",
        cause: String(error),
      });
    }
    return [`The dataset of ${tableName(stream.table)} could not be made: ${problem.message}`];
  }
}
