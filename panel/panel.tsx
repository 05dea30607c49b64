import { adminNotFound, methodNotAllowed, signInNeeded } from "../functions/problems.ts";
import { refuseForeignPages } from "../functions/guard.ts";
import { demandPayloads, demandRole } from "../functions/people/who.ts";
import { asRead, isProblem } from "../functions/problem.ts";
import type { Handler, Reply, Request } from "../functions/request.ts";
import { signInAddress } from "../functions/sign-in/sign-in.ts";
import { assetAt } from "./document.tsx";
import { createDeveloperPages } from "./pages/developer.tsx";
import { makeDemoStreams, removeDemoStreams } from "./pages/demo.tsx";
import { failedPage } from "./pages/failed.tsx";
import { feedsPage } from "./pages/feeds/list.tsx";
import { newFeedPage, saveNewFeed } from "./pages/feeds/new.tsx";
import { endFeed, feedPage, fetchFeedNow, saveFeed, takeFeedAlthough } from "./pages/feeds/page.tsx";
import { findPage } from "./pages/find.tsx";
import { changeConnection, connectionPage, lookAtTable } from "./pages/imports/connection.tsx";
import { daysPage } from "./pages/imports/days.tsx";
import { downloadRejects, filePage, takeAgain, takeAnyway, takeAway } from "./pages/imports/file.tsx";
import { filesPage, giveUp, uploadFile } from "./pages/imports/files.tsx";
import { downloadUnlinked, linkAgain, linksPage } from "./pages/imports/links.tsx";
import { importsPage } from "./pages/imports/list.tsx";
import { checkNewImport, newImportPage, saveNewImport } from "./pages/imports/new.tsx";
import { checkImportSettings, importSettings, saveImportSettings } from "./pages/imports/settings.tsx";
import { partsPage } from "./pages/parts.tsx";
import { snippetFile } from "./pages/snippet.ts";
import { jobProgress, stopped } from "./pages/stream/jobs.tsx";
import { liveEvents, livePage } from "./pages/stream/live.tsx";
import { newStreamPage, saveNewStream, tableFindings } from "./pages/stream/new.tsx";
import { discardLetters, problemsPage, replayLetters } from "./pages/stream/problems.tsx";
import { makeLink, withdrawLinks } from "./pages/stream/developer.tsx";
import { changeState, removeForGood, saveSettings, settingsPage } from "./pages/stream/settings.tsx";
import { setupPage } from "./pages/stream/setup.tsx";
import { sendTestHit, testHit } from "./pages/stream/send-test.ts";
import { streamsPage } from "./pages/streams.tsx";
import { auditPage } from "./pages/settings/audit.tsx";
import { changeBoxes, importCustomData } from "./pages/settings/imports.tsx";
import { settingsPage as settingsOfAll } from "./pages/settings/page.tsx";
import { addSomebody, changeSomebody, peoplePage } from "./pages/settings/people.tsx";
import { systemPage } from "./pages/settings/system.tsx";
import { endToken, makeToken, tokensPage } from "./pages/settings/tokens.tsx";
import { endAllSessions, youPage } from "./pages/settings/you.tsx";
import { downloadTable } from "./pages/tables/download.tsx";
import { tablesPage } from "./pages/tables/list.tsx";
import { downloadQuery, queryPage, runQuery } from "./pages/tables/query.tsx";
import { rowsPage } from "./pages/tables/rows.tsx";
import type { CreatePanel, PanelPorts, Person } from "./ports.ts";
import { seeOther } from "./document.tsx";
import type { Route, Visit } from "./visit.ts";
import { type HeldWaits, holdWaits } from "./waits.ts";

