import { fakeUploads } from "./fake-uploads.ts";
import { refusal, type Answer } from "../fake-bigquery.ts";

/** BigQuery's jobs as far as ids matter: each id is taken once, an upload becomes a job with its last byte,
 *  and who asks under an id that is taken hears so. Its emulator loads again instead. */
export interface FakeJobs {
  /** Those that were begun, in their order. */
  readonly begun: { readonly id: string; readonly configuration: Configuration }[];
  /** What was loaded, by `dataset.table`: the lines. */
  readonly loaded: Map<string, unknown[]>;
  /** What becomes of the next job: how often it is looked at before it is done, and how it fails. */
  next: { looks?: number; error?: { reason: string; message: string } };
  serve(method: string, path: string, body: Record<string, unknown>): Answer | undefined;
  readonly upload: ReturnType<typeof fakeUploads>;
}

interface Configuration {
  readonly query?: { readonly query?: string };
  readonly load?: { readonly destinationTable: { datasetId: string; tableId: string } };
}

interface Asked {
  jobReference?: { jobId?: string; location?: string };
  configuration?: Configuration;
}

export function fakeJobs(): FakeJobs {
  const jobs = new Map<string, { asked: Asked; looks: number; error: object | undefined }>();
  const fake: Pick<FakeJobs, "begun" | "loaded" | "next"> = { begun: [], loaded: new Map(), next: {} };

  function begin(asked: Asked): Answer {
    const id = asked.jobReference?.jobId ?? "";
    if (jobs.has(id)) return refusal(409, "duplicate", `Already Exists: Job ${id}`);
    const { looks = 0, error } = fake.next;
    fake.next = {};
    jobs.set(id, { asked, looks, error });
    fake.begun.push({ id, configuration: asked.configuration ?? {} });
    return { status: 200, body: shown(id) };
  }

  function shown(id: string): object {
    const { asked, looks, error } = jobs.get(id)!;
    const status = looks > 0 ? { state: "RUNNING" } : { state: "DONE", ...(error && { errorResult: error }) };
    return { ...asked, status };
  }

  return Object.assign(fake, {
    serve(method: string, path: string, body: Record<string, unknown>): Answer | undefined {
      const [, id] = /^\/projects\/[^/]+\/jobs(?:\/([^/]+))?$/.exec(path) ?? [undefined, null];
      if (id === null) return undefined;
      if (method === "POST") return begin(body as Asked);
      const job = jobs.get(id ?? "");
      if (job === undefined) return refusal(404, "notFound", `Not found: Job ${id}`);
      job.looks -= 1;
      return { status: 200, body: shown(id!) };
    },
    upload: fakeUploads(({ asked }, bytes) => {
      const job = asked as Asked;
      const answer = begin(job);
      const { error } = jobs.get(job.jobReference!.jobId!)!;
      if (answer.status === 200 && error === undefined) load(job, bytes);
      return answer;
    }),
  });

  function load({ configuration }: Asked, bytes: Buffer): void {
    const { datasetId, tableId } = configuration!.load!.destinationTable;
    const table = `${datasetId}.${tableId}`;
    const lines = bytes.toString().trimEnd().split("\n");
    const before = fake.loaded.get(table) ?? [];
    fake.loaded.set(table, [...before, ...lines.map((line): unknown => JSON.parse(line))]);
  }
}
