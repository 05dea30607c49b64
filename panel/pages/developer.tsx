import { BoundedMap } from "../../functions/bounded.ts";
import { refuseForeignPages } from "../../functions/guard.ts";
import { asRead, isProblem } from "../../functions/problem.ts";
import { adminNotFound, developerLinkOver, methodNotAllowed } from "../../functions/problems.ts";
import type { Reply, Request } from "../../functions/request.ts";
import { developerPath, openDeveloperLink } from "../../functions/streams/developer-link.ts";
import type { Reading } from "../../functions/streams/reading.ts";
import { lookAtTables, viewOf } from "../../functions/streams/view.ts";
import { page } from "../document.tsx";
import type { Arrived } from "../islands/arrivals.tsx";
import { Island } from "../islands/islands.tsx";
import { Code, CopyLine, Marked } from "../parts/code.tsx";
import { Alone, Block, Handout, Head } from "../parts/frame.tsx";
import { Contract, Steps } from "../parts/guide.tsx";
import { badges } from "../parts/health.tsx";
import { Time } from "../parts/text.tsx";
import type { PanelPorts } from "../ports.ts";
import { handed, type IntegrationName, knownType } from "../snippet.ts";
import { lookAtRows, zoneName } from "../streams.ts";
import { failedPage } from "./failed.tsx";
import { asFile } from "./snippet.ts";
import { Types } from "./stream/fields.tsx";

/** What a link for a developer opens: one stream, for somebody who is not known here. No payload, nothing of
 *  another stream, no way further into the panel; and nothing here changes anything. */

/** Whoever holds a link asks as often as they like: what one look found is told for so long. */
const heldMs = 5_000;
const heldMax = 100;

/** @returns nothing where the request is for another page */
type DeveloperPages = (request: Request) => Promise<Reply> | undefined;

export function createDeveloperPages(ports: PanelPorts): DeveloperPages {
  /** By id and version: a stream that was changed is looked at anew. */
  const looks = new BoundedMap<string, { at: number; arrived: Promise<Arrived> }>(heldMax);

  function arrivedOf(reading: Reading, all: readonly Reading[]): Promise<Arrived> {
    const now = ports.now();
    const key = `${reading.id} ${reading.version}`;
    const held = looks.get(key);
    if (held !== undefined && Math.abs(now - held.at) < heldMs) return held.arrived;
    const arrived = look(ports, reading, all, now);
    looks.set(key, { at: now, arrived });
    return arrived;
  }

  async function answer(request: Request): Promise<Reply> {
    refuseForeignPages(request, ports.panelOrigin);
    if (request.method !== "GET" && request.method !== "HEAD")
      throw methodNotAllowed({ method: request.method.slice(0, 20), allow: "GET, HEAD" });
    const [text = "", part, ...more] = request.path.slice(developerPath.length).split("/");
    const { reading, all, until } = await openDeveloperLink(ports, text);
    const query = new URLSearchParams(request.query);
    const endpoint = `${ports.collectUrl}/ds/${reading.id}`;
    const type = knownType(query.get("type") ?? "");
    const body = query.get("body") === "json" ? "json" : "form";
    if (part === "file") return asFile(handed(type, endpoint, body));
    if (more.length > 0 || (part !== undefined && part !== "arrived")) throw adminNotFound();
    const arrived = await arrivedOf(reading, all);
    if (part === "arrived") return asJson(arrived);
    return draw({ reading, endpoint, type, body, until, arrived, at: developerPath + text });
  }

  return (request) => {
    if (ports.offersLinks !== true || !request.path.startsWith(developerPath)) return undefined;
    return answer(request)
      .catch((error: unknown) => {
        const shown = asRead(error);
        if (!/\btext\/html\b/.test(request.headers["accept"] ?? "")) throw shown;
        return isProblem(shown, developerLinkOver)
          ? over(shown.message)
          : failedPage(ports, undefined, request, shown);
      })
      .then(forNobodyElse);
  };
}

async function look(
  ports: PanelPorts,
  reading: Reading,
  all: readonly Reading[],
  now: number,
): Promise<Arrived> {
  const stream = reading.lookup.kind === "valid" ? reading.lookup.stream : undefined;
  const [tables, recent] = await Promise.all([
    lookAtTables(ports.warehouse, [reading]),
    lookAtRows(ports, stream, now),
  ]);
  const { warnings } = viewOf(ports, reading, all, tables);
  return {
    at: now,
    isWritable: stream !== undefined && warnings.length === 0,
    // Why it could not be told may name what is none of a stranger's business.
    ...(typeof recent === "object" && { recent }),
  };
}

