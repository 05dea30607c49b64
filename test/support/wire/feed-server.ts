import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A server of a JSON feed that behaves as real ones do: whatever a test has it do next. */
export interface FeedServer extends AsyncDisposable {
  readonly url: string;
  /** What was asked: the path with its query, and the header of Basic. */
  readonly asked: { readonly path: string; readonly authorization: string | undefined }[];
  /** Has it answer so from now on. */
  does(answer: Answering): void;
}

export type Answering = (request: IncomingMessage, response: ServerResponse) => void;

export async function startFeedServer(): Promise<FeedServer> {
  const asked: { path: string; authorization: string | undefined }[] = [];
  let answer: Answering = sends("");
  const server = createServer((request, response) => {
    asked.push({ path: request.url ?? "", authorization: request.headers.authorization });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/feed`,
    asked,
    does: (next) => void (answer = next),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const sends =
  (body: string | Buffer, headers: Record<string, string> = {}, status = 200): Answering =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body);

export const lines = (...records: unknown[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join("");
