import type { IncomingMessage, ServerResponse } from "node:http";
import { isIP } from "node:net";
import { asProblem, internal, isProblem, type Problem } from "../../functions/problem.ts";
import { badRequest, overloaded, tooLarge } from "../../functions/problems.ts";
import type { Reply, Request } from "../../functions/request.ts";
import { BodyBuffer } from "./body-buffer.ts";
import type { Connection, Marked } from "./connection.ts";
import { dumpBytesMax, stepBytes, type Desk } from "./limits.ts";
import { ownerOf, plainAddress } from "../../functions/address.ts";
import { problemText, problemType } from "./refusal.ts";
import { send } from "./send.ts";
import { slowest, waiting } from "./slowest.ts";

const empty = new Uint8Array(0);

/** One request and its answer. One object per request, no closure: this is the path of every hit. */
export class Exchange implements Request {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** The answer is decided; another one would be ignored. */
  answered = false;
  /** The answer is a stream. */
  streaming = false;
  readonly connection: Connection;
  readonly response: ServerResponse;
  readonly #request: IncomingMessage;
  readonly #desk: Desk;
  readonly #expectsContinue: boolean;
  #counted = false;
  #owner: string | undefined;
  #bytesHeld = 0;
  #broken: Problem | undefined;
  #over = false;
  #aborted = false;
  #controller: AbortController | undefined;
  #asked = false;
  #declared = -1;
  #buffer: BodyBuffer | undefined;
  #bytesTaken = 0;
  /** When the body was asked for, or moved on by stepBytes last. */
  #movedAt = 0;
  /** Whether the next part of a body that is taken part by part is waited for. */
  #awaits = false;
  #resolve: ((body: Uint8Array) => void) | undefined;
  #reject: ((problem: Error) => void) | undefined;

  constructor(
    request: Marked,
    response: ServerResponse,
    url: string,
    connection: Connection,
    desk: Desk,
    expectsContinue: boolean,
  ) {
    const mark = url.indexOf("?");
    this.method = request.method as string;
    this.path = mark === -1 ? url : url.slice(0, mark);
    this.query = mark === -1 ? "" : url.slice(mark + 1);
    this.connection = connection;
    this.response = response;
    this.#request = request;
    this.#desk = desk;
    this.#expectsContinue = expectsContinue;
    request.exchange = this;
    connection.latest = request;
    connection.open.push(this);
    response.on("close", onClose);
  }

  get headers(): Readonly<Record<string, string | undefined>> {
    // The door joins repeated headers (joinDuplicateHeaders); only Set-Cookie, which
    // no request has, is a list.
    return this.#request.headers as Readonly<Record<string, string | undefined>>;
  }

  get remoteAddress(): string {
    return this.#named() ?? plainAddress(this.connection.socket.remoteAddress ?? "");
  }

  get httpVersion(): string {
    return this.#request.httpVersion;
  }

