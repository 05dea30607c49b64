/** Every refusal and failure of Afterclick has one entry here: a code, a status and a sentence that says what
 *  was given, what is allowed and what to do next. docs/errors.md lists them all; a test compares the two.
 *  Bodies, secrets and stream ids never enter a sentence: the address of a stream is its key.
 *  One list, however long: two sentences for one mistake would be found side by side. */

import { counted } from "./counted.ts";
import { define, retryAfter } from "./problem.ts";

// Whoever looks through the list gets it here, with all that is in it.
export { catalogue } from "./problem.ts";

// --- the door
// -------------------------------------------------------------------------------------------------

export const badRequest = define<{ what: string }>(
  "bad_request",
  400,
  "Not a well-formed HTTP request",
  ({ what }) => `${what} Send a well-formed HTTP/1.1 request; nothing was stored.`,
);
export const notFound = define(
  "not_found",
  404,
  "Nothing is here",
  () =>
    "Nothing answers at this path. Hits go to POST /ds/{stream_id}; GET /health tells whether they are accepted.",
);
export const methodNotAllowed = define<{ method: string; allow: string }>(
  "method_not_allowed",
  405,
  "Method not allowed",
  {
    detail: ({ method, allow }) =>
      `The method was ${method}; this address takes ${allow}. Nothing was stored.`,
    headers: ({ allow }) => ({ allow }),
  },
);
export const tooSlow = define<{ seconds: number }>(
  "too_slow",
  408,
  "The request took too long",
  ({ seconds }) =>
    `The request was not complete after ${seconds} s. Nothing was stored; send the same request again, faster.`,
);
export const tooLarge = define<{ bytesMax: number; bytes?: number; what?: string; advice?: string }>(
  "too_large",
  413,
  "The body is too large",
  ({ bytesMax, bytes, what = "The body has", advice = "split it and send the parts one by one" }) =>
    `${what} ${bytes === undefined ? `more than ${bytesMax}` : bytes} bytes; at most ${bytesMax} are accepted. ` +
    `Nothing was stored; ${advice}.`,
);
export const uriTooLong = define<{ bytes: number; bytesMax: number }>(
  "uri_too_long",
  414,
  "The address is too long",
  ({ bytes, bytesMax }) =>
    `The address or its query has ${bytes} bytes; at most ${bytesMax} are accepted here. ` +
    "Nothing was stored; send the data in the body of a POST.",
);
export const expectationFailed = define(
  "expectation_failed",
  417,
  "Expectation not supported",
  () =>
    "The Expect header asks for something else than 100-continue. Leave it out and send the request again.",
);
export const headersTooLarge = define<{ bytesMax: number }>(
  "headers_too_large",
  431,
  "The headers are too large",
  ({ bytesMax }) =>
    `The headers have more than ${bytesMax} bytes. Nothing was stored; send fewer or shorter headers.`,
);
export const overloaded = define("overloaded", 503, "Too much at once", {
  detail: () =>
    "More requests are in progress than this server holds. Nothing was stored; send the same request again.",
  asRead: () => "More requests are in progress than this server holds. Send the same request again.",
  headers: retryAfter(1),
});
/** At the start, to the operator. */
export const cannotListen = define<{
  host: string;
  port: number;
  why: string;
  /** The address itself cannot be listened on, whatever the port. */
  elsewhere?: boolean;
}>("cannot_listen", 500, "The port cannot be used", ({ host, port, why, elsewhere }) =>
  elsewhere === true
    ? `HOST is ${host}, which is no address of this machine (${why}). Set it to one of its addresses, or to 0.0.0.0 for every one.`
    : `Port ${port} on ${host} cannot be used: ${why}. Stop what uses it, or choose another port.`,
);
// --- collect
// --------------------------------------------------------------------------------------------------

export const streamNotFound = define(
  "stream_not_found",
  404,
  "No such stream",
  () => "No stream has this address. Check for a missing character; the address ends in 36 characters.",
);
export const lookupsLimited = define<{ seconds: number }>(
  "lookups_limited",
  503,
  "Too many unknown addresses",
  {
    detail: ({ seconds }) =>
      "Too many addresses were called here that no stream has, so this one was not looked up. " +
      `Nothing was stored; check the address and send the same request again after ${seconds} s.`,
    headers: ({ seconds }) => ({ "retry-after": String(seconds) }),
  },
);
export const streamClosed = define(
  "stream_closed",
  410,
  "The stream is closed",
  () => "This stream was closed for good. Nothing was stored; ask the owner of the address for the new one.",
);
export const streamPaused = define("stream_paused", 503, "The stream is paused", {
  detail: () => "This stream is paused. Nothing was stored; send the same request again later.",
  headers: retryAfter(60),
});

