import type { ComponentChildren } from "preact";
import { renderToString } from "preact-render-to-string";
import { assets } from "panel:assets";
import type { Reply } from "../functions/request.ts";
import { showTexts } from "./shown.ts";

showTexts();

const pathOf = (kind: string): string => assets.find((asset) => asset.kind === kind)!.path;

/** Nothing that a page shows is run: no script and no style but our own files, and no
 *  request leaves for elsewhere. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const headers = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": policy,
  "cache-control": "no-store",
  // The address of a page holds the id of a stream, which is the key to write to it.
  "referrer-policy": "same-origin",
};

/** A page as it is sent.
 *  @param title the thing and the screen */
export function page(title: string, body: ComponentChildren, status = 200): Reply {
  const html = renderToString(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} · Afterclick`}</title>
        <link rel="icon" href={pathOf("svg")} />
        <link rel="stylesheet" href={pathOf("css")} />
        <script type="module" src={pathOf("js")} />
      </head>
      <body>
        {body}
        <div class="notices" role="status" />
      </body>
    </html>,
  );
  return { status, headers, body: `<!doctype html>${html}` };
}

/** After a form was taken: the page that shows what came of it. */
export function seeOther(path: string): Reply {
  return { status: 303, headers: { location: path, "cache-control": "no-store" } };
}

/** A file that pages name. Its name changes with its bytes. @returns undefined where there is none */
export function assetAt(path: string): Reply | undefined {
  const asset = assets.find((one) => one.path === path);
  return (
    asset && {
      status: 200,
      headers: { "content-type": asset.type, "cache-control": "public, max-age=31536000, immutable" },
      body: asset.text,
    }
  );
}
