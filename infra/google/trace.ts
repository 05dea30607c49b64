import { AsyncLocalStorage } from "node:async_hooks";
import type { Log } from "../../functions/log.ts";
import type { Handler, Request } from "../../functions/request.ts";

/** Ties what is logged while a request is answered to that request: Cloud Logging then shows both together.
 *  Source: https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields */
export interface Traces {
  /** The handler, run so that `log` knows the request's trace. */
  following(handler: Handler): Handler;
  /** The log, with the trace of the request at hand where there is one. */
  log(log: Log): Log;
}

/** @param project whose traces they are */
export function openTraces(project: string): Traces {
  const current = new AsyncLocalStorage<Request>();

  return {
    following: (handler) => (request) => current.run(request, handler, request),
    log: (log) => (severity, message, fields) => {
      // Only a request that logs has its header read.
      const trace = traceOf(current.getStore()?.headers ?? {});
      const named =
        trace === undefined
          ? {}
          : {
              "logging.googleapis.com/trace": `projects/${project}/traces/${trace}`,
            };
      log(severity, message, { ...fields, ...named });
    },
  };
}

/** `00-TRACE-SPAN-FLAGS` of the W3C, else Google's older `TRACE/SPAN;o=1`. */
function traceOf(headers: Request["headers"]): string | undefined {
  const parent = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(headers["traceparent"] ?? "");
  return (parent ?? /^([0-9a-f]{32})(?:[/;]|$)/.exec(headers["x-cloud-trace-context"] ?? ""))?.[1];
}
