import { isLoopbackHost } from "../../functions/address.ts";
import { hostForbidden, proxyForbidden } from "../../functions/problems.ts";
import type { Handler, Request } from "../../functions/request.ts";

/** Lets through only what names this machine by a name that leads nowhere else, or the panel by its own name.
 *  A web page can have its own name lead here (DNS rebinding): it brings that name, and its Origin fits it.
 *  Other pages are refused by what is behind this (functions/guard.ts).
 *  @param panelUrl where people sign in; without it nobody does, and no proxy may bring others */
export function guarded(handler: Handler, panelUrl: string | undefined): Handler {
  const panelHost = panelUrl === undefined ? undefined : new URL(panelUrl).host;
  return (request) => {
    const host = (request.headers["host"] ?? "").toLowerCase();
    if (!isLoopbackHost(host) && host !== panelHost) throw hostForbidden({ host: host.slice(0, 100) });
    const header = panelUrl === undefined ? signOfProxy(request) : undefined;
    if (header !== undefined) throw proxyForbidden({ header });
    return handler(request);
  };
}

/** What proxies add by themselves. Caddy: X-Forwarded-For, -Host and -Proto, and Via. nginx up to 1.29.6 adds
 *  nothing, but asks in HTTP/1.0 and closes; no other client does both. A later one that is told to add
 *  nothing cannot be told apart.
 *  Source: https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version */
function signOfProxy({ headers, httpVersion }: Request): string | undefined {
  const named = Object.keys(headers).find((name) => /^(forwarded|via|x-real-ip|x-forwarded-.*)$/.test(name));
  if (named !== undefined) return named;
  return httpVersion === "1.0" && headers["connection"] === "close"
    ? "HTTP/1.0 with Connection: close"
    : undefined;
}
