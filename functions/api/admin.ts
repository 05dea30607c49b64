import { asRead } from "../problem.ts";
import { adminNotFound, methodNotAllowed, requestRefused } from "../problems.ts";
import { errorsPage, errorsPath } from "../errors-page.ts";
import type { Handler, Request } from "../request.ts";
import { alertRoutes } from "./alerts.ts";
import { activityRoutes } from "./streams/activity.ts";
import { healthRoutes } from "./streams/health.ts";
import { jobRoutes } from "./letters/jobs.ts";
import { deadLetterRoutes } from "./letters/dead-letters.ts";
import { fileRoutes } from "./tables/files.ts";
import type { Identify } from "../people/identify.ts";
import { demandPayloads, demandRole, type Who } from "../people/who.ts";
import { peopleRoutes } from "./people/people.ts";
import { tokenRoutes } from "./people/tokens.ts";
import { refuseForeignPages, refuseOtherTypes } from "../guard.ts";
import { feedRoutes } from "./feeds/feeds.ts";
import { importDayRoutes } from "./imports/days.ts";
import { dropBoxRoutes } from "./imports/drop-boxes.ts";
import { importFileRoutes } from "./imports/files.ts";
import { importHitRoutes } from "./imports/hits.ts";
import { importRoutes } from "./imports/imports.ts";
import { linkRoutes } from "./imports/links.ts";
import { sharedTableRoutes } from "./imports/tables.ts";
import { hitRoutes } from "./hits.ts";
import { openapiDocument } from "./openapi.ts";
import { json, jsonAnswer, route, type Route } from "./route.ts";
import { developerLinkRoutes } from "./streams/developer-links.ts";
import { reconcileRoutes } from "./streams/reconcile.ts";
import { shapeRoutes } from "./streams/shapes.ts";
import { senderRoutes } from "./streams/senders.ts";
import { snippetRoutes } from "./streams/snippets.ts";
import { statusRoutes } from "./status.ts";
import { streamRoutes } from "./streams/streams.ts";
import { tableRoutes } from "./tables/tables.ts";
import { tailRoutes } from "./streams/tail.ts";
import { type Check, checkBody, checkParameters } from "./validation.ts";

/** Largest body of a request to the admin API, in bytes: documents and queries, never hits. */
const adminBodyBytesMax = 1024 * 1024;

/** What the API itself takes, for whatever is asked. */
interface Gate {
  /** Who asks. */
  identify: Identify;
  /** Under which origin people open the panel, where that is known. */
  panelOrigin?: string;
  version: string;
}

/** The admin API: everything a person does beside sending hits, as far as their role and their sight of
 *  payloads go. The ground it runs on says who asks.
 *  Answers by throwing Problems, as every handler may. */
export function createAdmin(ports: ApiPorts): Handler {
  const served = adminRoutes(ports).map(serve);
  return async (request) => {
    if (request.path === errorsPath) return errorsPage(request);
    refuseForeignPages(request, ports.panelOrigin);
    const segments = request.path.split("/");
    const here = served.filter(({ matches }) => matches(segments));
    if (here.length === 0) throw adminNotFound();
    const found = here.find(({ method }) => method === request.method);
    if (found === undefined) {
      throw methodNotAllowed({
        method: request.method,
        allow: [...new Set(here.map(({ method }) => method))].join(", "),
      });
    }
    refuseOtherTypes(request, found.takes);
    const who = await ports.identify(request);
    demandRole(who, found.role);
    if (found.payloads === "whole") demandPayloads(who);
    return found.answer(request, segments, who);
  };
}

/** Each says for itself which ports it takes. */
const nouns = [
  statusRoutes,
  streamRoutes,
  activityRoutes,
  healthRoutes,
  alertRoutes,
  senderRoutes,
  snippetRoutes,
  shapeRoutes,
  reconcileRoutes,
  developerLinkRoutes,
  tailRoutes,
  hitRoutes,
  tableRoutes,
  fileRoutes,
  deadLetterRoutes,
  jobRoutes,
  importRoutes,
  linkRoutes,
  importFileRoutes,
  importDayRoutes,
  importHitRoutes,
  dropBoxRoutes,
  feedRoutes,
  sharedTableRoutes,
  peopleRoutes,
  tokenRoutes,
] as const;

/** What the API and all of them take together, for whoever wires them: what fits the argument of each is the
 *  intersection of all. */
export type ApiPorts = Gate &
  ((typeof nouns)[number] extends (ports: infer Ports) => Route[] ? Ports : never);

/** All routes in the order of the document, which is the last one of them. */
function adminRoutes(ports: ApiPorts): Route[] {
  const routes = nouns.flatMap((routesOf) => routesOf(ports));
  routes.push(
    route({
      method: "GET",
      path: "/openapi.json",
      operation: "describe",
      role: "viewer",
      payloads: "none",
      summary: "This document",
      answer: jsonAnswer("OpenAPI 3.1", {
        type: "object",
        required: ["openapi", "paths"],
      }),
      problems: [],
      handle: async () => json(openapiDocument(routes, ports.version)),
    }),
  );
  return routes;
}

function serve(declared: Route) {
  const template = declared.path.split("/");
  const checkPath = checkParameters(declared.parameters, "path");
  const checkQuery = checkParameters(declared.parameters, "query");
  const check = declared.body === undefined ? undefined : checkBody(declared.body, declared.sayings);
  return {
    method: declared.method,
    role: declared.role,
    payloads: declared.payloads,
    takes: declared.fileBytesMax === undefined ? ("json" as const) : ("bytes" as const),
    matches: (segments: readonly string[]) =>
      segments.length === template.length &&
      template.every((part, index) =>
        part.startsWith("{") ? segments[index] !== "" : part === segments[index],
      ),
    async answer(request: Request, segments: readonly string[], who: Who) {
      try {
        const path = checkPath(pathParameters(template, segments));
        const query = checkQuery(queryParameters(request.query));
        const body = check === undefined ? undefined : await readBody(request, check);
        return await declared.handle({
          path,
          query,
          body,
          who,
          headers: request.headers,
          gone: request.gone,
          file: () => request.stream(declared.fileBytesMax ?? 0),
        });
      } catch (error) {
        const isRead = declared.method === "GET" || declared.isRead === true;
        throw isRead ? asRead(error) : error;
      }
    },
  };
}

function pathParameters(template: readonly string[], segments: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [index, part] of template.entries()) {
    if (!part.startsWith("{")) continue;
    try {
      values[part.slice(1, -1)] = decodeURIComponent(segments[index]!);
    } catch {
      throw requestRefused({
        what: "The path has a broken escape after %; allowed are escapes of UTF-8 such as %20",
      });
    }
  }
  return values;
}

function queryParameters(query: string): Record<string, string> {
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of new URLSearchParams(query)) {
    if (name in values)
      throw requestRefused({
        what: `The parameter ${JSON.stringify(name.slice(0, 64))} is given twice; allowed is once`,
      });
    values[name] = value;
  }
  return values;
}

async function readBody(request: Request, check: Check): Promise<unknown> {
  const bytes = await request.body(adminBodyBytesMax);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw requestRefused({
      what: `The body of ${bytes.byteLength} bytes is no JSON in UTF-8; allowed is one JSON object`,
    });
  }
  return check(value);
}