  get gone(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  get closing(): AbortSignal {
    return this.#desk.closing.signal;
  }

  /** Since when this waits for its sender, in ms of `performance.now()`: for the rest of the body, or for the
   *  answer to be read. Undefined while the sender waits for us, and where the answer is a stream. */
  get waitsSince(): number | undefined {
    if (this.#buffer !== undefined || this.#awaits) return this.#movedAt;
    return this.answered && !this.streaming ? this.connection.stallsSince : undefined;
  }

  /** Takes one of the places that the door grants. @throws overloaded */
  takePlace(): void {
    const desk = this.#desk;
    const named = this.#named();
    const owner = named === undefined ? this.connection.owner : ownerOf(named);
    for (;;) {
      const free = desk.limits.requestsMax - desk.requests;
      const taken = owner === undefined ? 0 : (desk.requestsOf.get(owner) ?? 0);
      if (taken < free) {
        if (owner !== undefined) desk.requestsOf.set(owner, taken + 1);
        break;
      }
      // Whoever has more than a share makes room by requests of its own.
      const one = slowest(
        waiting(desk.connections, (each) => each.#counted && (taken === 0 || each.#owner === owner)),
      );
      if (one === undefined) throw overloaded();
      one.giveWay();
    }
    this.#owner = owner;
    desk.requests += 1;
    this.#counted = true;
  }

  hold(bytes: number): void {
    if (this.#over) return;
    const desk = this.#desk;
    if (desk.bytes + bytes > desk.limits.bytesInFlightMax) this.#makeRoom(bytes);
    desk.bytes += bytes;
    this.#bytesHeld += bytes;
  }

  /** Leaves its room to another one, and is told to come again. */
  giveWay(): void {
    // Whoever has not read the answer reads no other one either.
    if (this.answered) this.connection.socket.destroy();
    else this.breakOff(overloaded());
    this.#release();
  }

  /** Less where the door has let go of it before: a body that was refused, a sender that left. */
  release(bytes: number): void {
    const freed = Math.min(bytes, this.#bytesHeld);
    this.#desk.bytes -= freed;
    this.#bytesHeld -= freed;
  }

  body(bytesMax: number): Promise<Uint8Array> {
    try {
      if (!this.#ask(bytesMax)) return Promise.resolve(empty);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    this.#buffer = new BodyBuffer(bytesMax, this.#declared);
    this.#movedAt = performance.now();
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#request.on("data", onData);
      this.#request.on("end", onEnd);
    });
  }

  async *stream(bytesMax: number): AsyncGenerator<Uint8Array> {
    if (!this.#ask(bytesMax)) return;
    // Ending early must not end the connection: the answer goes out on it.
    const chunks = this.#request.iterator({ destroyOnReturn: false });
    const broken = new Promise<never>((_resolve, reject) => (this.#reject = reject));
    // Whoever waits for the next part hears of it.
    broken.catch(() => undefined);
    let bytes = 0;
    let waitedMs = 0;
    let unmoved = 0;
    try {
      for (;;) {
        // The time that the sender waits for us is none that we wait for it.
        this.#movedAt = performance.now() - waitedMs;
        this.#awaits = true;
        const next: IteratorResult<Buffer> = await Promise.race([chunks.next(), broken]);
        this.#awaits = false;
        if (next.done === true) return;
        bytes += next.value.length;
        if (bytes > bytesMax) throw tooLarge({ bytesMax });
        unmoved += next.value.length;
        waitedMs = unmoved >= stepBytes ? 0 : performance.now() - this.#movedAt;
        if (waitedMs === 0) unmoved = 0;
        yield next.value;
      }
    } catch (error) {
      if (isAborted(error)) throw unfinished();
      throw error;
    } finally {
      this.#awaits = false;
    }
  }

  /** @returns whether there is a body */
  #ask(bytesMax: number): boolean {
    if (this.#asked) throw new Error("The body of a request can be read once.");
    this.#asked = true;
    if (this.#broken !== undefined) throw this.#broken;
    const { headers } = this.#request;
    const length = headers["content-length"];
    if (length !== undefined) this.#declared = Number(length);
    else if (headers["transfer-encoding"] === undefined) this.#declared = 0;
    if (this.#declared > bytesMax) throw tooLarge({ bytesMax, bytes: this.#declared });
    if (this.#declared === 0) return false;
    if (this.#expectsContinue) this.response.writeContinue();
    return true;
  }

  /** A part of the body. */
  take(chunk: Buffer): void {
    if (this.#buffer === undefined) return; // refused meanwhile: what still comes is thrown away
    this.#bytesTaken += chunk.length;
    if (this.#bytesTaken >= stepBytes) {
      this.#bytesTaken = 0;
      this.#movedAt = performance.now();
    }
    try {
      this.hold(this.#buffer.add(chunk));
    } catch (error) {
      this.#refuseBody(asProblem(error));
    }
  }

  /** The whole body has been taken. */
  complete(): void {
    const body = this.#buffer?.bytes();
    this.#buffer = undefined;
    if (body !== undefined) this.#resolve?.(body);
  }

  /** The rest of the request will never come: the body is refused with `problem`, and the connection ends. */
  breakOff(problem: Problem): void {
    this.#broken = problem;
    this.abort();
    this.#refuseBody(problem);
  }

  /** Sends the handler's answer. @throws Error when it cannot be written, e.g. for a
   *  line break in a header */
  answer(reply: Reply): void {
    if (this.answered) return;
    this.answered = true;
    try {
      send(this, reply, this.#endsConnection(), this.#desk);
    } catch (error) {
      this.answered = this.response.headersSent;
      throw error;
    }
  }

  /** Sends the answer of what the handler threw. */
  fail(error: unknown): void {
    if (this.answered) return;
    const problem = asProblem(error);
    if (isProblem(problem, internal)) {
      const cause =
        problem.cause instanceof Error ? (problem.cause.stack ?? problem.cause.message) : problem.cause;
      this.#desk.log("ERROR", "A request failed on our side", {
        method: this.method,
        cause: String(cause),
      });
    }
    this.answer({
      status: problem.status,
      headers: { ...problem.headers, "content-type": problemType },
      body: problemText(problem),
    });
  }

  /** The framing cannot be trusted: the connection ends with this answer. */
  failAndClose(problem: Problem): void {
    this.#broken = problem;
    this.fail(problem);
  }

  /** Tells what serves only this sender to stop. An answer is still sent: a sender that has ended its side of
   *  the connection looks the same whether it has left or waits. */
  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }

  /** Whether nobody waits for the answer any more. */
  get over(): boolean {
    return this.#over;
  }

  /** The sender has gone. */
  left(): void {
    this.#over = true;
    this.abort();
    this.#refuseBody(unfinished());
    this.#release();
  }

  /** The answer is out, or never will be. */
  closed(): void {
    if (!this.response.writableFinished) this.left();
    else this.#release();
    this.connection.done(this);
  }

  /** The address that the outermost counted proxy saw. Each appends one; what stands further left was
   *  written by the sender. */
  #named(): string | undefined {
    const { trustedProxies } = this.#desk.limits;
    if (trustedProxies === 0) return undefined;
    const named = this.headers["x-forwarded-for"]?.split(",").at(-trustedProxies)?.trim();
    return named !== undefined && isIP(named) !== 0 ? named : undefined;
  }

  /** Frees what others hold who wait for their senders, if that is enough. @throws overloaded */
  #makeRoom(bytes: number): void {
    const desk = this.#desk;
    const those = waiting(desk.connections, (each) => each !== this && each.#bytesHeld > 0);
    const held = those.reduce((sum, each) => sum + each.#bytesHeld, 0);
    const { bytesInFlightMax } = desk.limits;
    if (desk.bytes - held + bytes > bytesInFlightMax) throw overloaded();
    those.sort((a, b) => a.waitsSince! - b.waitsSince!);
    for (const one of those) if (desk.bytes + bytes > bytesInFlightMax) one.giveWay();
  }

  #refuseBody(problem: Problem): void {
    this.#buffer = undefined;
    this.#desk.bytes -= this.#bytesHeld;
    this.#bytesHeld = 0;
    this.#reject?.(problem);
  }

  #release(): void {
    this.#desk.bytes -= this.#bytesHeld;
    this.#bytesHeld = 0;
    if (!this.#counted) return;
    this.#counted = false;
    const { requestsOf } = this.#desk;
    this.#desk.requests -= 1;
    if (this.#owner === undefined) return;
    const left = (requestsOf.get(this.#owner) ?? 1) - 1;
    if (left === 0) requestsOf.delete(this.#owner);
    else requestsOf.set(this.#owner, left);
  }

  /** Whether the answer says `connection: close`. Only the latest may: the answers after it would be lost. */
  #endsConnection(): boolean {
    if (this.connection.latest !== this.#request) return false;
    if (this.#broken !== undefined || this.#desk.draining) return true;
    if (this.#request.complete) return false;
    const { headers } = this.#request;
    const length = headers["content-length"];
    return length === undefined ? headers["transfer-encoding"] !== undefined : Number(length) > dumpBytesMax;
  }
}

const unfinished = () => badRequest({ what: "The connection was closed before the request was complete." });

/** As node says it to whoever reads a body whose sender has left. */
function isAborted(error: unknown): boolean {
  const { code } = Object(error) as NodeJS.ErrnoException;
  return code === "ECONNRESET" || code === "ERR_STREAM_PREMATURE_CLOSE";
}

function onClose(this: ServerResponse): void {
  (this.req as Marked).exchange?.closed();
}

function onData(this: Marked, chunk: Buffer): void {
  this.exchange?.take(chunk);
}

function onEnd(this: Marked): void {
  this.exchange?.complete();
}
