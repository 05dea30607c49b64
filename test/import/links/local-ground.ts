import { openWarehouse } from "../../../infra/local/warehouse/warehouse.ts";
import { freshFolder } from "../../local/warehouse/setup.ts";
import { type Ground, openGround } from "./setup.ts";

/** One machine's warehouse with the tables of links, gone with its folder. */
export async function openLocalGround(
  now?: () => number,
  filesDirectory?: string,
): Promise<Ground & AsyncDisposable> {
  const { directory, remove } = await freshFolder();
  const warehouse = await openWarehouse({ log: () => undefined, directory, filesDirectory });
  const dataset = "afterclick";
  await warehouse.createDataset({ dataset, table: "any" });
  const ground = await openGround(warehouse, dataset, now);
  return {
    ...ground,
    async [Symbol.asyncDispose]() {
      await warehouse.close();
      await remove();
    },
  };
}
