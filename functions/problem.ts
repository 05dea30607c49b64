/** The mechanism of errors that may be shown; problems.ts is the list. An entry says all there is to say of
 *  its code: a status, a title, a sentence, what else the answer carries. Whatever asks by code asks here. */

/** An error that may be shown to a user. `cause` keeps what led to it, for the log. */
export class Problem<Facts = unknown> extends Error {
  readonly code: string;
  /** HTTP status of the answer that carries it. */
  readonly status: number;
  readonly title: string;
  /** Headers that belong to the answer, e.g. `retry-after` (seconds) or `allow`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly next: Next | undefined;
  /** What the sentence is made of, for a program: e.g. the refused rows' positions. */
  readonly facts: Facts;

  constructor({ code, status, title, next }: Entry, { detail, headers, facts }: Said<Facts>, cause: unknown) {
    super(detail, cause === undefined ? undefined : { cause });
    this.name = "Problem";
    this.code = code;
    this.status = status;
    this.title = title;
    this.headers = headers;
    this.next = next;
    this.facts = facts;
  }
}

/** What helps: an operation of the admin API for a program, and the command that does the same for a person.
 *  Without a command it is the help of the one that was typed. */
interface Next {
  readonly operation: `GET /${string}`;
  readonly command?: `afterclick ${string}`;
}

interface Entry {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly next: Next | undefined;
}

interface Said<Facts> {
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly facts: Facts;
}

type Sentence<Facts> = (facts: Facts) => string;

interface Says<Facts> {
  readonly detail: Sentence<Facts>;
  /** Who only asked to see something is told nothing of rows to be taken and of dead
   *  letters to be replayed. */
  readonly asRead?: Sentence<Facts>;
  readonly headers?: (facts: Facts) => Record<string, string>;
  readonly next?: Next;
}

/** Makes the error of one entry, and tells what it is. */
export interface Raise<Facts> extends Entry {
  (facts: Facts, cause?: unknown): Problem<Facts>;
}
/** Some entry: `never` lets every one in, whatever it is given. */
export interface AnyRaise extends Entry {
  (facts: never, cause?: unknown): Problem;
}

/** All entries by code, in the order of their definition. Whoever looks through them imports it from
 *  problems.ts, so that they are there. */
export const catalogue = new Map<string, AnyRaise>();
/** The same error in the words for somebody who only asked to see something. */
const readers = new Map<string, AnyRaise>();

/** Adds an entry to the catalogue; the function it returns makes the error.
 *  @throws Error when a code is defined twice: two sentences under one code would
 *  send people the wrong way. */
export function define<Facts = void>(
  code: string,
  status: number,
  title: string,
  says: Sentence<Facts> | Says<Facts>,
): Raise<Facts> {
  if (catalogue.has(code)) throw new Error(`The error code ${code} is defined twice.`);
  const {
    detail,
    asRead: toReader,
    headers,
    next,
  }: Says<Facts> = typeof says === "function" ? { detail: says } : says;
  const entry: Entry = { code, status, title, next };
  const saying =
    (sentence: Sentence<Facts>) =>
    (facts: Facts, cause?: unknown): Problem<Facts> =>
      plainly(
        cause,
        () => new Problem(entry, { detail: sentence(facts), headers: headers?.(facts) ?? {}, facts }, cause),
      );
  const raise = Object.assign(saying(detail), entry);
  catalogue.set(code, raise);
  if (toReader !== undefined) readers.set(code, Object.assign(saying(toReader), entry));
  return raise;
}

/** Makes an error without a stack, unless something led to it: the sentence says all, and a stack would cost
 *  a tenth of what a refused request may. */
function plainly<Made>(cause: unknown, make: () => Made): Made {
  const { stackTraceLimit } = Error;
  if (cause === undefined) Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** For `headers`: when to send the request again. */
export const retryAfter = (seconds: number) => () => ({ "retry-after": String(seconds) });

/** What nobody foresaw; the reason is for the log. */
export const internal = define(
  "internal",
  500,
  "Something failed on our side",
  () =>
    "The request could not be handled. Nothing was lost if you send the same request again; the log has the cause.",
);

/** Whether `error` is one of these problems; its `facts` are then those of that entry. */
export function isProblem<Raises extends readonly AnyRaise[]>(
  error: unknown,
  ...raises: Raises
): error is ReturnType<Raises[number]> {
  return error instanceof Problem && raises.some(({ code }) => code === error.code);
}

/** What a stranger may see of any error: a Problem as it is, everything else as `internal`. */
export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : internal(undefined, error);
}

/** An error in the words for somebody who only asked to see something. */
export function asRead(error: unknown): unknown {
  return (error instanceof Problem && again(readers, error, error.cause)) || error;
}

/** A problem that another thread or process threw, from what came over of it; undefined where it was none.
 *  @param thrown its `code` and `facts` */
export function revived(
  thrown: { code?: string | undefined; facts: unknown },
  cause: unknown,
): Problem | undefined {
  return again(catalogue, thrown, cause);
}

function again(
  entries: ReadonlyMap<string, AnyRaise>,
  { code = "", facts }: { code?: string | undefined; facts: unknown },
  cause: unknown,
): Problem | undefined {
  // They were given to this very entry when it was raised first.
  return entries.get(code)?.(facts as never, cause);
}

/** The RFC 9457 document of an error, as every endpoint answers it. */
export function problemDocument(problem: Problem): Record<string, unknown> {
  return {
    type: `/errors#${problem.code}`,
    title: problem.title,
    status: problem.status,
    detail: problem.message,
    code: problem.code,
    ...(problem.next !== undefined && { next: problem.next }),
  };
}
