import { isLoopbackHost } from "./address.ts";
import { originForbidden, unsupportedMediaType } from "./problems.ts";
import type { Request } from "./request.ts";

/** Keeps foreign web pages out. A browser may be let through by what it brings along without being asked: the
 *  cookie of Identity-Aware Proxy, or just being on the same machine. So a page of any site could send
 *  requests in the name of the person who looks at it; but it cannot choose the headers that say where it
 *  comes from, nor send JSON without asking first. Programs send none of them.
 *  @param panelOrigin where people open the panel, where that is known; else the Host says it
 *  @throws origin_forbidden */
export function refuseForeignPages(
  { method, headers }: Pick<Request, "method" | "headers">,
  panelOrigin?: string,
): void {
  const { origin, "sec-fetch-site": site } = headers;
  // none: the person typed the address.
  if (site !== undefined && site !== "same-origin" && site !== "none" && !opensTab(method, headers))
    throw originForbidden({ page: `another site (Sec-Fetch-Site: ${shown(site)})` });
  if (origin === undefined || origin === (panelOrigin ?? ownOrigin(headers["host"]))) return;
  // A program of the person's own machine brings the page here under another Host (gcloud run services
  // proxy); the browser says itself that the page asks nobody but whoever served it.
  const isElsewhere = panelOrigin === undefined && !isLoopbackHost(headers["host"] ?? "");
  if (isElsewhere && site === "same-origin" && isLoopbackOrigin(origin)) return;
  throw originForbidden({ page: shown(origin) });
}

/** A form or a script of any page may send every other type without asking. @throws unsupported_media_type */
export function refuseOtherTypes({ method, headers }: Request, takes: "json" | "bytes" = "json"): void {
  if (method === "GET") return;
  const type = headers["content-type"];
  if (type === undefined ? hasBody(headers) : !types[takes].test(type))
    throw unsupportedMediaType({
      type: type === undefined ? "without a Content-Type" : `as ${shown(type)}`,
      needed: needed[takes],
    });
}

/** Neither may be sent by a page of another site without asking first. */
const types = {
  json: /^application\/json\s*(;|$)/i,
  bytes: /^application\/octet-stream\s*(;|$)/i,
} as const;
const needed = { json: "application/json", bytes: "application/octet-stream" } as const;

/** A link leads here, or the sign-in that stands before the admin API: what is shown has the tab for itself,
 *  and the page that it came from cannot read it. */
function opensTab(method: string, headers: Request["headers"]): boolean {
  return (
    method === "GET" && headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document"
  );
}

/** Over TLS wherever it is not this very machine: a page that came without it may be anybody's. */
function ownOrigin(host = ""): string {
  return `${isLoopbackHost(host) ? "http" : "https"}://${host.toLowerCase()}`;
}

function isLoopbackOrigin(origin: string): boolean {
  return origin.startsWith("http://") && isLoopbackHost(origin.slice("http://".length));
}

function hasBody(headers: Request["headers"]): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
}

const shown = (text: string): string => JSON.stringify(text.slice(0, 100));
