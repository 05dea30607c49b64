import { errorsPath } from "../functions/errors-page.ts";
import { isProblem } from "../functions/problem.ts";
import { panelNotBuilt } from "../functions/problems.ts";
import type { Handler } from "../functions/request.ts";
import type { Send } from "../functions/hits/send-test.ts";
import { loadPanel } from "../panel/load.ts";
import type { PanelPorts } from "../panel/ports.ts";

/** The panel; where it is not built and cannot be, what says so: hits are taken all the same. */
export async function openPanel(ports: Omit<PanelPorts, "send">): Promise<Handler> {
  try {
    return (await loadPanel())({ ...ports, send });
  } catch (error) {
    if (!isProblem(error, panelNotBuilt)) throw error;
    ports.log("WARNING", error.message, { event: "panel_not_built" });
    return () => {
      throw panelNotBuilt();
    };
  }
}

const sendDeadlineMs = 30_000;
/** Of an answer of collect; whatever else answers at that address is not read on. */
const answerBytesMax = 64 * 1024;

const send: Send = async ({ url, ...call }) => {
  try {
    const reply = await fetch(url, {
      ...call,
      redirect: "manual",
      signal: AbortSignal.timeout(sendDeadlineMs),
    });
    const text = await beginningOf(reply.body);
    return { status: reply.status, headers: Object.fromEntries(reply.headers), text };
  } catch (error) {
    // fetch says only that it failed; why is in its cause.
    const { cause = error } = error as Error;
    const { code, message } = cause as { code?: string; message: string };
    throw new Error(code ?? message, { cause: error });
  }
};

async function beginningOf(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > answerBytesMax) break;
  }
  return Buffer.concat(chunks).toString();
}

/** The two faces behind one door: the API for programs, pages for people everywhere else. */
export function bothFaces(api: Handler, panel: Handler): Handler {
  return (request) => (isOfApi(request.path) ? api(request) : panel(request));
}

const isOfApi = (path: string): boolean =>
  path === "/openapi.json" || path === errorsPath || path === "/v1" || path.startsWith("/v1/");