/** Nobody keeps it, lists it, or learns from the next page where it was: the address is the way in. */
function forNobodyElse(reply: Reply): Reply {
  const quiet = { "cache-control": "no-store", "referrer-policy": "no-referrer", "x-robots-tag": "noindex" };
  return { ...reply, headers: { ...reply.headers, ...quiet } };
}

const asJson = (value: object): Reply => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

const over = (sentence: string): Reply =>
  page(
    developerLinkOver().title,
    <Alone>
      <div class="stack">
        <h1>{developerLinkOver().title}</h1>
        <p class="muted">{sentence}</p>
      </div>
    </Alone>,
    developerLinkOver().status,
  );

interface Shown {
  readonly reading: Reading;
  readonly endpoint: string;
  readonly type: IntegrationName;
  readonly body: "form" | "json";
  readonly until: number;
  readonly arrived: Arrived;
  /** Where the page itself is. */
  readonly at: string;
}

function draw({ reading, endpoint, type, body, until, arrived, at }: Shown): Reply {
  const { lookup, document } = reading;
  const zone = lookup.kind === "valid" ? lookup.stream.offset : "UTC";
  const { name } = document;
  const title = typeof name === "string" && name !== "" ? `Sending to ${name}` : "Sending to Afterclick";
  const { badge, sentence } = stateOf(reading);
  return page(
    title,
    <Handout>
      <Head
        title={
          <>
            {title} {badge}
          </>
        }
        sentence={sentence}
      />
      <div class="split">
        <div class="stack wide">
          <Block id="webhook" title="Webhook endpoint">
            <CopyLine id="endpoint" text={endpoint} what="endpoint" isPrimary />
            <p class="hint">Whoever knows it can write: keep it out of public code and tickets.</p>
            <Contract />
          </Block>
          <Sending endpoint={endpoint} type={type} body={body} at={at} />
        </div>
        <Island name="ArrivalsWatch" with={{ arrived, zone, look: `${at}/arrived` }} />
      </div>
      <p class="hint">
        This link opens until <Time at={until} zone={zone} now={arrived.at} />. It shows no payload. Times are{" "}
        {zoneName(zone)}.
      </p>
    </Handout>,
  );
}

function stateOf({ lookup }: Reading) {
  const state = lookup.kind === "valid" ? lookup.stream.state : lookup.state;
  if (state === "closed")
    return {
      badge: badges.closed,
      sentence: "The endpoint answers 410 for good: send nothing there any more.",
    };
  if (state === "paused")
    return {
      badge: badges.paused,
      sentence: "The endpoint answers 503 for a while: send again what got it, and nothing is lost.",
    };
  if (lookup.kind === "invalid")
    return {
      badge: badges.odd,
      sentence:
        "What gets 2xx is stored and waits until the stream is mended: tell whoever gave you this link.",
    };
  return {
    badge: undefined,
    sentence: "For whoever writes the code that sends: how to send, and what arrived.",
  };
}

function Sending({ endpoint, type, body, at }: Pick<Shown, "endpoint" | "type" | "body" | "at">) {
  const { label, file, text, guide } = handed(type, endpoint, body);
  const download = (
    <a class="btn small plain" download={file} href={`${at}/file?${new URLSearchParams({ type, body })}`}>
      Download<span class="vh"> {label}</span>
    </a>
  );
  return (
    <Block id="code" title="Snippet">
      <form class="filter no-print" action={at}>
        <div class="field grow">
          <label for="type">Integration type</label>
          <select id="type" name="type">
            <Types chosen={type} />
          </select>
        </div>
        <div class="field">
          <label for="body">Body</label>
          <select id="body" name="body">
            <option value="form" selected={body === "form"}>
              Form
            </option>
            <option value="json" selected={body === "json"}>
              JSON
            </option>
          </select>
        </div>
        <button type="submit" class="btn">
          Show
        </button>
      </form>
      {guide === undefined ? (
        <Code id="snippet" title={file} actions={download}>
          <Marked text={text} own={endpoint} />
        </Code>
      ) : (
        <>
          <Steps guide={guide} />
          <p>{download}</p>
        </>
      )}
    </Block>
  );
}
