import { listJobs, lookAtJob, type JobPorts, type Meant, startJob } from "../../letters/job.ts";
import { stopJob } from "../../letters/stop.ts";
import { reasons } from "../../letters/letter.ts";
import { requestRefused } from "../../problems.ts";
import { streamRef } from "../../stream-ref.ts";
import { json, jsonAnswer, type Parameter, route, type Route } from "../route.ts";
import { ref, streamRefSchema, uuid } from "../schema.ts";
import { by, days, demandDays, note, warehouseProblems } from "./dead-letters.ts";

const jobParameter: Parameter = {
  name: "id",
  in: "path",
  description: "the id of the job, 14 digits, - and 12 hex digits",
  schema: { type: "string", pattern: "^\\d{14}-[0-9a-f]{12}$" },
};

/** Replays and discards of many dead letters: begun by one request, worked on without it. */
export function jobRoutes(ports: JobPorts): Route[] {
  return [
    route<unknown, unknown, Meant & { stream_id?: string; by?: string }>({
      method: "POST",
      path: "/v1/jobs",
      operation: "startJob",
      role: "editor",
      payloads: "none",
      summary:
        "Begins to replay or to discard all dead letters that wait now, or those of a stream, of a reason, of some days, or of all of these; where such a job runs already, it is taken up",
      body: {
        type: "object",
        required: ["what"],
        properties: {
          what: { description: "replay or discard", enum: ["replay", "discard"] },
          stream_id: { description: "the UUID of a stream, in lower case", ...uuid },
          stream_ref: {
            description: "a stream as rows and logs name it, 12 hex digits",
            ...streamRefSchema,
          },
          reason: { description: `one of ${reasons.join(", ")}`, enum: reasons },
          ...days,
          note,
          by,
        },
        additionalProperties: false,
      },
      answer: jsonAnswer("The job; ask for it again to see how far it is", ref("Job"), 202),
      problems: ["queue_down", "row_refused", ...warehouseProblems],
      async handle({ body: { stream_id, by, ...meant }, who }) {
        if ((meant.what === "discard") !== (meant.note !== undefined))
          throw requestRefused({ what: "A discard needs a note that says why, and a replay takes none" });
        if (stream_id !== undefined && meant.stream_ref !== undefined)
          throw requestRefused({ what: "stream_id and stream_ref are given; allowed is one of them" });
        demandDays(meant);
        const letters = stream_id === undefined ? meant : { ...meant, stream_ref: streamRef(stream_id) };
        return json(await startJob(ports, letters, who, by), 202);
      },
    }),

    route({
      method: "GET",
      path: "/v1/jobs",
      operation: "listJobs",
      role: "viewer",
      payloads: "none",
      summary: "The newest 100 jobs, the newest first",
      answer: jsonAnswer("The jobs", ref("Jobs")),
      problems: [],
      handle: async () => json({ jobs: await listJobs(ports) }),
    }),

    route<{ id: string }>({
      method: "GET",
      path: "/v1/jobs/{id}",
      operation: "showJob",
      role: "viewer",
      payloads: "none",
      summary: "How far a job is, and what came of it: of a replay that has ended, how many are rows by now",
      parameters: [jobParameter],
      answer: jsonAnswer("The job", ref("Job")),
      problems: ["job_unknown"],
      handle: async ({ path: { id } }) => json(await lookAtJob(ports, id)),
    }),

    route<{ id: string }, unknown, { by?: string }>({
      method: "POST",
      path: "/v1/jobs/{id}/stop",
      operation: "stopJob",
      role: "editor",
      payloads: "none",
      summary:
        "Ends a job that runs, with the batch that has begun: what is done stays done, what is left waits as before; one that has ended stays as it is",
      parameters: [jobParameter],
      body: { type: "object", properties: { by }, additionalProperties: false },
      answer: jsonAnswer("The job: stopped, or stopping while somebody works on it", ref("Job")),
      problems: ["job_unknown"],
      handle: async ({ path: { id }, body, who }) => json(await stopJob(ports, id, who, body.by)),
    }),
  ];
}
