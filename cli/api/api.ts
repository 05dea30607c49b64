import type { IncomingMessage } from "node:http";
import { audienceOf, whoAsks } from "./credentials.ts";
import type { Settings } from "../command.ts";
import { exitCodes, failed, failure, type Failure, type Next } from "../failure.ts";
import { type FilePart, send } from "./send.ts";
import { visible } from "../terminal/visible.ts";

/** The admin API as the commands see it: paths in, documents out. */
export interface Api {
  /** For sentences: where it is. */
  readonly address: string;
  /** @returns the JSON document, checked for the fields that `shape` names
   *  @throws Failure: unreachable, or what the server says in the words of the server */
  ask<Answer extends object>(call: Call, shape: Shape<Answer>): Promise<Answer>;
  /** The answer as it comes in: files and events. @throws as `ask` */
  open(call: Call & { accept: string; lastEventId?: string }): Promise<IncomingMessage>;
}

export interface Call {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below /v1, each part already encoded: use `path`. */
  readonly path: string;
  readonly body?: object;
  /** In its place: a file, or a part of one. */
  readonly file?: FilePart;
  /** Until the answer's first byte; 30 s where left out. */
  readonly deadlineMs?: number;
  readonly stopped?: AbortSignal;
}

/** The fields that must be there for us to go on, with what they must be. */
export type Shape<Answer> = {
  readonly [Field in keyof Answer]?: "string" | "number" | "array" | "object";
};

const deadlineMsUsual = 30_000;
/** 100,000 rows of a query; past it the server is not what it says it is. */
const answerBytesMax = 512 * 1024 * 1024;
const problemBytesMax = 64 * 1024;

/** Parts of a path, each encoded. */
export function path(strings: TemplateStringsArray, ...parts: readonly string[]): string {
  return strings.reduce((whole, string, index) => whole + encodeURIComponent(parts[index - 1]!) + string);
}

/** `?a=b&c=d` of what is defined; empty where nothing is. */
export function search(typed: Record<string, string | undefined>): string {
  const defined = Object.entries(typed).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return defined.length === 0 ? "" : `?${new URLSearchParams(defined).toString()}`;
}

export function openApi({ url, token, dataDir }: Pick<Settings, "url" | "token" | "dataDir">): Api {
  const base = url.href.replace(/\/+$/, "");

  async function open(call: Parameters<Api["open"]>[0]): Promise<IncomingMessage> {
    const who = await whoAsks(url, token, dataDir);
    const response = await send({
      url: new URL(`${base}${call.path}`),
      method: call.method ?? "GET",
      headers: {
        accept: `${call.accept}, application/problem+json`,
        "user-agent": "afterclick-cli",
        ...who,
        ...(call.lastEventId !== undefined && {
          "last-event-id": call.lastEventId,
        }),
        ...(call.body !== undefined && { "content-type": "application/json" }),
        ...(call.file !== undefined && { "content-type": "application/octet-stream" }),
      },
      ...(call.file !== undefined && { file: call.file }),
      deadlineMs: call.deadlineMs ?? deadlineMsUsual,
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      ...(call.stopped !== undefined && { stopped: call.stopped }),
    }).catch((error: unknown) => {
      throw call.stopped?.aborted === true ? error : unreachable(base, error);
    });
    if (response.statusCode! >= 200 && response.statusCode! < 300) return response;
    throw await refusal(base, response, call.method ?? "GET", () =>
      whoMayAsk(url, response.statusCode!, token !== undefined),
    );
  }

  return {
    address: base,
    open,
    async ask<Answer extends object>(call: Call, shape: Shape<Answer>) {
      const response = await open({ ...call, accept: "application/json" });
      const text = await textOf(response, answerBytesMax).catch((error: unknown) => {
        throw unreachable(base, error);
      });
      const answer = parse(text);
      if (!fits(answer, shape)) throw stranger(base, response);
      return answer;
    },
  };
}