// --- senders
// --------------------------------------------------------------------------------------------------

export const signatureMissing = define<{ what: string; where: string; challenge?: string }>(
  "signature_missing",
  401,
  "The proof of origin is missing",
  {
    detail: ({ what, where }) =>
      `This stream needs ${what} and the request had none: it is looked for in ${where}. Nothing was stored. ` +
      "Have the sender send it, or let the stream's owner take its sender away.",
    headers: ({ challenge = "Signature" }) => ({ "www-authenticate": challenge }),
  },
);
export const signatureWrong = define<{ secrets: string; bytes: number; sha256: string | undefined }>(
  "signature_wrong",
  401,
  "The signature does not match",
  {
    detail: ({ secrets, bytes, sha256 }) =>
      `The signature does not match the body with ${secrets}. Most often the body was changed after signing ` +
      `(re-encoded JSON, line ends). Bytes received: ${bytes}${sha256 === undefined ? "" : `, SHA-256 ${sha256}`}; ` +
      "compare with what you signed. Nothing was stored; afterclick senders check explains more.",
    headers: () => ({ "www-authenticate": "Signature" }),
  },
);
export const tokenWrong = define<{ where: string; secrets: string }>(
  "token_wrong",
  401,
  "The token is another one",
  {
    detail: ({ where, secrets }) =>
      `What stands in ${where} is not ${secrets} of this stream. Nothing was stored; ` +
      "compare it with what was put there, blanks at its ends included.",
    headers: () => ({ "www-authenticate": "Signature" }),
  },
);
export const timestampOld = define<{ seconds: number | undefined; toleranceSeconds: number }>(
  "timestamp_old",
  401,
  "Signed too long ago",
  {
    detail: ({ seconds, toleranceSeconds }) =>
      `${seconds === undefined ? "The time of signing cannot be read" : `Signed ${spanOf(Math.abs(seconds))} ${seconds < 0 ? "ahead" : "ago"}`}; ` +
      `at most ${spanOf(toleranceSeconds)} are allowed. Nothing was stored; check the sender's clock, or sign again on each try.`,
    headers: () => ({ "www-authenticate": "Signature" }),
  },
);
export const accountWrong = define<{ where: string }>("account_wrong", 401, "Another account", {
  detail: ({ where }) =>
    `What stands in ${where} is none of the accounts that may write to this stream. Nothing was stored; ` +
    "compare it with the stream's auth.",
  headers: () => ({ "www-authenticate": "Signature" }),
});
/** Of a hit it makes a dead letter; whoever only greets is told to come again. */
export const secretMissing = define<{ slot: string }>(
  "secret_missing",
  503,
  "The stream's secret cannot be had",
  {
    detail: ({ slot }) =>
      `The secret (${slot}) by which this stream knows its sender is not there, or cannot be read just now. ` +
      "Put it (afterclick senders secret put), and send the same request again.",
    headers: retryAfter(60),
  },
);
export const senderUnknown = define<{ name: string; nearest: string | undefined }>(
  "sender_unknown",
  404,
  "No such sender",
  {
    detail: ({ name, nearest }) =>
      `No sender is called ${JSON.stringify(name)}${nearest === undefined ? "" : `; did you mean ${nearest}?`} The list has all that are known.`,
    next: { operation: "GET /v1/senders", command: "afterclick senders list" },
  },
);
export const secretsFull = define<{ slot: string }>("secrets_full", 409, "Two secrets are live", {
  detail: ({ slot }) =>
    `Both secrets (${slot}) of this stream are live, A and B. Retire the one that its sender uses no more, then put the new one.`,
  next: { operation: "GET /v1/streams/{id}/secrets", command: "afterclick senders secret list" },
});
export const secretUnknown = define<{ slot: string; letter: string }>(
  "secret_unknown",
  404,
  "No such secret",
  {
    detail: ({ slot, letter }) =>
      `This stream has no secret ${letter} (${slot}). Its list has those that are live.`,
    next: { operation: "GET /v1/streams/{id}/secrets", command: "afterclick senders secret list" },
  },
);
export const nothingToProve = define(
  "nothing_to_prove",
  409,
  "The stream asks for no proof",
  () =>
    "This stream asks its senders for no proof of origin: whoever knows its address can write. Name a sender first " +
    "(afterclick streams update STREAM --sender NAME).",
);

/** 90 -> `90 s`, 1620 -> `27 min`. */
function spanOf(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}

// --- queue and registry
// ---------------------------------------------------------------------------------------

