import { start } from "../start.mjs";

await start(() => import("./main.ts"), "npm start");
