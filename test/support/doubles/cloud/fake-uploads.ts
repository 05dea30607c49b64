/** Google's resumable uploads: sessions that take pieces in their order and become something with the last
 *  byte. */
export interface UploadRequest {
  /** Of the server, `host:port`. */
  readonly address: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly range: string | undefined;
  readonly bytes: Buffer;
}

interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

interface Begun {
  readonly query: URLSearchParams;
  readonly asked: unknown;
}

/** @param finish what a whole upload is answered with; once for each session */
export function fakeUploads(finish: (begun: Begun, bytes: Buffer) => Reply) {
  const sessions: (Begun & { bytes: Buffer; ended?: Reply })[] = [];
  return ({ address, method, path, query, range, bytes }: UploadRequest): Reply => {
    if (method === "POST") {
      sessions.push({ query, asked: JSON.parse(bytes.toString()), bytes: Buffer.alloc(0) });
      const location = `http://${address}${path}?upload_id=${sessions.length - 1}`;
      return { status: 200, body: {}, headers: { location } };
    }
    const session = sessions[Number(query.get("upload_id"))]!;
    if (session.ended !== undefined) return session.ended;
    const [, from = "*", total = "*"] = /^bytes (\*|\d+-\d+)\/(\*|\d+)$/.exec(range ?? "") ?? [];
    // What it has already, or what leaves a gap, is not taken.
    if (from !== "*" && Number(from.split("-")[0]) === session.bytes.length)
      session.bytes = Buffer.concat([session.bytes, bytes]);
    if (total !== "*" && Number(total) === session.bytes.length)
      return (session.ended = finish(session, session.bytes));
    const headers = { range: `bytes=0-${session.bytes.length - 1}` };
    return { status: 308, body: {}, ...(session.bytes.length > 0 && { headers }) };
  };
}