export const queueDown = define<{ why: string }>("queue_down", 503, "The hit could not be stored", {
  // `why` is for the log: a sender can do nothing about our disk.
  detail: () =>
    "We could not store the request just now. Nothing was lost if you send the same request again.",
  headers: retryAfter(5),
});
export const registryDown = define<{ why: string }>(
  "registry_down",
  503,
  "The stream could not be looked up",
  {
    detail: () =>
      "We could not look the stream up just now. Nothing was stored; send the same request again.",
    asRead: () => "The registry, which holds the streams, does not answer just now. Ask again in a moment.",
    headers: retryAfter(5),
  },
);
export const registryConflict = define(
  "registry_conflict",
  409,
  "The stream was changed meanwhile",
  () => "Somebody else changed this stream at the same time. Look at it again, then repeat your change.",
);

// --- deliver: reasons of dead letters besides the warehouse's own
// --------------------------------------------------

export const streamMissing = define(
  "stream_missing",
  404,
  "The stream's document is gone",
  () =>
    "The document of this stream was deleted. Register it again under the same id, then replay the dead letters.",
);
export const streamInvalid = define<{ problems: string }>(
  "stream_invalid",
  422,
  "The stream's document is invalid",
  ({ problems }) =>
    `The document of this stream cannot be used: ${problems}. Fix it, then replay the dead letters.`,
);
export const proofUnreadable = define(
  "proof_unreadable",
  422,
  "Nobody knows who sent the hit",
  () =>
    "The proof of origin that this stream asks for could not be checked when the hit came: a secret was missing, " +
    "the store of secrets did not answer, or the stream's document could not be read. Mend that, then replay the hit: " +
    "its proof is checked as of the time when it came.",
);
export const bytesAltered = define(
  "bytes_altered",
  422,
  "The bytes are not those that were stored",
  () =>
    "The hit's bytes in the queue's file are not those that were stored: the disk, or somebody, altered them. " +
    "The dead letter keeps them as they are; look at the body, then replay or discard it, and look at the disk.",
);
export const gaveUp = define<{ last: string }>(
  "gave_up",
  503,
  "Every attempt failed",
  ({ last }) =>
    `Every attempt to deliver the hit failed, the last one so: ${last} Fix the cause, then replay it.`,
);

// --- warehouse
// ------------------------------------------------------------------------------------------------

export const warehouseDown = define<{ why: string }>("warehouse_down", 503, "The warehouse does not answer", {
  detail: ({ why }) =>
    `The warehouse does not take rows just now (${why}). Hits wait in the queue and arrive later by themselves.`,
  asRead: ({ why }) => `The warehouse does not answer just now (${why}). Try again later.`,
  headers: retryAfter(10),
});
/** A statement of ours, which is refused again however often it is asked. The reason may quote a row; without
 *  it, to whoever may not see payloads. `mayPass`: with more memory it may be taken. */
export const statementRefused = define<{ why?: string; mayPass?: boolean }>(
  "statement_refused",
  422,
  "The warehouse refuses the statement",
  ({ why }) =>
    (why === undefined
      ? "The warehouse refuses the statement; its reason may quote a row, and is shown to whoever may see payloads. "
      : `The warehouse refuses the statement: ${why}. `) +
    "It would be refused again. Correct the table or the columns that it reads, then ask again.",
);
/** To a person: only their queries and exports wait for each other. */
export const warehouseBusy = define<{ why: string }>("warehouse_busy", 503, "Other queries run", {
  detail: ({ why }) =>
    `${why}. One query or export runs at a time; this one was not begun. Try again once they are done, or end one of them.`,
  headers: retryAfter(10),
});
export const datasetMissing = define<{ dataset: string }>("dataset_missing", 409, "The dataset is missing", {
  detail: ({ dataset }) =>
    `The dataset ${dataset} does not exist. Create it, then replay the dead letters with this reason.`,
  asRead: ({ dataset }) => `The dataset ${dataset} does not exist. Check the name.`,
});
export const tableMissing = define<{ table: string }>(
  "table_missing",
  404,
  "The table is missing",
  ({ table }) =>
    `The table ${table} does not exist. Check the name; a stream's table is made by its first hit.`,
);
export const schemaDiffers = define<{ table: string; differences: string }>(
  "schema_differs",
  409,
  "The table has other columns",
  {
    detail: ({ table, differences }) =>
      `The table ${table} cannot take the rows: ${differences}. Fix the table or give the stream another one, ` +
      "then replay the dead letters with this reason.",
    asRead: ({ table, differences }) =>
      `The table ${table} cannot be read like this: ${differences}. Check the name and the columns.`,
  },
);
export const tableForbidden = define<{ table: string; why: string }>(
  "table_forbidden",
  403,
  "No permission on the table",
  {
    detail: ({ table, why }) =>
      `The warehouse does not let Afterclick use ${table}: ${why}. ` +
      "Grant the role BigQuery Data Editor on the dataset, then replay the dead letters with this reason.",
    asRead: ({ table, why }) =>
      `The warehouse does not let Afterclick use ${table}: ${why}. ` +
      "Grant the account of the admin API the role BigQuery Data Viewer on the dataset.",
  },
);
/** Thrown by `append`: nothing of the batch was written; `facts.rows` names the rows at fault. */
export const rowsRefused = define<{ rows: { index: number; why: string }[] }>(
  "row_refused",
  422,
  "The warehouse refuses the row",
  ({ rows }) =>
    `The warehouse refuses ${counted(rows.length, "row")}: ${rows[0]?.why ?? "no reason given"}. ` +
    "Look at the hit, fix the table, then replay it.",
);
export const queryRefused = define<{
  why: string;
  advice?: string;
}>(
  "query_refused",
  400,
  "The query was refused",
  ({ why, advice = "Correct the statement and ask again." }) => `${why} ${advice}`,
);
/** Advice where something else than that was sent. */
export const oneSelect = "Send one SELECT statement that reads tables of this warehouse.";

