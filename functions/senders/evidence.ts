import { readPayload } from "../payload/payload.ts";
import type { Request } from "../request.ts";

/** A request as those look at it who ask where it comes from: its bytes as they came in. */
export interface Evidence {
  /** Upper case. */
  readonly method: string;
  /** What the sender may have called: it cannot be known for certain behind proxies. */
  readonly urls: readonly string[];
  readonly query: string;
  readonly headers: Request["headers"];
  readonly body: Uint8Array;
  /** The body parsed, as a row's `fields`; undefined where it has none. Read once, when it is asked for. */
  fields(): Promise<unknown>;
}

type Sent = Pick<Evidence, "method" | "query" | "headers" | "body"> & { readonly path: string };

/** @param publicUrl under which the world reaches collect, where that is known */
export function evidenceOf(sent: Sent, publicUrl: string | undefined): Evidence {
  const { method, path, query, headers, body } = sent;
  let fields: Promise<unknown> | undefined;
  return {
    method,
    query,
    headers,
    body,
    urls: urlsOf(headers["host"], path + (query === "" ? "" : `?${query}`), publicUrl),
    fields: () => (fields ??= fieldsOf(body, headers)),
  };
}

function urlsOf(host: string | undefined, target: string, publicUrl: string | undefined): string[] {
  const origins = [
    ...(publicUrl === undefined ? [] : [publicUrl]),
    ...(host === undefined ? [] : [`https://${host}`, `http://${host}`]),
  ];
  return [...new Set(origins)].map((origin) => origin + target);
}

async function fieldsOf(body: Uint8Array, headers: Request["headers"]): Promise<unknown> {
  if (body.length === 0) return undefined;
  const { fields } = await readPayload(body, {
    contentType: headers["content-type"],
    contentEncoding: headers["content-encoding"],
  });
  return fields === undefined ? undefined : (JSON.parse(fields) as unknown);
}
