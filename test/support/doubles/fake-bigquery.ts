import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fakeJobs, type FakeJobs } from "./cloud/fake-jobs.ts";
import { refusedByBigQuery } from "../google/googlesql.ts";

/** BigQuery's REST door as far as tables need it, with etags and the answers of bad days. Views, and
 *  statements of our own, are refused where BigQuery would not take their text. */
export interface FakeBigQuery {
  /** `host:port` */
  readonly address: string;
  /** By `project.dataset`: the region. */
  readonly datasets: Map<string, string>;
  /** By `project.dataset.table`: the resource. What is set is given a `creationTime`, unless it has one. */
  readonly tables: Map<string, Record<string, unknown>>;
  readonly requests: {
    method: string;
    path: string;
    query: URLSearchParams;
    body: Record<string, unknown>;
  }[];
  /** Answers the next requests instead; undefined leaves them to the fake. */
  intercept(how: (method: string, path: string) => Answer | "hang" | undefined): void;
  readonly jobs: FakeJobs;
  /** Takes the next request whose number it is given, from 1 of all uploads, and answers nothing. */
  losesAnswer: (upload: number) => boolean;
  /** Called before a PATCH is looked at: somebody else may be faster. */
  beforePatch: () => void;
  close(): Promise<void>;
}

/** As BigQuery tells it: Unix ms as a text. No two are the same here. */
class Tables extends Map<string, Record<string, unknown>> {
  #latest = 0;

  override set(name: string, resource: Record<string, unknown>): this {
    this.#latest = Math.max(this.#latest + 1, Date.now());
    return super.set(name, {
      creationTime: String(this.#latest),
      ...resource,
    });
  }
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export async function startFakeBigQuery(): Promise<FakeBigQuery> {
  const datasets = new Map<string, string>();
  const tables = new Tables();
  const requests: FakeBigQuery["requests"] = [];
  let intercept: (method: string, path: string) => Answer | "hang" | undefined = () => undefined;
  const fake = { beforePatch: () => undefined as void, losesAnswer: (_upload: number) => false };
  const jobs = fakeJobs();
  let etags = 0;
  let uploads = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://fake");
    const method = request.method ?? "GET";
    const path = url.pathname.replace("/bigquery/v2", "");
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (path.startsWith("/upload/")) {
      const range = request.headers["content-range"];
      const bytes = Buffer.concat(chunks);
      const { status, body, headers } = jobs.upload({
        address,
        method,
        path: url.pathname,
        query: url.searchParams,
        range,
        bytes,
      });
      if (fake.losesAnswer(++uploads)) return void request.socket.destroy();
      return void response.writeHead(status, headers).end(JSON.stringify(body));
    }
    const body = JSON.parse(Buffer.concat(chunks).toString() || "{}") as Record<string, unknown>;
    requests.push({ method, path, query: url.searchParams, body });
    const instead = intercept(method, path);
    if (instead === "hang") return;
    if (method === "PATCH") fake.beforePatch();
    const asked = path.endsWith("/queries") && typeof body["query"] === "string" ? body["query"] : undefined;
    const refused = asked === undefined ? undefined : refusedByBigQuery(asked, { isOurs: false });
    const { status, body: result } =
      (refused === undefined ? undefined : refusal(400, "invalidQuery", `Syntax error: ${refused}`)) ??
      instead ??
      jobs.serve(method, path, body) ??
      serve(method, path, body, request.headers["if-match"]);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(result));
  }

  function serve(
    method: string,
    path: string,
    body: Record<string, unknown>,
    ifMatch: string | undefined,
  ): Answer {
    const [, project, dataset, table] =
      /^\/projects\/([^/]+)\/datasets\/([^/]+)(?:\/tables(?:\/([^/]+))?)?$/.exec(path) ?? [];
    const home = `${project}.${dataset}`;
    const location = datasets.get(home);
    if (location === undefined) return refusal(404, "notFound", `Not found: Dataset ${project}:${dataset}`);
    if (!path.includes("/tables")) return { status: 200, body: { location } };
    const name = `${home}.${table ?? (body["tableReference"] as { tableId: string }).tableId}`;
    const found = tables.get(name);
    const { query: viewed } = (body["view"] ?? {}) as { query?: string };
    const refused = viewed === undefined ? undefined : refusedByBigQuery(viewed);
    if (refused !== undefined) return refusal(400, "invalidQuery", `Syntax error: ${refused}`);
    if (method === "POST") {
      if (found !== undefined) return refusal(409, "duplicate", `Already Exists: Table ${name}`);
      tables.set(name, {
        type: body["view"] ? "VIEW" : "TABLE",
        location,
        ...body,
        etag: `"${++etags}"`,
      });
      return { status: 200, body: tables.get(name) };
    }
    if (found === undefined) return refusal(404, "notFound", `Not found: Table ${name}`);
    if (method === "PATCH") {
      if (ifMatch !== undefined && ifMatch !== found["etag"])
        return refusal(412, "conditionNotMet", "Precondition check failed.");
      tables.set(name, { ...found, ...body, etag: `"${++etags}"` });
    }
    return { status: 200, body: tables.get(name) };
  }

  const server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(fake, {
    address,
    jobs,
    datasets,
    tables,
    requests,
    intercept: (how: (method: string, path: string) => Answer | "hang" | undefined) => void (intercept = how),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

export function refusal(status: number, reason: string, message: string): Answer {
  return {
    status,
    body: {
      error: {
        code: status,
        message,
        errors: [{ domain: "global", reason, message }],
      },
    },
  };
}