const routes: readonly Route[] = [
  { method: "GET", path: "/", role: "viewer", answer: () => seeOther("/streams") },
  { method: "GET", path: "/streams", role: "viewer", answer: streamsPage },
  { method: "POST", path: "/demo", role: "editor", answer: makeDemoStreams },
  { method: "POST", path: "/demo/remove", role: "editor", answer: removeDemoStreams },
  { method: "GET", path: "/streams/new", role: "editor", answer: newStreamPage },
  { method: "POST", path: "/streams/new", role: "editor", answer: saveNewStream },
  { method: "GET", path: "/streams/new/table", role: "editor", answer: tableFindings },
  { method: "GET", path: "/streams/{id}", role: "viewer", answer: (visit) => setupPage(visit) },
  { method: "GET", path: "/streams/{id}/live", role: "viewer", answer: livePage },
  { method: "GET", path: "/streams/{id}/tail", role: "viewer", answer: liveEvents },
  { method: "GET", path: "/streams/{id}/problems", role: "viewer", answer: problemsPage },
  { method: "POST", path: "/streams/{id}/problems/replay", role: "editor", answer: replayLetters },
  { method: "POST", path: "/streams/{id}/problems/discard", role: "editor", answer: discardLetters },
  { method: "GET", path: "/streams/{id}/problems/jobs/{job}", role: "viewer", answer: jobProgress },
  { method: "POST", path: "/streams/{id}/problems/jobs/{job}/stop", role: "editor", answer: stopped },
  { method: "GET", path: "/streams/{id}/settings", role: "editor", answer: settingsPage },
  { method: "POST", path: "/streams/{id}/settings", role: "editor", answer: saveSettings },
  { method: "POST", path: "/streams/{id}/state", role: "editor", answer: changeState },
  { method: "POST", path: "/streams/{id}/remove", role: "editor", answer: removeForGood },
  { method: "POST", path: "/streams/{id}/links", role: "editor", answer: makeLink },
  { method: "POST", path: "/streams/{id}/links/withdraw", role: "editor", answer: withdrawLinks },
  { method: "POST", path: "/streams/{id}/test", role: "editor", answer: sendTestHit },
  { method: "GET", path: "/streams/{id}/test/{hit_id}", role: "viewer", answer: testHit },
  { method: "GET", path: "/snippets/{type}", role: "viewer", answer: snippetFile },
  { method: "GET", path: "/imports", role: "viewer", answer: importsPage },
  { method: "GET", path: "/imports/new", role: "editor", answer: newImportPage },
  { method: "POST", path: "/imports/new", role: "editor", answer: saveNewImport },
  { method: "POST", path: "/imports/new/check", role: "editor", answer: checkNewImport },
  { method: "GET", path: "/imports/{import}", role: "viewer", answer: filesPage },
  { method: "POST", path: "/imports/{import}/files", role: "editor", answer: uploadFile },
  { method: "POST", path: "/imports/{import}/uploads", role: "editor", answer: giveUp },
  { method: "GET", path: "/imports/{import}/files/{file}", role: "viewer", answer: filePage },
  { method: "POST", path: "/imports/{import}/files/{file}/anyway", role: "admin", answer: takeAnyway },
  {
    method: "GET",
    path: "/imports/{import}/files/{file}/rejects",
    role: "viewer",
    payloads: true,
    answer: downloadRejects,
  },
  { method: "POST", path: "/imports/{import}/files/{file}/again", role: "editor", answer: takeAgain },
  { method: "POST", path: "/imports/{import}/files/{file}/remove", role: "editor", answer: takeAway },
  { method: "GET", path: "/imports/{import}/days", role: "viewer", answer: daysPage },
  { method: "GET", path: "/imports/{import}/links", role: "viewer", answer: linksPage },
  { method: "POST", path: "/imports/{import}/links", role: "editor", answer: linkAgain },
  {
    method: "GET",
    path: "/imports/{import}/links/unlinked",
    role: "viewer",
    payloads: true,
    answer: downloadUnlinked,
  },
  {
    method: "GET",
    path: "/imports/{import}/connection",
    role: "viewer",
    answer: (visit) => connectionPage(visit),
  },
  { method: "POST", path: "/imports/{import}/connection", role: "admin", answer: changeConnection },
  { method: "POST", path: "/imports/{import}/connection/look", role: "editor", answer: lookAtTable },
  { method: "GET", path: "/imports/{import}/settings", role: "editor", answer: importSettings },
  { method: "POST", path: "/imports/{import}/settings", role: "editor", answer: saveImportSettings },
  { method: "POST", path: "/imports/{import}/settings/check", role: "editor", answer: checkImportSettings },
  { method: "GET", path: "/feeds", role: "viewer", answer: feedsPage },
  { method: "GET", path: "/feeds/new", role: "editor", answer: newFeedPage },
  { method: "POST", path: "/feeds/new", role: "editor", answer: saveNewFeed },
  { method: "GET", path: "/feeds/{feed}", role: "viewer", answer: feedPage },
  { method: "POST", path: "/feeds/{feed}", role: "editor", answer: saveFeed },
  { method: "POST", path: "/feeds/{feed}/fetch", role: "editor", answer: fetchFeedNow },
  { method: "POST", path: "/feeds/{feed}/take", role: "editor", answer: takeFeedAlthough },
  { method: "POST", path: "/feeds/{feed}/remove", role: "editor", answer: endFeed },
  { method: "GET", path: "/find", role: "viewer", answer: findPage },
  { method: "GET", path: "/tables", role: "viewer", answer: tablesPage },
  { method: "GET", path: "/tables/{table}", role: "viewer", payloads: true, answer: rowsPage },
  { method: "POST", path: "/tables/{table}/download", role: "viewer", payloads: true, answer: downloadTable },
  { method: "GET", path: "/query", role: "viewer", payloads: true, answer: queryPage },
  { method: "POST", path: "/query", role: "viewer", payloads: true, answer: runQuery },
  { method: "POST", path: "/query/download", role: "viewer", payloads: true, answer: downloadQuery },
  { method: "GET", path: "/settings", role: "viewer", answer: settingsOfAll },
  { method: "GET", path: "/settings/people", role: "admin", answer: (visit) => peoplePage(visit) },
  { method: "POST", path: "/settings/people", role: "admin", answer: addSomebody },
  { method: "POST", path: "/settings/people/change", role: "admin", answer: changeSomebody },
  { method: "GET", path: "/settings/tokens", role: "viewer", answer: (visit) => tokensPage(visit) },
  { method: "POST", path: "/settings/tokens", role: "viewer", answer: makeToken },
  { method: "POST", path: "/settings/tokens/end", role: "viewer", answer: endToken },
  { method: "GET", path: "/settings/imports", role: "editor", answer: (visit) => importCustomData(visit) },
  { method: "POST", path: "/settings/imports", role: "admin", answer: changeBoxes },
  { method: "GET", path: "/settings/audit", role: "admin", answer: auditPage },
  { method: "GET", path: "/settings/system", role: "viewer", answer: systemPage },
  { method: "GET", path: "/settings/you", role: "viewer", answer: youPage },
  { method: "POST", path: "/settings/you/sign-out-everywhere", role: "viewer", answer: endAllSessions },
  { method: "GET", path: "/parts", role: "viewer", answer: partsPage },
];
const templates = routes.map((route) => ({ ...route, parts: route.path.split("/") }));

