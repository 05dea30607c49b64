import { openLocalGround } from "./local-ground.ts";
import { linkPromises } from "./promises.ts";

linkPromises(() => openLocalGround());