/** Fewer rows at once, or less of them, would be answered. */
export const answerTooLarge = define<{ why: string; advice?: string }>(
  "answer_too_large",
  400,
  "The answer is too large",
  ({ why, advice = "Ask for fewer rows at once." }) => `${why} ${advice}`,
);

/** What BigQuery asks for a TiB read on demand. Source:
 *  https://cloud.google.com/bigquery/pricing#on_demand_pricing */
const dollarsPerTebibyte = 6.25;
const inGibibytes = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(bytes < 1024 ** 3 ? 3 : 1)} GiB`;
const inDollars = (bytes: number) => `${((bytes / 1024 ** 4) * dollarsPerTebibyte).toFixed(2)} USD`;
const would = (bytes: number) =>
  `The query would read ${inGibibytes(bytes)}, about ${inDollars(bytes)} at BigQuery's list price. It was not run.`;
const readLess = "Name fewer columns, and filter on date, so that it reads less";

/** To a person: a statement of theirs alone costs more than it may. */
export const statementTooDear = define<{ bytes: number; bytesMax: number }>(
  "statement_too_dear",
  400,
  "The query would read too much",
  ({ bytes, bytesMax }) =>
    `${would(bytes)} One query may read ${inGibibytes(bytesMax)}. ${readLess}; or have query_costs.statement_gib raised in Terraform.`,
);
/** To a person: all statements together have read what a day allows. */
export const daySpent = define<{ bytes: number; sum: number; bytesMax: number }>(
  "day_spent",
  429,
  "The day's queries have read what they may",
  ({ bytes, sum, bytesMax }) =>
    `${would(bytes)} All queries of today (UTC) have read ${inGibibytes(sum)} of the ${inGibibytes(bytesMax)} that a day ` +
    `allows. ${readLess}, come again tomorrow, or have query_costs.day_gib raised in Terraform.`,
);

/** What a person can do about a query of theirs that took too long, or too much. */
export const askLess =
  "Ask for less at once, or again later; a query may be given a deadline of up to 300 s.";
/** The same where memory was short. */
export const holdLess = "Name fewer columns, or filter on date, so that it holds less at once.";

// --- admin
// ----------------------------------------------------------------------------------------------------

/** Of the admin API: how each request is made. */
const description = { operation: "GET /openapi.json" } as const;

