/** List prices in US dollars, europe-west1 (Cloud Run's tier 1), as known in 2026-11 from the pages named
 *  here. They could not be read from Google's price list at that time: compare them before you rely on a sum.
 *  GiB and TiB are binary, a month has 30 days. */
export interface Price {
  readonly dollars: number;
  /** Of what the price is for: 1 million requests, a GiB, … */
  readonly per: number;
  readonly unit: string;
  /** A month, in units of what is counted; it is the billing account's, not the project's,
   *  where the page says so. */
  readonly free: number;
  readonly source: string;
}

const gib = 1024 ** 3;
const tib = 1024 ** 4;
const million = 1_000_000;

const run = "https://cloud.google.com/run/pricing";
const bigquery = "https://cloud.google.com/bigquery/pricing";
const pubsub = "https://cloud.google.com/pubsub/pricing";

export const prices = {
  /** Request-based billing: while at least one request is handled, in steps of 100 ms. */
  cpuSeconds: {
    dollars: 0.000024,
    per: 1,
    unit: "vCPU-second",
    free: 180_000,
    source: run,
  },
  memoryGibSeconds: {
    dollars: 0.0000025,
    per: 1,
    unit: "GiB-second",
    free: 360_000,
    source: run,
  },
  requests: {
    dollars: 0.4,
    per: million,
    unit: "million requests",
    free: 2 * million,
    source: run,
  },
  /** Published and pushed bytes alike, at least 1,000 a request. */
  queueBytes: {
    dollars: 40,
    per: tib,
    unit: "TiB",
    free: 10 * gib,
    source: pubsub,
  },
  /** What the topic keeps for going back in time. */
  keptByteMonths: {
    dollars: 0.27,
    per: gib,
    unit: "GiB and month",
    free: 0,
    source: pubsub,
  },
  /** The price of multi-regions, the highest; a region's is about half. A named
   *  database has no free reads. */
  documentReads: {
    dollars: 0.06,
    per: 100_000,
    unit: "100,000 reads",
    free: 0,
    source: "https://cloud.google.com/firestore/pricing",
  },
  appendedBytes: {
    dollars: 0.025,
    per: gib,
    unit: "GiB",
    free: 2 * tib,
    source: bigquery,
  },
  /** Active logical storage. */
  storedByteMonths: {
    dollars: 0.02,
    per: gib,
    unit: "GiB and month",
    free: 10 * gib,
    source: bigquery,
  },
  loggedBytes: {
    dollars: 0.5,
    per: gib,
    unit: "GiB",
    free: 50 * gib,
    source: "https://cloud.google.com/stackdriver/pricing",
  },
  /** Answers to senders, Premium Tier. */
  egressBytes: {
    dollars: 0.12,
    per: gib,
    unit: "GiB",
    free: 0,
    source: "https://cloud.google.com/vpc/network-pricing",
  },
} as const satisfies Record<string, Price>;

export type Item = keyof typeof prices;
