import { isUuid } from "../../functions/hit.ts";
import { adminNotFound, streamUnknown } from "../../functions/problems.ts";
import type { Reply } from "../../functions/request.ts";
import { type Handed, handed, knownType } from "../snippet.ts";
import { snippets } from "../snippets/snippets.ts";
import type { Visit } from "../visit.ts";

/** One snippet with its address, for the page and as a file. The stream may be one that is not saved yet. */
export function snippetFile({ ports, path, query }: Visit): Reply {
  const type = path["type"]!;
  const id = (query.get("id") ?? "").toLowerCase();
  if (!snippets.types.includes(type)) throw adminNotFound();
  if (!isUuid(id)) throw streamUnknown();
  const body = query.get("body") === "json" ? "json" : "form";
  const endpoint = `${ports.collectUrl}/ds/${id}`;
  const known = knownType(type);
  // One page of all of them is a file alone.
  const snippet = known === type ? handed(known, endpoint, body) : snippets.give(type, { endpoint, body });
  if (query.has("download")) return asFile(snippet);
  return {
    status: 200,
    headers: { "cache-control": "no-store", "content-type": "application/json" },
    body: JSON.stringify(snippet),
  };
}

/** For whoever keeps it beside their code. */
export function asFile({ file, text }: Pick<Handed, "file" | "text">): Reply {
  return {
    status: 200,
    headers: {
      "cache-control": "no-store",
      "content-type": `text/${file.endsWith(".html") ? "html" : "plain"}; charset=utf-8`,
      "content-disposition": `attachment; filename="${file}"`,
    },
    body: text,
  };
}
