import { freshFolder } from "../../local/warehouse/setup.ts";
import { openWarehouse } from "../../../infra/local/warehouse/warehouse.ts";
import { linkPromises } from "./promises.ts";
import { openGround } from "./setup.ts";

linkPromises(async () => {
  const { directory, remove } = await freshFolder();
  const warehouse = await openWarehouse({ log: () => undefined, directory });
  const dataset = "afterclick";
  await warehouse.createDataset({ dataset, table: "any" });
  const ground = await openGround(warehouse, dataset);
  return {
    ...ground,
    async [Symbol.asyncDispose]() {
      await warehouse.close();
      await remove();
    },
  };
});