/** Reads an answer to its end. @throws Error past `bytesMax` or when it ends early */
export async function textOf(response: IncomingMessage, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      response.destroy();
      throw new Error(`the answer has more than ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What a problem document says, or undefined where it is none. */
export function problemOf(text: string): { code: string; detail: string; next?: Next } | undefined {
  const document = parse(text);
  if (!fits<{ code: string; detail: string; next?: unknown }>(document, { code: "string", detail: "string" }))
    return undefined;
  const { code, detail, next } = document;
  if (typeof next !== "object" || next === null) return { code, detail };
  const command = "command" in next && typeof next.command === "string" ? visible(next.command) : undefined;
  return { code, detail, next: command === undefined ? {} : { command } };
}

/** What a network failure is called in a sentence. */
export function why(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return (
    reasons[String(code)] ?? (typeof message === "string" && message !== "" ? message : String(code ?? error))
  );
}

const reasons: Record<string, string> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection broke",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the host name cannot be looked up just now",
  EHOSTUNREACH: "no way to the host",
  ENETUNREACH: "no network",
  ETIMEDOUT: "no answer in time",
};

function unreachable(base: string, error: unknown): Failure {
  return failure(
    exitCodes.unreachable,
    `The admin API at ${base} cannot be reached (${visible(why(error))}). ` +
      "Start the server with npm start, or name another one with --url or AFTERCLICK_URL.",
    error,
  );
}

/** @param whoMay what a 401 or 403 means that is not the admin API's own */
async function refusal(
  base: string,
  response: IncomingMessage,
  method: string,
  whoMay: () => string,
): Promise<Failure> {
  const text = await textOf(response, problemBytesMax).catch(() => "");
  const problem = problemOf(text);
  const status = response.statusCode!;
  if (problem !== undefined) {
    // The door of collect knows no path of the admin API: the port is most often the wrong one.
    const hint =
      problem.code === "not_found" ? ` Is ${base} the admin API? --url or AFTERCLICK_URL names it.` : "";
    return Object.assign(failed(`${visible(problem.detail)} (${visible(problem.code)})${hint}`), {
      status,
      code: problem.code,
      ...(problem.next !== undefined && { next: problem.next }),
      document: parse(text),
    });
  }
  if (status === 401 || status === 403) {
    return Object.assign(failed(whoMay()), { status });
  }
  if (status >= 502 && status <= 504)
    return Object.assign(failed(platformSays(base, status, method)), {
      status,
    });
  return Object.assign(stranger(base, response), { status });
}

/** Cloud Run's own answer, before the admin API is reached: which role is missing, and the
 *  command that grants it. */
export function whoMayAsk(url: URL, status: number, hasToken: boolean): string {
  const refused = `${url.href.replace(/\/+$/, "")} refuses this caller (HTTP ${status}).`;
  if (!hasToken && audienceOf(url) === undefined) {
    return (
      `${refused} No token was sent: Google's credentials are shown to https addresses under run.app and cloudfunctions.net ` +
      "alone. Give a token with --token or AFTERCLICK_TOKEN, or name the service's own run.app address with --url."
    );
  }
  if (status === 401 && hasToken) {
    return (
      `${refused} It does not take this token, which may be old (one of gcloud auth print-identity-token lasts an hour) or ` +
      "made for another address; give another one with --token or AFTERCLICK_TOKEN."
    );
  }
  if (status === 401) {
    return (
      `${refused} It wants to know who asks: run gcloud auth application-default login, or give a token with --token or ` +
      'AFTERCLICK_TOKEN="$(gcloud auth print-identity-token)"; a token lasts an hour.'
    );
  }
  return (
    `${refused} On Google Cloud its account needs the role Cloud Run Invoker (roles/run.invoker) on the admin service: ` +
    "gcloud run services add-iam-policy-binding afterclick-admin --region=REGION --member=user:YOUR_ADDRESS " +
    "--role=roles/run.invoker, or admin.callers in Terraform. Another account's token: --token or AFTERCLICK_TOKEN."
  );
}

/** A proxy or Cloud Run answered in the place of the admin API, whose own failures are problem documents. */
function platformSays(base: string, status: number, method: string): string {
  return (
    `The platform in front of ${base} answered for it (HTTP ${status}): ` +
    "the service took too long, or no instance of it could answer." +
    (method === "GET"
      ? " Ask again in a minute."
      : " What was asked for may be done, in part or in whole: look, then ask again.")
  );
}

function stranger(base: string, { statusCode, headers }: IncomingMessage): Failure {
  const type = visible((headers["content-type"] ?? "no type").slice(0, 80));
  return failed(
    `${base} answers, but not as the admin API does (HTTP ${statusCode}, ${type}). ` +
      "Name the admin API with --url or AFTERCLICK_URL; npm start prints its address.",
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fits<Answer extends object>(answer: unknown, shape: Shape<Answer>): answer is Answer {
  if (typeof answer !== "object" || answer === null) return false;
  return Object.entries(shape).every(([field, kind]) => {
    const value: unknown = Reflect.get(answer, field);
    if (kind === "array") return Array.isArray(value);
    return kind === "object" ? typeof value === "object" && value !== null : typeof value === kind;
  });
}