/** The panel: pages for people, beside the API at the same door. A GET changes nothing; what changes
 *  something is a form of one of these pages. */
export const createPanel: CreatePanel = Object.assign(handlerOf, { routes });

function handlerOf(ports: PanelPorts): Handler {
  const developerPages = createDeveloperPages(ports);
  const waits = holdWaits(ports);
  return (request) => developerPages(request) ?? forPeople(ports, waits, request);
}

async function forPeople(ports: PanelPorts, waits: HeldWaits, request: Request): Promise<Reply> {
  const method = request.method === "HEAD" ? "GET" : request.method;
  const asset = method === "GET" ? assetAt(request.path) : undefined;
  if (asset !== undefined) return asset;
  const isForReading = /\btext\/html\b/.test(request.headers["accept"] ?? "");
  let person: Person | undefined;
  try {
    refuseForeignPages(request, ports.panelOrigin);
    person = await ports.personOf(request);
    // What a page asks for by itself has no frame.
    if (isForReading) await waits.look();
    return await answer({ ports, person, waits, request }, method);
  } catch (error) {
    const shown = method === "GET" ? asRead(error) : error;
    // A program gets the document of the problem, as the API has it.
    if (!isForReading) throw shown;
    if (method === "GET" && isProblem(shown, signInNeeded)) return seeOther(signInAddress(request));
    return failedPage(ports, person && { person, waits: waits.known() }, request, shown);
  }
}

function answer(
  asked: Pick<Visit, "ports" | "person" | "request"> & { waits: HeldWaits },
  method: string,
): Reply | Promise<Reply> {
  const { ports, person, request, waits } = asked;
  const segments = request.path.split("/");
  // A path without a template comes first in the list, and wins.
  const [first] = templates.filter(({ parts }) => fits(parts, segments));
  const here = templates.filter(({ path }) => path === first?.path);
  if (here.length === 0) throw adminNotFound();
  const found = here.find((route) => route.method === method);
  if (found === undefined)
    throw methodNotAllowed({
      method: request.method.slice(0, 20),
      allow: here.map((route) => route.method).join(", "),
    });
  demandRole(person, found.role);
  if (found.payloads === true) demandPayloads(person);
  const visit: Visit = {
    ports,
    person,
    request,
    // As it is once the page is drawn.
    get waits() {
      return waits.known();
    },
    learnWaiting: waits.learn,
    path: Object.fromEntries(
      found.parts.flatMap((part, index) =>
        part.startsWith("{") ? [[part.slice(1, -1), segments[index]!]] : [],
      ),
    ),
    query: new URLSearchParams(request.query),
    now: ports.now(),
  };
  return found.answer(visit);
}

/** Ids are letters, digits and hyphens: nothing of a path is decoded. */
function fits(parts: readonly string[], segments: readonly string[]): boolean {
  return (
    parts.length === segments.length &&
    parts.every((part, index) => (part.startsWith("{") ? segments[index] !== "" : part === segments[index]))
  );
}
