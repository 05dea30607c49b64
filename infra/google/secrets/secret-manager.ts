import { setTimeout as pause } from "node:timers/promises";
import type { Problem } from "../../../functions/problem.ts";
import { secretsDown } from "../../../functions/problems.ts";
import { whyOf } from "../channel.ts";
import { googleCredentials, openFetch } from "../fetch-text.ts";
import { whyUploadFailed } from "../resumable.ts";

/** Secret Manager's REST API, as far as the secrets of one installation take it.
 *  Source: https://cloud.google.com/secret-manager/docs/reference/rest */
export interface SecretManager {
  /** Asks again while the service is away or busy: all our calls may be repeated.
   *  @throws secrets_down for every answer that is not expected */
  call<Answer>(
    method: "GET" | "POST" | "DELETE",
    path: string,
    options?: { query?: Readonly<Record<string, string>>; body?: object; expected?: readonly Expected[] },
  ): Promise<Answer | Expected>;
}

export interface SecretManagerConfig {
  readonly project: string;
  /** Of every secret's id: the one that this installation may reach. */
  readonly prefix: string;
  /** The region where values are stored. */
  readonly location: string;
  /** By which they are encrypted, as `projects/P/locations/L/keyRings/R/cryptoKeys/K`; Google's own where
   *  left out. */
  readonly kmsKey?: string;
  /** `host:port` of a double; Secret Manager itself where left out. */
  readonly emulator?: string;
}

/** What an answer may say besides a success: not there, there already, or in a state that forbids it. */
export type Expected = "NOT_FOUND" | "ALREADY_EXISTS" | "FAILED_PRECONDITION";

/** For all attempts of a call together. */
const callDeadlineMs = 20_000;
const attemptsMax = 5;
const pauseMsFirst = 100;
/** A page of names, or a value of 64 KiB in base64. */
const answerBytesMax = 1024 * 1024;

export function openSecretManager({ project, emulator }: SecretManagerConfig): SecretManager {
  const base = emulator === undefined ? "https://secretmanager.googleapis.com" : `http://${emulator}`;
  const fetchText = openFetch(
    emulator === undefined ? googleCredentials("https://www.googleapis.com/auth/cloud-platform") : undefined,
  );
  return {
    async call<Answer>(
      method: string,
      path: string,
      { query = {}, body, expected = [] }: Parameters<SecretManager["call"]>[2] = {},
    ) {
      const end = performance.now() + callDeadlineMs;
      const asked = new URLSearchParams({ prettyPrint: "false", ...query }).toString();
      const url = `${base}/v1/projects/${project}${path}?${asked}`;
      for (let attempt = 1; ; attempt++) {
        const answer = await fetchText(url, {
          method,
          headers: new Headers(body === undefined ? {} : { "content-type": "application/json" }),
          deadlineMs: end - performance.now(),
          answerBytesMax,
          ...(body !== undefined && { body: JSON.stringify(body) }),
        }).catch((error: unknown) => ({ status: 0, text: whyUploadFailed(error) }));
        if (answer.status >= 200 && answer.status < 300) return read<Answer>(answer.text);
        const said = statusIn(answer.text);
        const known = expected.find((one) => one === said);
        if (known !== undefined) return known;
        const pauseMs = pauseMsFirst * 3 ** (attempt - 1) * (0.5 + Math.random() / 2);
        if (attempt >= attemptsMax || !passes(answer.status) || performance.now() + pauseMs >= end)
          throw down(answer);
        await pause(pauseMs);
      }
    },
  };
}

/** What is no JSON came from something that is not Secret Manager: it says nothing of a secret. */
function read<Answer>(text: string): Answer {
  try {
    return JSON.parse(text) as Answer;
  } catch (error) {
    throw secretsDown({ why: "Secret Manager answers what is no JSON" }, error);
  }
}

/** Google's word for what went wrong; a 404 of a proxy has none, and is no word about a secret. */
function statusIn(text: string): unknown {
  try {
    return Object(Object(JSON.parse(text)).error).status;
  } catch {
    return undefined;
  }
}

function passes(status: number): boolean {
  return status === 0 || status === 408 || status === 429 || status >= 500;
}

/** Google's sentences name the secret and what may be lacking, never a value. */
function down({ status, text }: { status: number; text: string }): Problem {
  const said = status === 0 ? text : `HTTP ${status}: ${text}`;
  return secretsDown({ why: `Secret Manager says ${whyOf(said.replaceAll(/\s+/g, " ").slice(0, 300))}` });
}
