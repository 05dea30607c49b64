import type { Log } from "../../../functions/log.ts";
import type { Backlog } from "../../../functions/queue.ts";
import { whyOf } from "../channel.ts";
import { partsOf } from "../told.ts";
import { type Authorize, googleCredentials, openFetch } from "../fetch-text.ts";

export interface BacklogConfig {
  /** `projects/P/subscriptions/S`, all that push hits to deliver: those that come first and
   *  those that come again. */
  readonly subscriptions: readonly string[];
  readonly log: Log;
  readonly now: () => number;
  /** Where Cloud Monitoring is; for tests. */
  readonly endpoint?: string;
  /** What is sent as proof of who asks; Google's own credentials where left out. */
  readonly authorize?: Authorize;
  /** How long an answer is waited for; 3 s where left out. */
  readonly deadlineMs?: number;
}

const deadlineMsUsual = 3_000;
/** Metrics are written once a minute and are visible up to four minutes later.
 *  Source: https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-pubsub */
const windowMs = 10 * 60_000;
const answerBytesMax = 1024 * 1024;

const metrics = {
  waiting: "pubsub.googleapis.com/subscription/num_undelivered_messages",
  ageSeconds: "pubsub.googleapis.com/subscription/oldest_unacked_message_age",
} as const;

/** What Cloud Monitoring tells of the hits that wait, some minutes old. Pub/Sub itself cannot be
 *  searched. Needs `monitoring.timeSeries.list` on the project, which the operator may withhold:
 *  then nothing can be told. */
export function openBacklog(config: BacklogConfig): Backlog {
  const { log, now, endpoint = "https://monitoring.googleapis.com", deadlineMs = deadlineMsUsual } = config;
  const subscriptions = config.subscriptions.map(partsOf);
  const fetchText = openFetch(
    config.authorize ?? googleCredentials("https://www.googleapis.com/auth/monitoring.read"),
  );

  /** Of each subscription; undefined where one of them is not told, since the others
   *  alone would be too few. */
  async function newestOfAll(metric: string): Promise<number[] | undefined> {
    const values = await Promise.all(subscriptions.map((subscription) => newest(metric, subscription)));
    const told = values.filter((value) => value !== undefined);
    return told.length === values.length ? told : undefined;
  }

  async function newest(
    metric: string,
    { project, name }: { project: string; name: string },
  ): Promise<number | undefined> {
    const query = new URLSearchParams({
      filter: `metric.type="${metric}" AND resource.labels.subscription_id="${name}"`,
      "interval.startTime": new Date(now() - windowMs).toISOString(),
      "interval.endTime": new Date(now()).toISOString(),
      pageSize: "10",
    });
    const url = `${endpoint}/v3/projects/${project}/timeSeries?${query.toString()}`;
    const { status, text } = await fetchText(url, { deadlineMs, answerBytesMax });
    if (status < 200 || status > 299) throw new Error(`HTTP ${status}: ${text.slice(0, 200)}`);
    return newestPoint(JSON.parse(text) as Answer);
  }

  return {
    find: async () => "unknown",
    async depth() {
      try {
        const [counts, ages] = await Promise.all([
          newestOfAll(metrics.waiting),
          newestOfAll(metrics.ageSeconds),
        ]);
        const waiting = counts?.reduce((sum, count) => sum + count, 0);
        // With nothing waiting, the age is that of nothing.
        const ageSeconds = Math.max(0, ...(ages ?? []).filter((_, index) => counts?.[index] !== 0));
        return {
          ...(waiting !== undefined && { waiting }),
          // A hit that comes again counts from its first attempt, which is a moment after it was received.
          ...(ageSeconds > 0 && { oldest_received_at: now() - ageSeconds * 1_000 }),
        };
      } catch (error) {
        log("INFO", "Cloud Monitoring does not tell how many hits wait.", {
          event: "backlog_unknown",
          cause: whyOf(error),
        });
        return {};
      }
    },
  };
}

interface Answer {
  /** Points stand newest first. */
  timeSeries?: { points?: { value?: { int64Value?: string } }[] }[];
}

function newestPoint({ timeSeries = [] }: Answer): number | undefined {
  const value = timeSeries[0]?.points?.[0]?.value?.int64Value;
  return value === undefined || !/^\d+$/.test(value) ? undefined : Number(value);
}
