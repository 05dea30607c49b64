import type { Reply, Request } from "./request.ts";
import { catalogue, methodNotAllowed } from "./problems.ts";

/** Where `type` of every problem leads: a page of all codes, the same at each door. */
export const errorsPath = "/errors";

let page: string | undefined;

/** The list of all errors, for whoever follows an answer's `type`. */
export function errorsPage({ method }: Pick<Request, "method">): Reply {
  if (method !== "GET" && method !== "HEAD")
    throw methodNotAllowed({ method: method.slice(0, 20), allow: "GET, HEAD" });
  page ??= draw();
  return {
    status: 200,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "public, max-age=3600",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    },
    body: page,
  };
}

/** Codes and titles are ours alone: they hold nothing that HTML would read as more than text. */
function draw(): string {
  const entries = [...catalogue.values()].map(
    ({ code, status, title }) => `<dt id="${code}"><code>${code}</code> (${status})</dt><dd>${title}.</dd>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Errors</title>
<h1>Errors</h1>
<p>Each refusal names one of these codes. Its detail says what was given, what is allowed and what to do next; docs/errors.md, which comes with the product, says what stands behind it.</p>
<dl>
${entries.join("\n")}
</dl>
</html>
`;
}
