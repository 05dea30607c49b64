import { errorsPath } from "../functions/errors-page.ts";
import { isProblem } from "../functions/problem.ts";
import { panelNotBuilt } from "../functions/problems.ts";
import type { Handler } from "../functions/request.ts";
import { loadPanel } from "../panel/load.ts";
import type { PanelPorts } from "../panel/ports.ts";

/** The panel; where it is not built and cannot be, what says so: hits are taken all the same. */
export async function openPanel(ports: PanelPorts): Promise<Handler> {
  try {
    return (await loadPanel())(ports);
  } catch (error) {
    if (!isProblem(error, panelNotBuilt)) throw error;
    ports.log("WARNING", error.message, { event: "panel_not_built" });
    return () => {
      throw panelNotBuilt();
    };
  }
}

/** The two faces behind one door: the API for programs, pages for people everywhere else. */
export function bothFaces(api: Handler, panel: Handler): Handler {
  return (request) => (isOfApi(request.path) ? api(request) : panel(request));
}

const isOfApi = (path: string): boolean =>
  path === "/openapi.json" || path === errorsPath || path === "/v1" || path.startsWith("/v1/");
