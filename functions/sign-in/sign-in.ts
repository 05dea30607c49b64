import { refuseForeignPages } from "../guard.ts";
import { cookieIn, forgetCookie, keepCookie } from "../people/cookie.ts";
import { linkPath } from "../people/link.ts";
import { passwordRule } from "../people/password.ts";
import type { PeoplePorts } from "../people/person.ts";
import { endSession, findSession } from "../people/sessions.ts";
import { openLink, setPassword, signIn } from "../people/sign-in.ts";
import { asProblem, isProblem, type Problem } from "../problem.ts";
import {
  linkOver,
  methodNotAllowed,
  overloaded,
  passwordRefused,
  requestRefused,
  signInFailed,
  signInPaused,
} from "../problems.ts";
import type { Handler, Reply, Request } from "../request.ts";
import { complaint, escaped, page } from "./page.ts";

export interface SignInPorts extends PeoplePorts {
  /** Under which origin people open the panel, where that is known. */
  panelOrigin?: string;
}

const signInPath = "/sign-in";
const signOutPath = "/sign-out";
const formBytesMax = 16 * 1024;

/** How people without a session get one, and lose it: /sign-in, /sign-out, and the links that set a password.
 *  A GET changes nothing; a form is taken from these pages alone.
 *  @param others answers all other paths */
export function withSignIn(ports: SignInPorts, others: Handler): Handler {
  return (request) => {
    const { path } = request;
    if (path === signInPath)
      return answer(
        request,
        () => signInPage(request),
        () => signedIn(ports, request),
      );
    if (path === signOutPath) return answer(request, signOutPage, () => signedOut(ports, request));
    if (!path.startsWith(linkPath)) return others(request);
    const link = path.slice(linkPath.length);
    return answer(
      request,
      () => passwordPage(ports, link),
      () => passwordSet(ports, link, request),
    );
  };

  async function answer(
    request: Request,
    get: () => Reply | Promise<Reply>,
    post: () => Promise<Reply>,
  ): Promise<Reply> {
    refuseForeignPages(request, ports.panelOrigin);
    if (request.method === "GET" || request.method === "HEAD") return get();
    if (request.method !== "POST")
      throw methodNotAllowed({ method: request.method.slice(0, 20), allow: "GET, HEAD, POST" });
    return post();
  }
}

/** @param failed the try before, whose page asks again */
function signInPage({ query }: Request, failed?: { name: string; problem: Problem }): Reply {
  const { name = "", problem } = failed ?? {};
  const to = pathAfter(new URLSearchParams(query).get("to"));
  const focus = (isFirst: boolean) => (isFirst ? " autofocus" : "");
  const about = problem === undefined ? "" : ' aria-describedby="wrong"';
  return page({
    title: "Sign in",
    ...(problem !== undefined && { status: problem.status, headers: problem.headers }),
    body: `${complaint(problem?.message)}<form method="post" action="${signInPath}?to=${escaped(encodeURIComponent(to))}">
<div class="field"><label for="name">Name or mail address</label><input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="200" required value="${escaped(name)}"${about}${focus(name === "")}></div>
<div class="field"><label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" maxlength="1024" required${focus(name !== "")}></div>
<button type="submit">Sign in</button>
</form>
<p class="hint">No password yet, or forgotten? An admin makes a link with which you set one.</p>`,
  });
}

async function signedIn(ports: SignInPorts, request: Request): Promise<Reply> {
  const fields = await formOf(request);
  const [name, password] = [fields.get("name") ?? "", fields.get("password") ?? ""];
  try {
    const cookie = await signIn(ports, { name, password, address: request.remoteAddress });
    return seeOther(pathAfter(new URLSearchParams(request.query).get("to")), keepCookie(cookie));
  } catch (error) {
    if (!isProblem(error, signInFailed, signInPaused, overloaded)) throw error;
    // The name may be a password that was typed into the wrong field: nobody looks over a shoulder at it.
    return signInPage(request, { name: name.slice(0, 200), problem: asProblem(error) });
  }
}

function signOutPage(): Reply {
  return page({
    title: "Sign out",
    body: `<form method="post" action="${signOutPath}"><button type="submit">Sign out</button></form>`,
  });
}

async function signedOut(ports: SignInPorts, request: Request): Promise<Reply> {
  const cookie = cookieIn(request.headers["cookie"]);
  const who = cookie === undefined ? undefined : await findSession(ports, cookie);
  if (who !== undefined) await endSession(ports, who);
  return seeOther(signInPath, forgetCookie);
}

async function passwordPage(ports: SignInPorts, link: string, wrong?: string, status = 200): Promise<Reply> {
  try {
    const { name } = await openLink(ports, link);
    return page({
      title: "Set your password",
      status,
      body: `${complaint(wrong)}<form method="post" action="${escaped(linkPath + link)}">
<div class="field"><label for="name">Name</label><input id="name" name="name" autocomplete="username" readonly value="${escaped(name)}"></div>
<div class="field"><label for="password">New password</label><input id="password" name="password" type="password" autocomplete="new-password" minlength="12" maxlength="1024" required autofocus aria-describedby="rule${wrong === undefined ? "" : " wrong"}"><p class="hint" id="rule">It has ${escaped(passwordRule)}; four words that nobody guesses are easy to keep in mind.</p></div>
<button type="submit">Set the password and sign in</button>
</form>
<p class="hint">All other browsers in which you are signed in are signed out.</p>`,
    });
  } catch (error) {
    if (!isProblem(error, linkOver)) throw error;
    return page({
      title: "This link is over",
      status: error.status,
      body: `<p>${escaped(error.message)}</p>\n<p><a href="${signInPath}">Sign in</a></p>`,
    });
  }
}

async function passwordSet(ports: SignInPorts, link: string, request: Request): Promise<Reply> {
  const fields = await formOf(request);
  try {
    return seeOther("/", keepCookie(await setPassword(ports, link, fields.get("password") ?? "")));
  } catch (error) {
    if (!isProblem(error, passwordRefused, linkOver, overloaded)) throw error;
    return passwordPage(ports, link, error.message, error.status);
  }
}

/** @throws request_refused, too_large */
async function formOf(request: Request): Promise<URLSearchParams> {
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type))
    throw requestRefused({ what: "The form did not come as application/x-www-form-urlencoded" });
  return new URLSearchParams(new TextDecoder().decode(await request.body(formBytesMax)));
}

/** Where somebody wanted to go: a path of ours, never another site's. */
function pathAfter(to: string | null): string {
  if (to === null || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(to) || to.length > 2_000) return "/";
  return to;
}

function seeOther(path: string, cookie: string): Reply {
  return { status: 303, headers: { location: path, "set-cookie": cookie, "cache-control": "no-store" } };
}

/** Where whoever needs to sign in is sent, to come back afterwards. */
export function signInAddress({ path, query }: Pick<Request, "path" | "query">): string {
  return `${signInPath}?to=${encodeURIComponent(query === "" ? path : `${path}?${query}`)}`;
}
