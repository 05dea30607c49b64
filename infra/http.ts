/** The door: node:http on one side, the plain requests and replies of functions/request.ts on the other. It
 *  holds the limits, answers what no function should see, and drains. Nothing here knows what a hit is. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Server as NetServer, type AddressInfo, type Socket } from "node:net";
import { isProblem } from "../functions/problem.ts";
import { badRequest, cannotListen, expectationFailed, overloaded } from "../functions/problems.ts";
import type { Handler } from "../functions/request.ts";
import { Connection, drainLookMs } from "./http/connection.ts";
import { Exchange } from "./http/exchange.ts";
import { defaults, type Desk, type DoorOptions, type Limits } from "./http/limits.ts";
import { headBytesMax, refusalOfHead, type ParserError } from "./http/refusal.ts";
import { idlest } from "./http/idlest.ts";
import { originForm, takeHost } from "./http/target.ts";

export type { DoorOptions } from "./http/limits.ts";

export interface Door {
  /** `http://host:port`, with localhost where it listens everywhere. */
  readonly url: string;
  readonly port: number;
  /** What is in use now; all zero when nothing goes on. */
  stats(): { connections: number; requests: number; bytes: number };
  /** Takes no new connection. What arrives on open ones is answered and ends them with `connection: close`;
   *  streams are told to end by their `gone`. Resolves when all connections are closed; after `drainMs` the
   *  rest is cut off. Calling it again gives the same promise. */
  drain(): Promise<void>;
}

type DoorSocket = Socket & { connection?: Connection };

/** Opens the door; it then calls `handler` for every well-formed request.
 *  @throws cannot_listen */
