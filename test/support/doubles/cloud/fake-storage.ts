import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fakeUploads, type UploadRequest } from "./fake-uploads.ts";

/** Cloud Storage's REST door as far as one bucket takes it: each write is a new generation, and who asks for
 *  another one is told that it is not there. */
export interface FakeStorage {
  /** `host:port` */
  readonly address: string;
  readonly bucket: string;
  /** By name: what is there now. */
  readonly objects: Map<string, FakeObject>;
  /** As a sender does. @returns its generation */
  write(name: string, bytes: string | Uint8Array, at?: number): string;
  /** What happens instead: an answer's status, `lost` after it was done, `half` of its body. */
  fault: (request: { method: string; path: string; count: number }) => number | "lost" | "half" | undefined;
  close(): Promise<void>;
}

export interface FakeObject {
  readonly bytes: Buffer;
  readonly generation: string;
  readonly contentType: string;
  readonly at: number;
}

interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** Small, so that tests turn pages. */
const pageMax = 3;

export async function startFakeStorage(bucket = "drop"): Promise<FakeStorage> {
  const objects = new Map<string, FakeObject>();
  let generations = 1_700_000_000_000_000;
  let count = 0;
  const fake: Pick<FakeStorage, "fault"> = { fault: () => undefined };

  function put(name: string, bytes: Buffer, contentType: string, at = Date.now()): FakeObject {
    const object = { bytes, generation: String(++generations), contentType, at };
    objects.set(name, object);
    return object;
  }

  const resource = (name: string, { generation, bytes, at, contentType }: FakeObject) => ({
    name,
    generation,
    size: String(bytes.length),
    timeCreated: new Date(at).toISOString(),
    contentType,
  });
  const told = (name: string, object: FakeObject): Reply => ({ status: 200, body: resource(name, object) });

  const upload = fakeUploads(({ query, asked }, bytes) => {
    const name = query.get("name")!;
    return told(name, put(name, bytes, (asked as { contentType: string }).contentType));
  });

  function list(query: URLSearchParams): Reply {
    const from = query.get("pageToken") ?? query.get("startOffset") ?? "";
    const names = [...objects.keys()]
      .filter((name) => name.startsWith(query.get("prefix") ?? "") && name >= from)
      .sort();
    const page = names.slice(0, pageMax);
    const next = names[pageMax];
    const items = page.map((name) => resource(name, objects.get(name)!));
    return { status: 200, body: { items, ...(next !== undefined && { nextPageToken: next }) } };
  }

  function serve({ method, path, query, range, bytes: asked }: UploadRequest): Reply {
    const home = `/storage/v1/b/${bucket}/o`;
    if (path === home && method === "GET") return list(query);
    const [, name = "", to] =
      /^\/o\/([^/]+)(?:\/rewriteTo\/b\/[^/]+\/o\/([^/]+))?$/.exec(path.slice(home.length - 2)) ?? [];
    const from = decodeURIComponent(name);
    const found = objects.get(from);
    const [generation, match] = to
      ? [query.get("sourceGeneration"), query.get("ifSourceGenerationMatch")]
      : [query.get("generation"), query.get("ifGenerationMatch")];
    if (found === undefined || (generation !== null && generation !== found.generation))
      return { status: 404, body: { error: { code: 404, message: `No such object: ${bucket}/${from}` } } };
    if (match !== null && match !== found.generation) return { status: 412, body: { error: { code: 412 } } };
    if (method === "DELETE") {
      objects.delete(from);
      return { status: 204 };
    }
    if (to !== undefined) {
      // A large copy takes more than one call.
      if (query.get("rewriteToken") === null)
        return { status: 200, body: { done: false, rewriteToken: "t" } };
      put(decodeURIComponent(to), found.bytes, (JSON.parse(asked.toString()) as FakeObject).contentType);
      return { status: 200, body: { done: true } };
    }
    if (query.get("alt") !== "media") return told(from, found);
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "")!;
    return { status: 206, body: found.bytes.subarray(Number(first), Number(last) + 1) };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://fake");
    const method = request.method ?? "GET";
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const fault = fake.fault({ method, path: url.pathname, count: ++count });
    if (typeof fault === "number") return void response.writeHead(fault).end("a fault");
    const isUpload = url.pathname.startsWith("/upload/");
    const { status, body, headers } = (isUpload ? upload : serve)({
      address,
      method,
      path: url.pathname,
      query: url.searchParams,
      range: request.headers[isUpload ? "content-range" : "range"],
      bytes,
    });
    if (fault === "lost") return void request.socket.destroy();
    if (!Buffer.isBuffer(body)) return void response.writeHead(status, headers).end(JSON.stringify(body));
    response.writeHead(status, { ...headers, "content-length": body.length });
    if (fault !== "half") return void response.end(body);
    response.write(body.subarray(0, body.length / 2), () => request.socket.destroy());
  }

  const server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(fake, {
    address,
    bucket,
    objects,
    write: (name: string, bytes: string | Uint8Array, at?: number) =>
      put(name, Buffer.from(bytes), "text/csv", at).generation,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
