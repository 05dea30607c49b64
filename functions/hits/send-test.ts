import type { Stream } from "../streams/stream.ts";

/** A test hit goes out through the public address, as a sender's does: names, networks and
 *  permissions are tried too. */

/** One HTTP request, redirects not followed. @throws Error whose message says why there was no answer */
export type Send = (call: {
  url: string;
  method: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
}) => Promise<{ status: number; headers: Readonly<Record<string, string | undefined>>; text: string }>;

/** What came of sending; `hitId` where it was stored, else `failure` says which side has to act. */
export interface Sent {
  /** `POST` */
  readonly method: string;
  /** Unix ms: when it was sent. */
  readonly at: number;
  readonly tookMs: number;
  readonly status?: number;
  readonly hitId?: string;
  readonly failure?: string;
}

interface SendPorts {
  send: Send;
  /** Under which address the world reaches collect, without a slash at its end. */
  collectUrl: string;
  /** Unix ms. */
  now: () => number;
}

/** @param body as text; JSON where it looks like it */
export async function sendTest(
  { send, collectUrl, now }: SendPorts,
  stream: Stream,
  body: string,
): Promise<Sent> {
  const method = ["POST", "PUT"].find((each) => stream.methods.includes(each)) ?? "GET";
  const at = now();
  const sent = (more: Partial<Sent>): Sent => ({ method, at, tookMs: now() - at, ...more });
  const address = `${collectUrl}/ds/${stream.id}`;
  let answer: Awaited<ReturnType<Send>>;
  try {
    answer = await send({
      url: method === "GET" ? `${address}?${encodeURI(body)}` : address,
      method,
      headers: {
        "afterclick-test": "true",
        ...(method !== "GET" && {
          "content-type": /^\s*[[{]/.test(body) ? "application/json" : "application/x-www-form-urlencoded",
        }),
      },
      ...(method !== "GET" && { body }),
    });
  } catch (error) {
    return sent({
      failure: `The public address ${collectUrl} cannot be reached from here (${(error as Error).message}). COLLECT_URL names it: correct it there, or see to it that this server may call it.`,
    });
  }
  const { status, headers, text } = answer;
  const hitId = headers["afterclick-hit-id"];
  // 204 where the stream's answer is none.
  if ((status === 200 || status === 204) && hitId !== undefined) return sent({ status, hitId });
  return sent({ status, failure: refusal(text) ?? foreign(collectUrl, status) });
}

const foreign = (url: string, status: number): string =>
  `${url} answers HTTP ${status} without a hit_id: that is not Afterclick. COLLECT_URL names the public address; correct it there.`;

/** What collect says of a refusal. */
function refusal(text: string): string | undefined {
  try {
    const { detail, code } = JSON.parse(text) as { detail?: unknown; code?: unknown };
    return typeof detail === "string" && typeof code === "string" ? `${detail} (${code})` : undefined;
  } catch {
    return undefined;
  }
}