/** Of the panel's pages alone. */
export const panelNotBuilt = define(
  "panel_not_built",
  503,
  "The panel is not built",
  () =>
    "The panel's pages are not built, and esbuild, which builds them, is not installed. Run npm ci, then npm run build. " +
    "Hits, the admin API and the command line are not affected.",
);
export const adminNotFound = define("admin_not_found", 404, "Nothing is here", {
  detail: () => "The admin API has nothing at this path. Its description lists everything it answers.",
  next: { ...description, command: "afterclick status" },
});
export const requestRefused = define<{ what: string }>("request_refused", 400, "The request cannot be used", {
  detail: ({ what }) => `${what}. Nothing was changed; correct this and send it again.`,
  asRead: ({ what }) => `${what}. Correct this and send it again.`,
  next: description,
});
export const originForbidden = define<{ page: string }>(
  "origin_forbidden",
  403,
  "Other web pages may not ask",
  ({ page }) =>
    `A web page of ${page} asked; the admin API answers programs and no page but its own. Use the command line.`,
);
export const unsupportedMediaType = define<{ type: string; needed: string }>(
  "unsupported_media_type",
  415,
  "The body is of another type",
  ({ type, needed }) =>
    `The body came ${type}; the admin API takes ${needed} alone here. Nothing was changed; ` +
    `send it with the header Content-Type: ${needed}.`,
);
export const streamUnknown = define("stream_unknown", 404, "No such stream", {
  detail: () => "No stream has this id. Look for it in the list of streams, also among the removed ones.",
  next: { operation: "GET /v1/streams?removed=true", command: "afterclick streams list --removed" },
});
export const reservationOver = define(
  "reservation_over",
  409,
  "The address is not reserved any more",
  () =>
    "The address that was shown is reserved for 24 hours and for whoever opened the page, and is not any more. " +
    "Nothing was saved; open the page again, which shows another one.",
);
export const streamRefused = define<{ problems: readonly string[] }>(
  "stream_refused",
  400,
  "The stream cannot be written like this",
  ({ problems }) => `${problems.join("; ")}. Nothing was changed; correct this and send it again.`,
);
export const tableShared = define<{
  table: string;
  other: string;
  differs: string;
}>(
  "table_shared",
  409,
  "Another stream uses the table differently",
  ({ table, other, differs }) =>
    `${other} writes to ${table} too, with ${differs}. Streams on one table need the same key, updated and items, since they ` +
    "share its views: use the same ones or another table.",
);
export const streamClosedForGood = define(
  "stream_closed_for_good",
  409,
  "The stream is closed for good",
  () =>
    "This stream is closed, and a closed stream stays as it is. Add a new stream; it gets its own address.",
);
export const streamReadOnly = define<{ manager: string }>(
  "stream_read_only",
  403,
  "The stream is managed elsewhere",
  ({ manager }) => `This stream is managed by ${manager} and only read here. Change it there.`,
);
export const tailFull = define<{ followersMax: number }>("tail_full", 503, "Too many people follow hits", {
  detail: ({ followersMax }) =>
    `${followersMax} connections follow hits already, the most that are allowed. Close one and try again.`,
  headers: retryAfter(10),
});
/** Wherever it is. */
const findHit = { operation: "GET /v1/hits/{hit_id}", command: "afterclick hit HIT_ID" } as const;

export const letterUnknown = define("letter_unknown", 404, "No such dead letter", {
  detail: () => "No dead letter has this hit_id. Look for the hit everywhere else.",
  next: findHit,
});
export const jobUnknown = define("job_unknown", 404, "No such job", {
  detail: () => "No job has this id; the 200 newest are kept. Look at the list of jobs.",
  next: { operation: "GET /v1/jobs", command: "afterclick jobs list" },
});
export const letterNotWaiting = define<{ state: string }>(
  "letter_not_waiting",
  409,
  "The dead letter does not wait",
  {
    detail: ({ state }) =>
      `The dead letter is ${state}; only a waiting one is replayed or discarded. Look where the hit is.`,
    next: findHit,
  },
);
export const letterKeptApart = define<{ why: string }>(
  "letter_kept_apart",
  409,
  "The dead letter is kept apart",
  ({ why }) =>
    `${why} Nothing was replayed. Where you are sure of it, send the request again with "let_through": true, ` +
    "or the command with --let-through.",
);
export const causePersists = define<{ why: string }>(
  "cause_persists",
  409,
  "The cause persists",
  ({ why }) => `A replay would fail again: ${why} Fix that first, then replay.`,
);
export const notHere = define<{ what: string; instead: string }>(
  "not_here",
  501,
  "Not on this ground",
  ({ what, instead }) => `${what} is offered only by Afterclick on a machine of its own. Here, ${instead}.`,
);
export const backupRefused = define<{ why: string }>(
  "backup_refused",
  400,
  "The backup cannot go there",
  ({ why }) => `${why} Name an absolute path of a directory on the server that is empty or not there yet.`,
);

// --- people
// ---------------------------------------------------------------------------------------------------

