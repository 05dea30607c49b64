import { Agent as PlainAgent, request as plain, type IncomingMessage } from "node:http";
import { Agent as EncryptedAgent, request as encrypted } from "node:https";
import { problemOf, textOf } from "../api/api.ts";

/** What became of one request. */
export type Answer =
  | { readonly kind: "taken"; readonly hitId: string }
  /** This record will never be taken. */
  | { readonly kind: "refused"; readonly says: string }
  /** Nor will any other one. */
  | { readonly kind: "closed"; readonly says: string }
  | { readonly kind: "later"; readonly says: string; readonly afterMs: number };

export interface Post extends Disposable {
  /** @throws where `stopped` aborts it */
  send(name: string, body: string): Promise<Answer>;
}

const answerBytesMax = 64 * 1024;
const retryAfterMsMax = 300_000;

/** Requests to one address, over connections that are kept. */
export function openPost(
  url: URL,
  {
    method,
    headers,
    connections,
    deadlineMs,
    stopped,
  }: {
    method: string;
    headers: Readonly<Record<string, string>>;
    connections: number;
    deadlineMs: number;
    stopped: AbortSignal;
  },
): Post {
  const isPlain = url.protocol === "http:";
  const agent = new (isPlain ? PlainAgent : EncryptedAgent)({ keepAlive: true, maxSockets: connections });

  function ask(name: string, body: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const bytes = Buffer.from(body);
      const request = (isPlain ? plain : encrypted)(url, {
        method,
        agent,
        signal: stopped,
        timeout: deadlineMs,
        headers: {
          "content-type": "application/json",
          "user-agent": "afterclick-cli",
          ...headers,
          "webhook-id": name,
          "content-length": bytes.length,
        },
      });
      request.on("response", resolve);
      request.on("error", reject);
      request.on("timeout", () => request.destroy(new Error(`no answer within ${deadlineMs / 1000} s`)));
      request.end(bytes);
    });
  }

  return {
    async send(name, body) {
      try {
        const response = await ask(name, body);
        return answerOf(response, await textOf(response, answerBytesMax));
      } catch (error) {
        if (stopped.aborted) throw error;
        const { code, message } = error as NodeJS.ErrnoException;
        return { kind: "later", says: `${url.origin} cannot be reached (${code ?? message})`, afterMs: 0 };
      }
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** What a whole stream answers: no record of it is taken. */
const closed = new Set([401, 403, 404, 405, 410]);

function answerOf({ statusCode: status = 0, headers }: IncomingMessage, text: string): Answer {
  const hitId = headers["afterclick-hit-id"];
  // 204 where the stream's answer is none.
  if ((status === 200 || status === 204) && typeof hitId === "string") return { kind: "taken", hitId };
  const problem = problemOf(text);
  const says = problem === undefined ? `HTTP ${status}` : `${problem.detail} (${problem.code})`;
  if (status === 408 || status === 429 || status >= 500)
    return { kind: "later", says, afterMs: retryAfterMs(headers["retry-after"]) };
  // Whatever it is, it keeps no hits.
  if (status < 400 || problem === undefined)
    return { kind: "closed", says: `The address answers HTTP ${status} as Afterclick does not.` };
  return { kind: closed.has(status) ? "closed" : "refused", says };
}

/** In seconds, or a date. */
function retryAfterMs(text: string | undefined): number {
  if (text === undefined) return 0;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(0, ms), retryAfterMsMax);
}