export async function openDoor(handler: Handler, options: DoorOptions): Promise<Door> {
  const { host, port, log, ...changed } = options;
  const limits = Object.freeze({ ...defaults, ...changed });
  const closing = new AbortController();
  const connections = new Set<Connection>();
  const desk: Desk = {
    limits,
    log,
    connections,
    requests: 0,
    requestsOf: new Map(),
    bytes: 0,
    draining: false,
    closing,
  };
  const server = createServer({
    maxHeaderSize: headBytesMax(limits),
    headersTimeout: limits.headerTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    // Only here it has an effect; set later, slow senders stay for 30 s more.
    connectionsCheckingInterval: limits.connectionsCheckingIntervalMs,
    requireHostHeader: false, // node's own refusal has no body
    joinDuplicateHeaders: true,
  });
  // Past 2,000 node would drop headers in silence, perhaps the Transfer-Encoding; their
  // bytes are bounded anyway.
  server.maxHeadersCount = 0;
  // A client that ends its side after the request still gets its answer. In node
  // since 2011, not in its types.
  (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;

  const enter = (request: IncomingMessage, response: ServerResponse, expectation: Expectation) => {
    const { connection } = request.socket as DoorSocket;
    if (connection === undefined || connection.closing) {
      request.resume(); // it was told that the connection ends: nobody answers
      return;
    }
    const url = originForm(request.url as string);
    const exchange = new Exchange(request, response, url, connection, desk, expectation === "continue");
    const problem = refusalOfHead(request, url, limits);
    if (url !== request.url) takeHost(request);
    if (isProblem(problem, badRequest)) exchange.failAndClose(problem);
    else if (problem !== undefined) exchange.fail(problem);
    else if (expectation === "other") exchange.fail(expectationFailed());
    else void serve(handler, exchange);
  };
  server.on("request", (request, response) => enter(request, response, "none"));
  for (const event of ["checkContinue", "checkExpectation"])
    server.on(event, (request: IncomingMessage, response: ServerResponse) =>
      enter(request, response, expectationOf(request.headers.expect ?? "")),
    );

  server.on("connection", (socket: DoorSocket) => {
    const connection = new Connection(socket, desk);
    socket.connection = connection;
    connections.add(connection);
    socket.on("close", () => {
      connections.delete(connection);
      connection.left();
    });
    socket.on("end", () => {
      for (const exchange of connection.open) {
        exchange.abort();
        if (exchange.streaming) socket.destroy();
      }
    });
    if (connections.size > limits.connectionsMax && !makeRoom(connections, connection, limits))
      connection.refuse(overloaded());
  });
  // Newcomers past the limit stay for a moment to read their 503, and the system counts those that were sent
  // away for them a moment longer: they are bounded too.
  server.maxConnections = limits.connectionsMax + 2 * sentAwayMax;
  server.on("clientError", (error: ParserError, socket: DoorSocket) => {
    if (socket.connection === undefined) socket.destroy();
    else socket.connection.failed(error);
  });
  // Without a listener for "upgrade", node serves such requests as if they had not
  // asked (RFC 9110 section 7.8).
  server.on("connect", (_request, socket: DoorSocket) => {
    socket.on("error", () => socket.destroy()); // node has taken its own listeners off
    socket.resume();
    socket.connection?.refuse(badRequest({ what: "CONNECT is for proxies, and this is none." }));
  });

  const checking = setInterval(() => {
    const now = performance.now();
    for (const connection of connections) connection.check(now);
  }, limits.connectionsCheckingIntervalMs).unref();
  try {
    await listen(server, host, port);
  } catch (error) {
    clearInterval(checking);
    const { code } = error as { code?: unknown };
    const elsewhere = code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "EADDRNOTAVAIL";
    throw cannotListen({ host, port, why: reasonOf(error), elsewhere }, error);
  }
  const bound = (server.address() as AddressInfo).port;
  const shown = host === "::" || host === "0.0.0.0" ? "localhost" : host.includes(":") ? `[${host}]` : host;

  let drained: Promise<void> | undefined;
  return {
    url: `http://${shown}:${bound}`,
    port: bound,
    stats: () => ({
      connections: connections.size,
      requests: desk.requests,
      bytes: desk.bytes,
    }),
    drain: () => {
      drained ??= drainConnections(server, connections, desk).finally(() => {
        clearInterval(checking);
        server.close(() => {}); // stops node's own clock
      });
      return drained;
    },
  };
}

async function serve(handler: Handler, exchange: Exchange): Promise<void> {
  try {
    exchange.takePlace();
    exchange.answer(await handler(exchange));
  } catch (error) {
    exchange.fail(error);
  }
}

type Expectation = "none" | "continue" | "other";

/** RFC 9110 section 10.1.1: a list, and 100-continue is all that it may hold. Some clients
 *  send it empty, or twice. */
function expectationOf(header: string): Expectation {
  const expected = header
    .toLowerCase()
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
  if (expected.length === 0) return "none";
  return expected.every((one) => one === "100-continue") ? "continue" : "other";
}

/** How many connections are closed at once where there is no room. */
const sentAwayMax = 64;

/** Closes idle connections for a newcomer. @returns whether there is room now */
function makeRoom(connections: Set<Connection>, newcomer: Connection, { connectionsMax }: Limits): boolean {
  const count = Math.min(sentAwayMax, Math.ceil(connectionsMax / sentAwayMax));
  for (const connection of idlest(connections, newcomer, count)) {
    connections.delete(connection); // its place is free now, not when the system has said so
    connection.socket.destroy();
  }
  return connections.size <= connectionsMax;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function reasonOf(error: unknown): string {
  const { code = "unknown" } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") return "another program uses it";
  return code === "EACCES" ? "this user may not" : code;
}

async function drainConnections(server: Server, connections: Set<Connection>, desk: Desk): Promise<void> {
  const since = performance.now();
  desk.draining = true;
  desk.closing.abort();
  await acceptWaiting(server);
  // Not http's close(): it cuts idle connections at once, and with them a request that is on its way.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  for (const { open } of connections) {
    for (const exchange of open) if (exchange.streaming) exchange.abort();
  }
  const checking = setInterval(() => {
    if (performance.now() - since >= desk.limits.drainMs) cutOff(connections, desk);
    else for (const connection of connections) connection.closeIfQuiet();
  }, drainLookMs);
  await closed;
  // The server counts a socket out just before the socket says so.
  while (connections.size > 0) await new Promise((resolve) => setImmediate(resolve));
  clearInterval(checking);
}

/** Whoever has not ended by itself. A sender without an answer does not know what became of its request, so
 *  the log says how many there are. */
function cutOff(connections: ReadonlySet<Connection>, { log, limits }: Desk): void {
  let requests = 0;
  for (const { open, socket } of connections) {
    for (const { answered } of open) if (!answered) requests += 1;
    socket.destroy();
  }
  if (requests > 0)
    log("WARNING", "Requests were cut off without an answer, since the time to end was over.", {
      event: "requests_cut_off",
      requests,
      after_ms: limits.drainMs,
    });
}

/** Twice the connections that node lets the system hold for us. */
const turnsMax = 1024;

/** Takes in whoever has connected already: when the listener closes, the system resets
 *  them, requests and all. */
async function acceptWaiting(server: Server): Promise<void> {
  let came = true;
  const note = () => void (came = true);
  server.on("connection", note);
  for (let turn = 0; came && turn < turnsMax; turn++) {
    came = false;
    // The first one ends the turn that we are in, the second one a whole turn after it.
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  server.off("connection", note);
}