export const documentsDown = define<{ why: string }>(
  "documents_down",
  503,
  "The registry's store does not answer",
  {
    // `why` is for the log. A change is told to the audit before it is made: this meets whoever changes a
    // stream, too.
    detail: () =>
      "People, tokens, jobs and the audit, which lie beside the streams, cannot be read or written just now. Ask again " +
      "in a moment; what was asked for may be done, so look first. `afterclick status` says what is wrong.",
    asRead: () =>
      "What is kept of people, tokens, jobs and the audit cannot be read just now. Ask again in a moment.",
    headers: retryAfter(5),
  },
);
export const documentsConflict = define(
  "documents_conflict",
  409,
  "Somebody else was faster",
  () =>
    "Somebody else changed this at the same time. Nothing was changed; look at it again, then repeat your change.",
);
export const signInNeeded = define<{ isStripped: boolean }>("sign_in_needed", 401, "Nobody is signed in", {
  detail: ({ isStripped }) =>
    isStripped
      ? "Cloud Run took the signature off the ID token that came, so that nobody can tell whose it is. " +
        "Send it as X-Serverless-Authorization and again, whole, as Authorization; or sign in at /sign-in."
      : "The request does not say who asks. Sign in at /sign-in, or send a token of the API as Authorization: Bearer TOKEN.",
  headers: () => ({ "www-authenticate": "Bearer" }),
});
export const tokenRefused = define<{ why: string }>("token_refused", 401, "The token is not taken", {
  detail: ({ why }) => `The token was not taken. ${why}. Make another one, or sign in again.`,
  headers: () => ({ "www-authenticate": "Bearer" }),
});
export const iapUnset = define(
  "iap_unset",
  403,
  "The audience of Identity-Aware Proxy is not set",
  () =>
    "Nobody signs in by Identity-Aware Proxy yet: it is not known for whom it makes its assertions. " +
    "An admin sets that at the command line: afterclick people iap AUDIENCE.",
);
export const personNotLetIn = define<{ name: string }>(
  "person_not_let_in",
  403,
  "Not one of the people here",
  ({ name }) =>
    `Google knows you as ${JSON.stringify(name)}, and nobody of that name is one of the people of this Afterclick. ` +
    "An admin adds you: afterclick people add. The first admins are named by first_admins in Terraform.",
);
export const roleMissing = define<{ who: string; role: string; needed: string }>(
  "role_missing",
  403,
  "The role does not allow it",
  ({ who, role, needed }) =>
    `${who} has the role ${role}; this needs the role ${needed}. An admin can give it: afterclick people role.`,
);
export const payloadsHidden = define<{ who: string }>(
  "payloads_hidden",
  403,
  "Payloads are hidden",
  ({ who }) =>
    `${who} may not see payloads, and this shows them: they hold personal data. An admin who sees them can allow it: ` +
    "afterclick people role NAME --payloads yes.",
);
export const tooMuchGiven = define<{ what: string }>(
  "too_much_given",
  403,
  "Nobody gives more than they have",
  ({ what }) =>
    `This gives ${what}, or takes over somebody who has it, and whoever asks, or is to have it, has less. ` +
    "Nothing was changed; ask somebody who has it.",
);
export const signInFailed = define(
  "sign_in_failed",
  401,
  "Not signed in",
  () =>
    "This name and this password do not belong together. Try again, or ask an admin for a link that sets a new password.",
);
export const signInPaused = define<{ seconds: number }>("sign_in_paused", 429, "Too many failures", {
  detail: ({ seconds }) =>
    `Signing in failed too often with this name or from this address. Try again in ${seconds} s.`,
  headers: ({ seconds }) => ({ "retry-after": String(seconds) }),
});
export const linkOver = define(
  "link_over",
  410,
  "The link cannot be used",
  () =>
    "This link was used, is older than 7 days, or never was one. Ask an admin for a new one: afterclick people reset.",
);
export const developerLinkOver = define(
  "developer_link_over",
  404,
  "This link does not open",
  () =>
    "This link is older than 7 days, was withdrawn, or was cut when it was copied. Ask whoever sent it for a new one.",
);
export const passwordRefused = define<{ what: string }>(
  "password_refused",
  422,
  "The password cannot be used",
  ({ what }) =>
    `The password ${what}. Choose one of at least 12 characters that nobody guesses, such as four words.`,
);
export const personThere = define<{ name: string }>(
  "person_there",
  409,
  "The person is there already",
  ({ name }) =>
    `${name} is one of the people already. Change the role, or make a new link: afterclick people reset.`,
);
/** Of the people, by the admin API. */
const listPeople = { operation: "GET /v1/people", command: "afterclick people list" } as const;
export const personUnknown = define("person_unknown", 404, "No such person", {
  detail: () => "Nobody of this name is one of the people here. Look for the name in the list of people.",
  next: listPeople,
});
export const tokenUnknown = define("token_unknown", 404, "No such token", {
  detail: () => "No token has this id, or it is somebody else's. Look for it in the list of tokens.",
  next: { operation: "GET /v1/tokens", command: "afterclick tokens list" },
});
export const importThere = define<{ name: string }>("import_there", 409, "The import is there already", {
  detail: ({ name }) => `An import is called ${name} already. Change that one, or choose another name.`,
  next: { operation: "GET /v1/imports", command: "afterclick imports list" },
});
export const importUnknown = define<{ name: string }>("import_unknown", 404, "No such import", {
  detail: ({ name }) => `No import is called ${name}. Look for the name in the list of imports.`,
  next: { operation: "GET /v1/imports", command: "afterclick imports list" },
});
export const feedThere = define<{ name: string }>("feed_there", 409, "The feed is there already", {
  detail: ({ name }) => `A feed is called ${name} already. Change that one, or choose another name.`,
  next: { operation: "GET /v1/feeds", command: "afterclick feeds list" },
});
export const feedUnknown = define<{ name: string }>("feed_unknown", 404, "No such feed", {
  detail: ({ name }) => `No feed is called ${name}. Look for the name in the list of feeds.`,
  next: { operation: "GET /v1/feeds", command: "afterclick feeds list" },
});
export const feedRefused = define<{ problems: readonly string[] }>(
  "feed_refused",
  422,
  "Not a feed that can be",
  ({ problems }) => `The feed stays as it was: ${problems.join("; ")}.`,
);
export const feedNotWaiting = define<{ name: string }>("feed_not_waiting", 409, "The feed waits for nobody", {
  detail: ({ name }) =>
    `No answer of ${name} waits for a person: taken although they shrank are answers with fewer than half of the records.`,
  next: { operation: "GET /v1/feeds", command: "afterclick feeds list" },
});
export const filesDown = define<{ why: string }>(
  "files_down",
  503,
  "The file cannot be stored",
  ({ why }) =>
    `What arrived cannot be stored: ${why}. Nothing of it was kept; make room for it, and send it again.`,
);
export const secretRefused = define<{ what: string }>(
  "secret_refused",
  400,
  "Not a secret that can be kept",
  ({ what }) => `The secret is not kept: ${what}.`,
);
export const secretsDown = define<{ why: string }>(
  "secrets_down",
  503,
  "Secrets cannot be reached",
  ({ why }) => `Secrets can be neither read nor kept: ${why}. Mend that, and try it again.`,
);
/** To the operator. */
export const secretsSealed = define<{ why: string }>(
  "secrets_sealed",
  503,
  "Secrets cannot be opened",
  ({ why }) =>
    `Secrets cannot be opened: ${why}. Put secrets.key back beside secrets.json, or set AFTERCLICK_SECRET_KEY ` +
    "to the key that sealed them; without it, move secrets.json away: what was in it is made anew.",
);
export const importFileUnknown = define("import_file_unknown", 404, "No such file", {
  detail: () => "No file of this import has this id. Look for it in the list of its files.",
  next: { operation: "GET /v1/imports/{name}/files", command: "afterclick imports files" },
});
export const fileNotImported = define<{ state: string }>(
  "file_not_imported",
  409,
  "Nothing of the file is there",
  {
    detail: ({ state }) =>
      state === "checking"
        ? "The file is still being worked on. Remove it once it is known what became of it."
        : `The file is ${state}: nothing of it is imported, so there is nothing to take away. ` +
          "Remove the file that holds the rows; the list of files says which are imported.",
    next: { operation: "GET /v1/imports/{name}/files", command: "afterclick imports files" },
  },
);
export const uploadUnknown = define(
  "upload_unknown",
  404,
  "No such upload",
  () =>
    "Nobody sends a file under this id, or somebody else does. Begin it again: it goes on where it ended.",
);
export const uploadsFull = define<{
  whose: string;
  begun: number;
  begunMax: number;
  mebibytes: number;
  mebibytesMax: number;
}>("uploads_full", 409, "Too many files are not whole yet", {
  detail: ({ whose, begun, begunMax, mebibytes, mebibytesMax }) =>
    `${counted(begun, "file")} ${whose} ${begun === 1 ? "is" : "are"} not whole yet, of ${mebibytes} MiB with ` +
    `this one; allowed are ${begunMax} at once, and ${mebibytesMax} MiB together. Send one of them to its end, ` +
    "or give one up. What nobody goes on with is removed after 7 days.",
  next: { operation: "GET /v1/imports/{name}/uploads", command: "afterclick imports uploads IMPORT" },
});
export const partElsewhere = define<{ from: number; received: number }>(
  "part_elsewhere",
  409,
  "The part begins elsewhere",
  ({ from, received }) =>
    `The part begins at byte ${from}, and ${received} bytes are here. Send the part that begins at ${received}, ` +
    "or begin the upload again.",
);
export const dropBoxUnknown = define<{ user: string }>("drop_box_unknown", 404, "No such drop box", {
  detail: ({ user }) => `No drop box has the user ${user}. Look for it in the list of drop boxes.`,
  next: { operation: "GET /v1/drop-boxes", command: "afterclick imports dropbox show" },
});
export const dropBoxThere = define<{ user: string; importName?: string | undefined }>(
  "drop_box_there",
  409,
  "The drop box is there already",
  {
    detail: ({ user, importName }) =>
      importName === undefined
        ? `${user} is a drop box that no import has yet. Give it to an import, or use it.`
        : `${user} is the drop box of ${importName} already. Use that one, or close it first.`,
    next: { operation: "GET /v1/drop-boxes", command: "afterclick imports dropbox show" },
  },
);
export const sshKeyRefused = define<{ what: string }>(
  "ssh_key_refused",
  400,
  "Not a key that is taken",
  ({ what }) =>
    `The key is refused: ${what}. Allowed is one line as an id_….pub file has it, of ssh-ed25519, ` +
    "ecdsa-sha2-nistp256, -nistp384, -nistp521, or ssh-rsa of at least 3072 bits.",
);
export const addressesRefused = define<{ what: string }>(
  "addresses_refused",
  400,
  "Not addresses that are taken",
  ({ what }) =>
    `The addresses are refused: ${what}. Allowed are up to 100 addresses, such as 192.0.2.7, and networks, ` +
    "such as 192.0.2.0/24 or 2001:db8::/32; none lets senders in from everywhere.",
);
export const tooManyKeys = define<{ keysMax: number }>(
  "too_many_keys",
  409,
  "The drop box has too many keys",
  ({ keysMax }) => `A drop box has at most ${keysMax} keys. Remove one that nobody uses any more.`,
);
export const fileNotFailed = define<{ state: string }>(
  "file_not_failed",
  409,
  "The file did not fail",
  ({ state }) =>
    `The file is ${state}: read again are files that failed. Correct it and send it again under the same name.`,
);
export const fileNotWaiting = define<{ state: string; isGone: boolean }>(
  "file_not_waiting",
  409,
  "The file waits for nobody",
  ({ state, isGone }) =>
    isGone
      ? "Its bytes were kept for 7 days and are gone. Send the file again."
      : `The file is ${state}: imported anyway are files that failed by too_many_rejects, or that wait. ` +
        "Correct the file, or what is set on the import, and send it again.",
);
export const proxyForbidden = define<{ header: string }>(
  "proxy_forbidden",
  403,
  "A proxy stands before the admin port",
  ({ header }) =>
    `The request came through a proxy (${header}), and nobody signs in here: everybody behind it would see everything. ` +
    "Set PANEL_URL to the address under which people open it, restart, and add them with afterclick people add.",
);

