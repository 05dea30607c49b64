import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Secret Manager's REST door: secrets with versions that are enabled, disabled or destroyed, of which
 *  `latest` is the newest whatever its state, names with the project's number, and its words for what goes
 *  wrong.
 *  Source: https://cloud.google.com/secret-manager/docs/reference/rest */
export interface FakeSecretManager {
  /** `host:port` */
  readonly address: string;
  readonly project: string;
  /** By id, as somebody sees them in the console. */
  readonly secrets: Map<string, FakeSecret>;
  /** Each call as `METHOD path`, without the project. */
  readonly calls: string[];
  /** What happens instead: an answer's status, `lost` after it was done, or a `page` of something else. */
  fault: (call: string, count: number) => number | "lost" | "page" | undefined;
  /** What its clock shows. */
  now: () => number;
  close(): Promise<void>;
}

export interface FakeSecret {
  /** As it was asked for. */
  readonly replication: unknown;
  readonly versions: FakeVersion[];
}

interface FakeVersion {
  readonly createTime: string;
  state: "ENABLED" | "DISABLED" | "DESTROYED";
  data?: string;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const project = "p1";
const projectNumber = "123456789";
/** Small, so that tests turn pages. */
const pageMax = 2;
const words: Readonly<Record<number, string>> = {
  400: "FAILED_PRECONDITION",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ALREADY_EXISTS",
  429: "RESOURCE_EXHAUSTED",
  503: "UNAVAILABLE",
};

function refused(status: number, message: string, word = words[status]): Reply {
  return { status, body: { error: { code: status, message, status: word } } };
}

export async function startFakeSecretManager(): Promise<FakeSecretManager> {
  const secrets = new Map<string, FakeSecret>();
  const calls: string[] = [];
  const fake: Pick<FakeSecretManager, "fault" | "now"> = { fault: () => undefined, now: Date.now };

  const nameOf = (id: string) => `projects/${projectNumber}/secrets/${id}`;
  const shown = (id: string, { state, createTime }: FakeVersion, number: number) => ({
    name: `${nameOf(id)}/versions/${number}`,
    createTime,
    state,
  });

  function list(query: URLSearchParams): Reply {
    const word = /^name:(.+)$/.exec(query.get("filter") ?? "")?.[1] ?? "";
    const ids = [...secrets.keys()].filter((id) => id.includes(word)).sort();
    const from = Number(query.get("pageToken") ?? 0);
    const next = from + pageMax < ids.length ? String(from + pageMax) : "";
    const page = ids.slice(from, from + pageMax).map((id) => ({ name: nameOf(id) }));
    return { status: 200, body: { secrets: page, nextPageToken: next } };
  }

  function make(id: string, { replication }: { replication?: unknown }): Reply {
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(id)) return refused(400, "The id is not allowed.", "INVALID_ARGUMENT");
    if (secrets.has(id)) return refused(409, `Secret [${nameOf(id)}] already exists.`);
    secrets.set(id, { replication, versions: [] });
    return { status: 200, body: { name: nameOf(id), replication } };
  }

  function serve(method: string, path: string, query: URLSearchParams, asked: object): Reply {
    if (path === "/secrets") return method === "GET" ? list(query) : make(query.get("secretId") ?? "", asked);
    const [, id = "", verb, version, action] =
      /^\/secrets\/([^/:]+)(?::(\w+))?(?:\/versions(?:\/(\w+))?(?::(\w+))?)?$/.exec(path) ?? [];
    const secret = secrets.get(id);
    if (secret === undefined) return refused(404, `Secret [${nameOf(id)}] not found.`);
    const { versions } = secret;
    if (verb === "addVersion") {
      const { data } = Object(asked).payload as { data: string };
      const bytes = Buffer.from(data, "base64").length;
      if (bytes > 64 * 1024) return refused(400, "The payload is too large.", "INVALID_ARGUMENT");
      versions.push({ createTime: new Date(fake.now()).toISOString(), state: "ENABLED", data });
      return { status: 200, body: shown(id, versions.at(-1)!, versions.length) };
    }
    if (method === "DELETE") {
      secrets.delete(id);
      return { status: 200, body: {} };
    }
    if (version === undefined) {
      const all = versions.map((one, index) => shown(id, one, index + 1));
      return { status: 200, body: { versions: all.filter(({ state }) => state !== "DESTROYED").reverse() } };
    }
    const number = version === "latest" ? versions.length : Number(version);
    const found = versions[number - 1];
    if (found === undefined)
      return refused(404, `Secret Version [${nameOf(id)}/versions/${version}] not found.`);
    if (action === undefined) return { status: 200, body: shown(id, found, number) };
    if (found.state === "DESTROYED" || (action === "access" && found.state === "DISABLED"))
      return refused(400, `Secret Version [${nameOf(id)}/versions/${number}] is in ${found.state} state.`);
    if (action === "access") {
      const { name } = shown(id, found, number);
      return { status: 200, body: { name, payload: { data: found.data } } };
    }
    found.state = "DESTROYED";
    delete found.data;
    return { status: 200, body: shown(id, found, number) };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://fake");
    const path = decodeURIComponent(url.pathname).slice(`/v1/projects/${project}`.length);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const call = `${request.method} ${path}`;
    calls.push(call);
    const fault = fake.fault(call, calls.length);
    if (fault === "page") return void response.writeHead(404).end("<h1>Not found</h1>");
    const { status, body } =
      typeof fault === "number"
        ? refused(fault, "A fault.")
        : serve(
            request.method ?? "GET",
            path,
            url.searchParams,
            text === "" ? {} : (JSON.parse(text) as object),
          );
    if (fault === "lost") return void request.socket.destroy();
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }

  const server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return Object.assign(fake, {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    project,
    secrets,
    calls,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
