import type { Handler } from "../../functions/request.ts";
import type { DoorOptions } from "../http.ts";

/** What main.ts opens a door for: one function with the services it needs. */
export interface Service {
  readonly handler: Handler;
  /** What differs from the door's own limits. */
  readonly door?: Pick<DoorOptions, "trustedProxies" | "bytesInFlightMax">;
  /** Called once the door has drained. */
  close(): Promise<void>;
}