// --- the embedded run
// -----------------------------------------------------------------------------------------

export const hostForbidden = define<{ host: string }>(
  "host_forbidden",
  403,
  "Only this machine may ask",
  ({ host }) =>
    `The Host header is ${JSON.stringify(host)}; the admin API answers localhost and 127.0.0.1 only. Call it from this machine.`,
);
export const configInvalid = define<{ problems: string }>(
  "config_invalid",
  500,
  "The configuration is invalid",
  ({ problems }) =>
    `${problems}. Change the environment variables named and start again; docs/embedded.md and docs/deploy.md list them.`,
);

export const argumentUnknown = define<{ argument: string }>(
  "argument_unknown",
  500,
  "The argument is unknown",
  ({ argument }) =>
    `npm start was given ${JSON.stringify(argument)}; it takes --accept-loss alone, behind --. ` +
    "Everything else is an environment variable; docs/embedded.md lists them.",
);

// --- the data folder of the embedded run
// ----------------------------------------------------------------------

export const folderInUse = define<{ directory: string; pid?: number }>(
  "folder_in_use",
  500,
  "The data folder is in use",
  ({ directory, pid }) =>
    `Another Afterclick${pid === undefined ? "" : ` (process ${pid})`} works in ${directory}. ` +
    "Stop that one first, or give this one a folder of its own with AFTERCLICK_DATA_DIR.",
);
export const folderUnusable = define<{ directory: string; why: string }>(
  "folder_unusable",
  500,
  "The data folder cannot be used",
  ({ directory, why }) =>
    `The data folder ${directory} cannot be used: ${why}. ` +
    "It must be a folder that this user may write; make it one, or name another with AFTERCLICK_DATA_DIR.",
);
export const fileUnusable = define<{ file: string; why: string }>(
  "file_unusable",
  500,
  "A data file cannot be used",
  ({ file, why }) =>
    `The file ${file} cannot be used: ${why}. Nothing in it was changed; fix the cause or restore a backup, then start again.`,
);
export const folderNotWhole = define<{ directory: string; findings: readonly string[] }>(
  "folder_not_whole",
  500,
  "The data folder is not whole",
  ({ directory, findings }) =>
    `The files in ${directory} do not belong together: ${findings.join("; ")}. Nothing was changed. Put the right files ` +
    "back, or restore a backup into an empty folder; npm start -- --accept-loss goes on without what is lost.",
);
export const restoreRefused = define<{ why: string; next: string }>(
  "restore_refused",
  409,
  "The backup cannot be brought back like this",
  ({ why, next }) => `${why} Nothing was changed. ${next}`,
);
