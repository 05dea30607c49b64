import { isLoopbackHost } from "../../functions/address.ts";
import { hostForbidden } from "../../functions/problems.ts";
import type { Handler } from "../../functions/request.ts";

/** Lets through only what names this machine by a name that leads nowhere else: a web page whose own name was made to
 *  lead here (DNS rebinding) brings that name, and its Origin fits it. Other pages are refused by the admin API itself
 *  (functions/guard.ts). */
export function loopbackOnly(handler: Handler): Handler {
  return (request) => {
    const { host = "" } = request.headers;
    if (!isLoopbackHost(host)) throw hostForbidden({ host: host.slice(0, 100) });
    return handler(request);
  };
}
