import { hostForbidden, originForbidden } from "../../functions/problem.ts";
import type { Handler } from "../../functions/request.ts";

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/** Lets only programs on this machine through, and pages that came from this very door: any other web page that a
 *  browser here shows, of whatever local port, could reach it too, but it cannot choose these two headers (DNS rebinding
 *  brings a foreign Host, a script a foreign Origin). */
export function loopbackOnly(handler: Handler): Handler {
  return (request) => {
    const { host = "", origin } = request.headers;
    if (!loopback.test(host)) throw hostForbidden({ host: host.slice(0, 100) });
    if (origin !== undefined && origin !== `http://${host.toLowerCase()}`)
      throw originForbidden({ origin: origin.slice(0, 100) });
    return handler(request);
  };
}
