import type { Handler } from "../../functions/request.ts";

/** What main.ts opens a door for: one function with the services it needs. */
export interface Ground {
  readonly handler: Handler;
  readonly trustedProxies?: number;
  /** Called once the door has drained. */
  close(): Promise<void>;
}
