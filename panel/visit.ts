import { isLoopbackHost } from "../functions/address.ts";
import type { Role } from "../functions/people/person.ts";
import { requestRefused, unsupportedMediaType } from "../functions/problems.ts";
import type { Reply, Request } from "../functions/request.ts";
import type { PanelPorts, Person } from "./ports.ts";
import type { HeldWaits, Waits } from "./waits.ts";

/** A request for a page, by somebody who may ask. */
export interface Visit {
  readonly ports: PanelPorts;
  readonly person: Person;
  /** Stands on every page. */
  readonly waits: Waits | undefined;
  /** Is told by a page that has read it anyway: the frame then says the same as the page. */
  readonly learnWaiting: HeldWaits["learn"];
  readonly request: Request;
  /** Of the path: what stands at `{id}`. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Unix ms: when what the page says was true. */
  readonly now: number;
}

export interface Route {
  readonly method: "GET" | "POST";
  /** `/streams/{id}` */
  readonly path: string;
  /** The least that whoever asks must be. */
  readonly role: Role;
  /** Whether it shows payloads, which are a right of their own: nobody without it is answered. */
  readonly payloads?: true;
  readonly answer: (visit: Visit) => Reply | Promise<Reply>;
}

const formBytesMax = 64 * 1024;

/** The fields of a form that was sent. @throws unsupported_media_type, request_refused, too_large */
export async function formOf({ request }: Visit): Promise<URLSearchParams> {
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type))
    throw unsupportedMediaType({
      type: `as ${JSON.stringify(type.slice(0, 100))}`,
      needed: "application/x-www-form-urlencoded",
    });
  const bytes = await request.body(formBytesMax);
  try {
    return new URLSearchParams(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw requestRefused({ what: "The form is no UTF-8" });
  }
}

/** Under which address whoever looks at the page reaches the panel and the API. */
export function originOf({ ports, request }: Pick<Visit, "ports" | "request">): string {
  const host = request.headers["host"] ?? "";
  return ports.panelOrigin ?? `${isLoopbackHost(host) ? "http" : "https"}://${host}`;
}
