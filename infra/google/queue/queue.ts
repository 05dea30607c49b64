import { toAttributes } from "../../../functions/hit.ts";
import type { Backlog, Queue } from "../../../functions/queue.ts";
import { openTopic, type TopicConfig } from "./topic.ts";

/** The queue on Pub/Sub: a hit is a message, its body the data and all else attributes.
 *
 *  `find` and `depth` know nothing: Pub/Sub cannot be searched, and how much waits is only told by Cloud
 *  Monitoring, some minutes late and with a permission on the whole project (backlog.ts). */
export function openQueue(config: TopicConfig): Queue & Backlog {
  const topic = openTopic(config);
  return {
    publish: (hit, options) => topic.publish(toAttributes(hit), hit.body, options),
    check: topic.check,
    close: topic.close,
    find: async () => "unknown",
    depth: async () => ({}),
  };
}
