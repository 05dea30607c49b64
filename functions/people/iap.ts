import type { Documents } from "../documents.ts";
import { entryOf } from "./audit.ts";
import type { PeoplePorts } from "./person.ts";
import type { Who } from "./who.ts";

/** For whom Identity-Aware Proxy makes its assertions: it holds the number of the load balancer's backend,
 *  which exists only after the apply. So a person sets it afterwards. */

const id = "iap";
/** Source: https://cloud.google.com/iap/docs/signed-headers-howto */
export const audiencePattern =
  "^/projects/[0-9]{1,20}/(global/backendServices/[0-9]{1,20}|apps/[a-z][a-z0-9:.-]{1,60}|locations/[a-z0-9-]{1,40}/services/[a-z][a-z0-9-]{0,62})$";

/** undefined until somebody has set it. */
export async function iapAudience({ documents }: { documents: Documents }): Promise<string | undefined> {
  const { audience } = Object((await documents.read("settings", id))?.document) as { audience?: unknown };
  return typeof audience === "string" ? audience : undefined;
}

export async function setIapAudience(ports: PeoplePorts, who: Who, audience: string): Promise<void> {
  const before = await iapAudience(ports);
  await ports.documents.commit([
    { kind: "settings", id, document: { audience } },
    entryOf(ports, who, {
      what: "iap_set",
      ...(before !== undefined && { before: { audience: before } }),
      after: { audience },
    }),
  ]);
}
