import { Ajv2020 } from "ajv/dist/2020.js";
import { type ApiPorts, createAdmin } from "../../functions/api/admin.ts";
import type { Jobs } from "../../functions/jobs.ts";
import { createSteps } from "../../functions/letters/steps.ts";
import { letterStore } from "../../functions/letters/store.ts";
import { asProblem, problemDocument } from "../../functions/problem.ts";
import type { Reply, Request } from "../../functions/request.ts";
import type { Alerts } from "../../functions/health/alerts.ts";
import { createHealth } from "../../functions/health/health.ts";
import { createTail } from "../../functions/hits/tail.ts";
import { snippets } from "../../panel/snippets/snippets.ts";
import type { Documents } from "../../functions/documents.ts";
import { everybodyIsThisMachine } from "../../functions/people/identify.ts";
import { memoryDocuments } from "./doubles/memory-documents.ts";
import { memoryJobs } from "./doubles/memory-jobs.ts";
import { memoryQueue } from "./doubles/memory-queue.ts";
import { memoryRegistry } from "./doubles/memory-registry.ts";
import { memoryWarehouse } from "./doubles/memory-warehouse.ts";
import { request } from "./request.ts";

/** An answer as a client of the API sees it. `json` is what the body parses to, where it is JSON. */
export interface Seen {
  status: number;
  headers: Readonly<Record<string, string>>;
  json: Answered;
  body: Reply["body"];
}

/** The fields of all answers: which of them an answer has is the business of the declared schema, which it
 *  has been held against before a test sees it. */
export interface Answered {
  code: string;
  detail: string;
  status: number;
  id: string;
  name: string;
  key?: string;
  state: string;
  valid: boolean;
  endpoint: string;
  curl: string;
  suggested_id: string;
  problems: string[];
  warnings: string[];
  streams: Answered[];
  hit_id: string;
  text: string;
  rows: unknown[];
  columns: unknown[];
  dead_letters: Answered[];
  attempt: number;
  checks: { name: string; ok: boolean; detail?: string }[];
}

export type Ask = (
  method: string,
  address: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Seen>;

/** The admin API over ports in memory. Every answer in every test is held against the OpenAPI document. */
export async function openAdmin(changed: Partial<ApiPorts> = {}) {
  const registry = memoryRegistry();
  const queue = memoryQueue();
  const warehouse = memoryWarehouse();
  const tail = createTail();
  const documents = memoryDocuments();
  const steps = memoryJobs();
  const clock = { ms: Date.UTC(2026, 10, 21, 12) };
  const known = {
    registry,
    queue,
    backlog: queue,
    warehouse,
    tail,
    snippets,
    collectUrl: "https://in.example.com",
    defaultDataset: "afterclick_data",
    productDataset: "afterclick",
    version: "1.2.3",
    jobs: steps as Jobs,
    now: () => clock.ms,
    log: () => {},
    letters: letterStore({
      warehouse: changed.warehouse ?? warehouse,
      productDataset: "afterclick",
      log: () => {},
    }),
    documents: documents as Documents,
    alerts: { test: async () => [] } as Pick<Alerts, "test">,
    firstAdmins: [] as readonly string[],
    identify: everybodyIsThisMachine,
    ...changed,
  };
  const ports = { health: createHealth(known), ...known } satisfies ApiPorts;
  await warehouse.createDataset({ dataset: "afterclick", table: "" });
  const admin = createAdmin(ports);

  async function send(
    method: string,
    address: string,
    body?: unknown,
    more: Partial<Omit<Request, "body">> = {},
  ): Promise<Seen> {
    const [path = "", query = ""] = address.split("?", 2);
    const bytes =
      body === undefined
        ? ""
        : typeof body === "string" || body instanceof Uint8Array
          ? body
          : JSON.stringify(body);
    let reply: Reply;
    try {
      const headers = {
        ...(body !== undefined && { "content-type": "application/json" }),
        ...more.headers,
      };
      reply = await admin(request({ method, path, query, body: bytes, ...more, headers }));
    } catch (error) {
      const problem = asProblem(error);
      if (problem.code === "internal") throw problem.cause;
      reply = {
        status: problem.status,
        headers: {
          ...problem.headers,
          "content-type": "application/problem+json",
        },
        body: JSON.stringify(problemDocument(problem)),
      };
    }
    const type = reply.headers?.["content-type"] ?? "";
    const json = (
      typeof reply.body === "string" && /json/.test(type) ? JSON.parse(reply.body) : undefined
    ) as Answered;
    return {
      status: reply.status,
      headers: reply.headers ?? {},
      json,
      body: reply.body,
    };
  }

  /** The steps that were called and those that they call, until there is none or one comes later. */
  const work = createSteps({ ...ports, elapsed: () => clock.ms });
  const workOn = () => steps.workOn(work);

  const document = (await send("GET", "/openapi.json")).json as unknown as OpenApi;
  const asDeclared = declarations(document);
  const ask: Ask = async (method, address, body, headers = {}) => {
    const seen = await send(method, address, body, { headers });
    asDeclared(method, address.split("?")[0]!, seen);
    return seen;
  };
  return {
    ...ports,
    documents,
    registry,
    queue,
    warehouse,
    tail,
    clock,
    steps,
    work,
    workOn,
    ask,
    send,
    document,
  };
}

export interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
}
interface Operation {
  parameters?: { name: string }[];
  operationId: string;
  responses: Record<string, { content: Record<string, { schema: object }> }>;
}

/** The path of the document that an address belongs to; a literal one before one with parameters. */
export function templateOf(document: OpenApi, method: string, path: string): string | undefined {
  const matching = Object.keys(document.paths).filter(
    (template) =>
      document.paths[template]![method.toLowerCase()] !== undefined &&
      new RegExp(`^${template.replaceAll(".", "\\.").replace(/\{[^}]+\}/g, "[^/]+")}$`).test(path),
  );
  return matching.sort((a, b) => Number(a.includes("{")) - Number(b.includes("{")))[0];
}

/** Throws where an answer is not what the document declares for its operation, status and media type. */
function declarations(document: OpenApi) {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    formats: { offset: true, uri: true, "uri-reference": true },
  });
  ajv.addSchema(document, "openapi.json");
  return (method: string, path: string, { status, headers, json }: Seen) => {
    const template = templateOf(document, method, path);
    if (template === undefined) {
      if (status !== 404 && status !== 405)
        throw new Error(`${method} ${path} is not declared, yet it answered ${status}.`);
      return;
    }
    const operation = document.paths[template]![method.toLowerCase()]!;
    const type = (headers["content-type"] ?? "").split(";")[0]!;
    const declared = operation.responses[status]?.content[type];
    if (declared === undefined)
      throw new Error(`${operation.operationId} does not declare ${status} ${type}: ${JSON.stringify(json)}`);
    if (json === undefined) return;
    const pointer = [
      "paths",
      template,
      method.toLowerCase(),
      "responses",
      String(status),
      "content",
      type,
      "schema",
    ]
      .map((part) => part.replaceAll("~", "~0").replaceAll("/", "~1"))
      .map(encodeURIComponent)
      .join("/");
    const isDeclared = ajv.compile({ $ref: `openapi.json#/${pointer}` });
    if (!isDeclared(json)) {
      throw new Error(
        `${operation.operationId} ${status} is not as declared: ${ajv.errorsText(isDeclared.errors)} in ${JSON.stringify(json)}`,
      );
    }
  };
}
