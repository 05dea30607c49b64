import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Problem } from "../../functions/problem.ts";
import type { Exchange } from "./exchange.ts";
import type { Desk } from "./limits.ts";
import { ownerOfPeer } from "../../functions/address.ts";
import { lastAnswer, refusalOfError, type ParserError } from "./refusal.ts";

/** Between two looks at a connection that drains, in ms. */
export const drainLookMs = 20;

/** A request as node made it, with the exchange that answers it. */
export type Marked = IncomingMessage & { exchange?: Exchange };

/** One connection: which requests on it wait for an answer, and how it ends. Node sends pipelined
 *  answers in order; this adds the last word when the bytes after them are no request, and an end
 *  that a sender can read. */
export class Connection {
  readonly socket: Socket;
  /** Whose it is; undefined where many senders may share the address. */
  readonly owner: string | undefined;
  /** Not yet answered in full, in the order of their arrival. */
  readonly open: Exchange[] = [];
  /** The request whose head was read last; the parser may still be in its body. */
  latest: Marked | undefined;
  /** Since when nothing is open, in ms of `performance.now()`. */
  idleSince: number;
  /** When this connection is destroyed at the latest, in the same ms; 0 while it is not being closed. */
  closeBy = 0;
  readonly #desk: Desk;
  #refusal: Problem | undefined;
  #endWhenIdle = false;
  #bytesRead = 0;
  /** While it drains: how often in a row it was found quiet, and `idleSince` at the last look. */
  #quietLooks = 0;
  #idleSinceLook = 0;
  /** Since when bytes of answers lie unread, as far as `check` has seen; in the same ms. */
  stallsSince: number | undefined;

  constructor(socket: Socket, desk: Desk) {
    this.socket = socket;
    this.#desk = desk;
    // Behind a proxy every connection is the proxy's.
    this.owner = desk.limits.trustedProxies === 0 ? ownerOfPeer(socket.remoteAddress ?? "") : undefined;
    this.idleSince = performance.now();
    // Node calls it after an answer with `connection: close`, and would reset a sender that is still sending.
    socket.destroySoon = () => this.close();
  }

  /** No request from here on is handled. */
  get closing(): boolean {
    return this.closeBy !== 0 || this.#refusal !== undefined || this.#endWhenIdle;
  }

  /** Node could not go on reading: broken framing, a limit, or the clock. */
  failed(error: ParserError): void {
    const { socket, latest } = this;
    if (error.code?.startsWith("HPE_") !== true && error.code !== "ERR_HTTP_REQUEST_TIMEOUT") {
      socket.destroy();
      return;
    }
    // Once closing, the parser stumbles over every further packet. HPE_CLOSED_CONNECTION: bytes after a
    // request that said `connection: close`; its answer ends the connection.
    if (this.closing || error.code === "HPE_CLOSED_CONNECTION") return;
    const inBody = latest !== undefined && !latest.complete;
    const problem = refusalOfError(error, inBody, this.#desk.limits);
    const exchange = latest?.exchange;
    if (!inBody || exchange === undefined) this.refuse(problem);
    else if (exchange.streaming) socket.destroy();
    else if (exchange.answered) this.#endAfterAnswers();
    else exchange.breakOff(problem);
  }

  /** Answers what is no request: after the answers to earlier ones, then closes. */
  refuse(problem: Problem): void {
    this.#refusal ??= problem;
    if (this.open.length === 0) this.#speakAndClose();
  }

  /** The answer to `exchange` has been handed to the system, or can no longer be. */
  done(exchange: Exchange): void {
    const at = this.open.indexOf(exchange);
    if (at === 0) this.open.shift();
    else if (at > 0) this.open.splice(at, 1);
    if (this.open.length > 0) return;
    this.idleSince = performance.now();
    if (this.#refusal !== undefined || this.#endWhenIdle) this.#speakAndClose();
  }

  /** Says that nothing more comes, then goes on reading for a while: a reset would
   *  take our answer with it. */
  close(): void {
    if (this.closeBy !== 0) return;
    this.closeBy = performance.now() + this.#desk.limits.lingerMs;
    this.#bytesRead = this.socket.bytesRead;
    this.socket.end();
    this.socket.resume();
  }

  /** The socket is gone: nobody waits for what is open. */
  left(): void {
    for (const exchange of this.open.splice(0)) exchange.left();
  }

  /** Looks at the times that node does not look at; called every connectionsCheckingIntervalMs. */
  check(now: number): void {
    const { socket } = this;
    const { limits } = this.#desk;
    if (this.closeBy !== 0) {
      if (now > this.closeBy || socket.bytesRead - this.#bytesRead > limits.lingerBytesMax) socket.destroy();
      return;
    }
    // Node's idle time starts anew with every byte, even an empty line between two requests.
    const idleMs = limits.keepAliveTimeoutMs + limits.headerTimeoutMs + limits.requestTimeoutMs;
    if (this.open.length === 0 && now - this.idleSince > idleMs) socket.destroy();
    const stalls = socket.writableLength > 0;
    // Node's own timer sees progress within one long write; by default it ends the connection.
    if (stalls === (this.stallsSince !== undefined)) return;
    socket.setTimeout(stalls ? limits.sendTimeoutMs : 0);
    this.stallsSince = stalls ? now : undefined;
  }

  /** Closes the connection once looks of so long in all, one after the other, have found it quiet. Looks are
   *  counted, and not the time between them: a process that stood still has not read what came meanwhile. */
  closeIfQuiet(): void {
    if (this.closing) return;
    const { bytesRead } = this.socket;
    const isQuiet =
      this.open.length === 0 && bytesRead === this.#bytesRead && this.idleSince === this.#idleSinceLook;
    this.#bytesRead = bytesRead;
    this.#idleSinceLook = this.idleSince;
    this.#quietLooks = isQuiet ? this.#quietLooks + 1 : 0;
    if (this.#quietLooks * drainLookMs >= this.#desk.limits.drainGraceMs) this.close();
  }

  #endAfterAnswers(): void {
    this.#endWhenIdle = true;
    if (this.open.length === 0) this.#speakAndClose();
  }

  #speakAndClose(): void {
    if (this.#refusal !== undefined && this.socket.writable) this.socket.write(lastAnswer(this.#refusal));
    this.close();
  }
}
