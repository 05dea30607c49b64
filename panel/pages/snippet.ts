import { isUuid } from "../../functions/hit.ts";
import { adminNotFound, streamUnknown } from "../../functions/problems.ts";
import type { Reply } from "../../functions/request.ts";
import { integrationTypes, snippetOf } from "../snippet.ts";
import type { Visit } from "../visit.ts";

/** One snippet with its address, for the page and as a file. The stream may be one that is not saved yet. */
export function snippetFile({ ports, path, query }: Visit): Reply {
  const { type } = path;
  const id = (query.get("id") ?? "").toLowerCase();
  if (!integrationTypes.some((one) => one.type === type)) throw adminNotFound();
  if (!isUuid(id)) throw streamUnknown();
  const body = query.get("body") === "json" ? "json" : "form";
  const snippet = snippetOf(type!, `${ports.collectUrl}/ds/${id}`, body);
  const kept = { "cache-control": "no-store" };
  return query.has("download")
    ? {
        status: 200,
        headers: {
          ...kept,
          "content-type": "text/plain; charset=utf-8",
          "content-disposition": `attachment; filename="${snippet.file}"`,
        },
        body: snippet.text,
      }
    : {
        status: 200,
        headers: { ...kept, "content-type": "application/json" },
        body: JSON.stringify(snippet),
      };
}
