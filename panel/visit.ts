import type { Reply, Request } from "../functions/request.ts";
import type { PanelPorts, Person } from "./ports.ts";

/** A request for a page, by somebody who may ask. */
export interface Visit {
  readonly ports: PanelPorts;
  readonly person: Person;
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
  readonly answer: (visit: Visit) => Reply | Promise<Reply>;
}
