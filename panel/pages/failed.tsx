import { randomBytes } from "node:crypto";
import { asProblem, internal, isProblem, Problem } from "../../functions/problem.ts";
import {
  adminNotFound,
  documentsDown,
  payloadsHidden,
  queueDown,
  registryDown,
  roleMissing,
  streamUnknown,
  warehouseDown,
} from "../../functions/problems.ts";
import type { Reply, Request } from "../../functions/request.ts";
import { page } from "../document.tsx";
import { Alone, App, Crumbs, Head, type Section, whoIs } from "../parts/frame.tsx";
import { Callout, Check } from "../parts/notes.tsx";
import { Time } from "../parts/text.tsx";
import type { PanelPorts } from "../ports.ts";
import type { Visit } from "../visit.ts";

/** A page that could not be made: what happened, to which thing, what to do.
 *  @param visitor undefined where it is not known who asks: then nothing but the failure is shown */
export function failedPage(
  ports: Pick<PanelPorts, "log" | "now">,
  visitor: Visitor | undefined,
  request: Request,
  error: unknown,
): Reply {
  const problem = asProblem(error);
  const id = isExpected(error) ? undefined : logged(ports, error);
  const isPassing = problem.status >= 500 || problem.status === 429;
  // What a form sent is not sent once more by a link.
  const again = isPassing && (request.method === "GET" || request.method === "HEAD");
  const reply = isAway(problem)
    ? awayPage(problem, again, ports.now())
    : visitor === undefined
      ? alonePage(problem, { again, id })
      : failed(problem, visitor, request, { again, id });
  return { ...reply, headers: { ...problem.headers, ...reply.headers } };
}

type Visitor = Pick<Visit, "person" | "waits">;

interface Told {
  /** Whether asking once more may help. */
  readonly again: boolean;
  /** Of what nobody foresaw. */
  readonly id: string | undefined;
}

/** What nobody foresaw stands in the log by the id that the page shows. */
function logged({ log }: Pick<PanelPorts, "log">, error: unknown): string {
  const id = `e-${randomBytes(4).toString("hex")}`;
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  log("ERROR", "A page of the panel could not be made.", {
    event: "page_failed",
    error_id: id,
    cause: cause instanceof Error ? cause.stack : String(cause),
  });
  return id;
}

const isExpected = (error: unknown): boolean => error instanceof Problem && !isProblem(error, internal);

const isAway = (problem: Problem): boolean =>
  isProblem(problem, registryDown, warehouseDown, queueDown, documentsDown);

const what: Record<string, string> = {
  [registryDown.code]: "The registry does not answer",
  [warehouseDown.code]: "The warehouse does not answer",
  [queueDown.code]: "The queue does not answer",
  [documentsDown.code]: "The registry's store does not answer",
};

function awayPage(problem: Problem, again: boolean, now: number): Reply {
  return page(
    "Panel away",
    <Alone>
      <div class="stack">
        <h1>The panel cannot read its data just now</h1>
        <p class="muted">{problem.message}</p>
        <Check tone="bad">
          {what[problem.code]}: <code>{problem.code}</code>, tried at <Time at={now} zone="UTC" now={now} />{" "}
          UTC
        </Check>
        <p class="muted">Your senders are not affected: what they get a 2xx for is stored.</p>
        {again ? (
          <div class="row">
            <TryAgain />
          </div>
        ) : (
          <p class="muted">
            It may be done all the same: go back, load the page anew and look, before you send the form again.
          </p>
        )}
      </div>
    </Alone>,
    problem.status,
  );
}

function alonePage(problem: Problem, { again, id }: Told): Reply {
  return page(
    problem.title,
    <Alone>
      <div class="stack">
        <h1>{problem.title}</h1>
        <Words problem={problem} id={id} />
        {again && (
          <div class="row">
            <TryAgain />
          </div>
        )}
      </div>
    </Alone>,
    problem.status,
  );
}

/** The same address once more. */
function TryAgain() {
  return (
    <a class="btn primary" href="">
      Try again
    </a>
  );
}

function failed(problem: Problem, { person, waits }: Visitor, request: Request, { again, id }: Told): Reply {
  if (isProblem(problem, roleMissing, payloadsHidden))
    return forbidden(problem, { person, waits }, sectionOf(request));
  const { title, sentence } = wordsOf(problem, request);
  return page(
    title,
    <App person={person} waits={waits}>
      <Crumbs
        way={[{ href: "/streams", title: "Data streams" }]}
        here={problem.status === 404 ? "Not found" : "Failed"}
      />
      <Head title={title} sentence={sentence} />
      <div class="form">
        {problem.status === 404 ? (
          <>
            <form class="filter" role="search" aria-label="Find" action="/find">
              <div class="field grow">
                <label for="q">Look for a hit_id or an order number</label>
                <input id="q" name="q" type="search" autocomplete="off" spellcheck={false} />
              </div>
              <button type="submit" class="btn primary">
                Find
              </button>
            </form>
            <p>
              <a href="/streams">All data streams</a>
            </p>
          </>
        ) : (
          <div class="row">
            {again && <TryAgain />}
            <a class={again ? "btn" : "btn primary"} href="/streams">
              All data streams
            </a>
          </div>
        )}
        <p class="hint">
          <code>{problem.code}</code>
          {id !== undefined && (
            <>
              , error id <code>{id}</code>: the log has the cause by it
            </>
          )}
        </p>
      </div>
    </App>,
    problem.status,
  );
}

/** Somebody else may: it says who is here, and whom to ask. */
function forbidden(problem: Problem, { person, waits }: Visitor, section: Section): Reply {
  return page(
    problem.title,
    <App person={person} waits={waits} section={section}>
      <Crumbs way={[{ href: "/streams", title: "Data streams" }]} here="Not allowed" />
      <Head title={problem.title} sentence={`${whoIs(person)}. Nothing was changed.`} />
      <div class="form">
        <Callout tone="quiet" symbol="locked">
          <p>{problem.message}</p>
        </Callout>
        <div class="row">
          <a class="btn primary" href="/streams">
            All data streams
          </a>
        </div>
        <p class="hint">
          <code>{problem.code}</code>
        </p>
      </div>
    </App>,
    problem.status,
  );
}

function sectionOf({ path }: Request): Section {
  if (/^\/(tables|query)\b/.test(path)) return "tables";
  if (path.startsWith("/imports")) return "imports";
  return path.startsWith("/settings") ? "settings" : "streams";
}

function Words({ problem, id }: { problem: Problem; id: string | undefined }) {
  return (
    <>
      <p class="muted">{problem.message}</p>
      <p class="hint">
        <code>{problem.code}</code>
        {id !== undefined && (
          <>
            , error id <code>{id}</code>
          </>
        )}
      </p>
    </>
  );
}

const idLength = 36;

function wordsOf(problem: Problem, { path }: Request): { title: string; sentence: string } {
  if (isProblem(problem, adminNotFound))
    return {
      title: "Nothing is here",
      sentence: "No page has this address. It was probably cut when it was copied, or the page has gone.",
    };
  if (isProblem(problem, streamUnknown)) {
    const id = path.split("/")[2] ?? "";
    const cut = `An id has ${idLength} characters, this one has ${id.length}; it was probably cut when it was copied.`;
    return {
      title: "No stream has this id",
      sentence: id.length === idLength ? "It may have been deleted from the registry by hand." : cut,
    };
  }
  return { title: problem.title, sentence: problem.message };
}
