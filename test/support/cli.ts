import { jest } from "@jest/globals";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { type Settings, usualWaits, type Waits } from "../../cli/command.ts";
import { adminUrl, run } from "../../cli/run.ts";

/** What the fake admin server was asked. */
export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: unknown;
}

export type Answer =
  | { status?: number; json: unknown; headers?: Record<string, string> }
  | ((request: IncomingMessage, response: ServerResponse) => void);

export interface FakeAdmin extends AsyncDisposable {
  url: string;
  asked: Asked[];
}

/** An admin server that says what the test wants: `"GET /v1/status"` -> its answer. A list is used up one by
 *  one, and its last one repeats. */
export async function fakeAdmin(answers: Record<string, Answer | Answer[]>): Promise<FakeAdmin> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      const path = request.url ?? "";
      const method = request.method ?? "";
      const isJson = request.headers["content-type"] === "application/json" && text !== "";
      asked.push({
        method,
        path,
        headers: request.headers,
        body: isJson ? JSON.parse(text) : text,
      });
      const found = answers[`${method} ${path}`] ?? answers[`${method} ${path.split("?")[0]}`];
      const answer = Array.isArray(found) ? (found.length > 1 ? found.shift() : found[0]) : found;
      if (answer === undefined)
        return reply(response, problem(404, "admin_not_found", `No answer for ${method} ${path}.`));
      if (typeof answer === "function") return answer(request, response);
      reply(response, answer);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function reply(response: ServerResponse, answer: Exclude<Answer, (...args: never[]) => void>): void {
  const type = (answer.status ?? 200) < 400 ? "application/json" : "application/problem+json";
  response.writeHead(answer.status ?? 200, {
    "content-type": type,
    ...answer.headers,
  });
  response.end(JSON.stringify(answer.json));
}

/** Stops the clock of this process: what the CLI tells of ages is then the same on a busy machine.
 *  @returns the time that it shows; jest's `restoreAllMocks` lets it go on */
export function stopClock(): number {
  const now = Date.now();
  jest.spyOn(Date, "now").mockReturnValue(now);
  return now;
}

export function problem(status: number, code: string, detail: string): { status: number; json: unknown } {
  return {
    status,
    json: { type: "about:blank", title: code, status, detail, code },
  };
}

export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Runs the CLI in this process, as a person at a screen (`width`, `answers`) or a script
 *  (neither) would see it. */
export async function afterclick(
  argv: readonly string[],
  options: {
    url?: string;
    token?: string;
    width?: number;
    /** What the person types, question by question. */
    answers?: string[];
    /** What a file or a pipe hands over. */
    input?: string;
    waits?: Partial<Waits>;
    dataDir?: string;
    workingDir?: string;
    stopped?: AbortSignal;
    debug?: boolean;
    onOut?: (out: string) => void;
  } = {},
): Promise<Ran & { questions: string[] }> {
  let out = "";
  let err = "";
  const questions: string[] = [];
  const settings: Settings = {
    // Port 9 takes no connections: a test that forgets its server fails at once.
    url: adminUrl("url", options.url ?? "http://127.0.0.1:9"),
    dataDir: options.dataDir ?? tmpdir(),
    workingDir: options.workingDir ?? tmpdir(),
    by: "tester",
    debug: options.debug ?? false,
    ...(options.token !== undefined && { token: options.token }),
  };
  const { answers, input } = options;
  const code = await run(argv, {
    terminal: {
      async out(chunk) {
        out += chunk;
        options.onOut?.(out);
      },
      say: (line) => void (err += `${line}\n`),
      width: options.width,
      ...(input !== undefined && { input: async () => Buffer.from(input) }),
      ask:
        answers &&
        (async (question) => {
          questions.push(question);
          return answers.shift();
        }),
    },
    settings,
    stopped: options.stopped ?? new AbortController().signal,
    waits: { ...usualWaits, pollMs: [1], reconnectMs: [1], ...options.waits },
    version: "1.2.3",
  });
  return { code, out, err, questions };
}
