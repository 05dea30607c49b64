import { grpc } from "google-gax";
import { BoundedMap } from "../../../functions/bounded.ts";
import { readResponse, readStatus, type Answer, type AppendFault } from "./codecs/append-response.ts";
import { ageOf, bothClocks, type Clock } from "../age.ts";
import { asTheyAre, codeOf, passes, routed, whyOf, type Channel } from "../channel.ts";
import { openTurns } from "./write-turns.ts";

/** Appends through BigQuery's Storage Write API, to the tables' default streams.
 *
 *  An AppendRows call is a connection: requests go one way, their results come back in the same order. Each
 *  case, and what is done about it:
 *  - A request names its table and schema. So one connection serves many tables of one region, in turn.
 *  - A channel carries 100 calls, and the 101st waits for ever; a region has a quota of connections for
 *    all instances. So their number is bounded: one is opened only while all others are busy, and
 *    closed when it is idle.
 *  - The timer that closes an idle one stands still while an instance has no CPU. So its age is looked at
 *    too before it is taken.
 *  - A result may never come. So every append has a deadline, and a connection that missed one is left. What
 *    waited behind it goes over another one. The table that hung has its connections to itself for a while.
 *  - A connection that breaks does not say which request it was about. So where several were under way, each
 *    goes again on a connection of its own: a table gets its own error and no other's.
 *  - An answer cannot be read, or is another append's. It says nothing certain, so the connection counts as
 *    broken. The append that it was taken for goes again on one of its own.
 *  What goes again may be written twice: delivery is at least once.
 *
 *  Past 300 lines because it is one machine: it decides over the same few lists what becomes of an append
 *  when its connection answers, hangs, breaks or is left. */
export interface Appends {
  /** Resolves once the rows are durable. Rejects with an AppendFault's fields on an Error. */
  append(request: AppendRequest): Promise<void>;
  close(): Promise<void>;
}

export interface AppendRequest {
  /** `projects/P/datasets/D/tables/T/streams/_default`. */
  readonly writeStream: string;
  /** In lower case, e.g. `eu`. */
  readonly location: string;
  readonly bytes: Buffer;
  readonly deadlineMs: number;
}

export interface AppendsConfig {
  readonly project: string;
  /** AppendRows calls at once; 80 where left out. At most 100 go over a channel, and the 101st hangs. */
  readonly connectionsMax?: number;
  /** An idle connection is closed after so long; 60 s where left out. That is longer than the pauses of
   *  steady traffic, since a new one costs some 100 ms. It is short enough that instances give connections of
   *  a burst back to the region's quota. */
  readonly idleMs?: number;
  /** Bytes of requests that are not answered yet; 128 MiB where left out. Past it, append refuses at once. */
  readonly pendingBytesMax?: number;
  /** By which appends take turns, in ms; the process's own clock where left out. */
  readonly now?: () => number;
  /** By which a connection is idle; the process's and the wall's where left out. */
  readonly clocks?: readonly Clock[];
}

export type AppendError = Error & AppendFault;

const path = "/google.cloud.bigquery.storage.v1.BigQueryWrite/AppendRows";
/** Attempts within the deadline of an append, for failures of a connection. */
const attemptsMax = 4;
const pauseMsFirst = 50;
/** How long a table that hung has its connections to itself, and how many such tables are remembered. */
const sickMs = 5 * 60_000;
const sickMax = 1_000;
/** One connection of so many is for appends that go on one of their own. */
const reservedShare = 4;

interface Item {
  readonly request: AppendRequest;
  readonly deadline: number;
  attempts: number;
  /** Goes on a connection of its own. */
  alone: boolean;
  /** The table hung lately. */
  readonly sick: boolean;
  done: boolean;
  connection: Connection | undefined;
  sentAt: number;
  /** Tells that the request has left this process, or never will. */
  left: () => void;
  readonly timer: NodeJS.Timeout;
  resolve(): void;
  reject(error: AppendError): void;
}

interface Connection {
  readonly location: string;
  readonly client: grpc.Client;
  readonly call: grpc.ClientDuplexStream<Buffer, Buffer>;
  /** In the order of their results. */
  readonly pending: Item[];
  pendingBytes: number;
  exclusive: boolean;
  sick: boolean;
  idle: NodeJS.Timeout | undefined;
  /** How long ago it was last in use, in ms. */
  idleFor: () => number;
  ended: boolean;
}

export function openAppends(channel: Channel, config: AppendsConfig): Appends {
  const { project, connectionsMax = 80, idleMs = 60_000, pendingBytesMax = 128 * 1024 * 1024 } = config;
  const { now = () => performance.now(), clocks = bothClocks } = config;
  const reserved = Math.floor(connectionsMax / reservedShare);
  /** The most recently used last: the others become idle. */
  const connections = new Set<Connection>();
  const items = new Set<Item>();
  const sick = new BoundedMap<string, number>(sickMax);
  const turns = openTurns(now);
  let pendingBytes = 0;
  let answeredAt = Number.NEGATIVE_INFINITY;
  let closing = false;
  let emptied: (() => void) | undefined;

  function append(request: AppendRequest): Promise<void> {
    const { writeStream, bytes, deadlineMs } = request;
    if (closing) return Promise.reject(failure(grpc.status.UNAVAILABLE, "the warehouse is closing"));
    if (pendingBytes + bytes.length > pendingBytesMax) {
      return Promise.reject(
        failure(grpc.status.RESOURCE_EXHAUSTED, `${pendingBytes} bytes wait for BigQuery already`),
      );
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => expire(item), Math.max(1, deadlineMs));
      const deadline = performance.now() + deadlineMs;
      const hung = isSick(writeStream);
      const item: Item = {
        request,
        deadline,
        attempts: 0,
        alone: hung,
        sick: hung,
        done: false,
        connection: undefined,
        sentAt: 0,
        left: () => undefined,
        timer,
        resolve,
        reject,
      };
      items.add(item);
      pendingBytes += bytes.length;
      void send(item);
    });
  }

  async function send(item: Item): Promise<void> {
    try {
      await turns.wait();
      if (item.done) return;
      // After the wait: meanwhile another append may have given the channel up.
      const client = await channel.open(item.deadline - performance.now());
      if (item.done) return;
      const connection = choose(client, item);
      if (connection === undefined) return later(item, pauseMsFirst);
      item.attempts++;
      connections.delete(connection);
      connections.add(connection);
      clearTimeout(connection.idle);
      connection.idle = undefined;
      connection.exclusive ||= item.alone;
      connection.sick ||= item.sick;
      connection.pending.push(item);
      connection.pendingBytes += item.request.bytes.length;
      item.connection = connection;
      item.sentAt = performance.now();
      item.left = turns.begin();
      connection.call.write(item.request.bytes, item.left);
    } catch (error) {
      settle(item, failure(codeOf(error), whyOf(error)));
    }
  }

  /** An idle connection, else a new one, else the least loaded one; undefined while none
   *  is free for this append. */
  function choose(client: grpc.Client, item: Item): Connection | undefined {
    const { location } = item.request;
    let idle: Connection | undefined;
    let least: Connection | undefined;
    let sickOnes = 0;
    for (const connection of connections) {
      if (connection.pending.length === 0 && connection.idleFor() >= idleMs) {
        leave(connection);
        continue;
      }
      if (connection.sick) sickOnes++;
      if (connection.exclusive || connection.location !== location || connection.client !== client) continue;
      if (connection.pending.length === 0) idle = connection;
      else if (least === undefined || connection.pendingBytes < least.pendingBytes) least = connection;
    }
    if (item.sick && sickOnes >= Math.max(1, reserved)) {
      throw failure(grpc.status.RESOURCE_EXHAUSTED, "appends to this table hang, and so do others");
    }
    if (idle !== undefined) return idle;
    if (connections.size >= connectionsMax) makeRoom();
    // Those that must have one for themselves would never find one idle under load.
    const most = item.alone ? connectionsMax : connectionsMax - reserved;
    if (connections.size < most) return connect(client, location);
    return item.alone ? undefined : least;
  }

  /** Gives up the connection that was idle for longest: another region needs one. */
  function makeRoom(): void {
    for (const connection of connections) if (connection.pending.length === 0) return leave(connection);
  }

  function connect(client: grpc.Client, location: string): Connection {
    const metadata = routed({
      write_location: `projects/${project}/locations/${location}`,
    });
    const call = client.makeBidiStreamRequest(path, asTheyAre, asTheyAre, metadata, {});
    const connection: Connection = {
      location,
      client,
      call,
      pending: [],
      pendingBytes: 0,
      exclusive: false,
      sick: false,
      idle: undefined,
      idleFor: ageOf(clocks),
      ended: false,
    };
    call.on("data", (response: Buffer) => answered(connection, response));
    // An error that nobody listens to would end the process; `status` comes after each
    // one, and without one as well.
    call.on("error", () => undefined);
    call.on("status", (status: grpc.StatusObject) => broken(connection, faultOf(status)));
    connections.add(connection);
    return connection;
  }

  function answered(connection: Connection, response: Buffer): void {
    const [item] = connection.pending;
    // One that nobody waits for: the next ones would be taken for those of others.
    if (item === undefined) return leave(connection);
    answeredAt = performance.now();
    const answer = readAnswer(response, item.request.writeStream);
    if ("unclear" in answer) {
      item.alone = true;
      broken(connection, failure(grpc.status.INTERNAL, answer.unclear));
      connection.call.cancel();
      return;
    }
    const { fault } = answer;
    connection.pending.shift();
    connection.pendingBytes -= item.request.bytes.length;
    if (fault === undefined) sick.delete(item.request.writeStream);
    settle(item, fault && toError(fault));
    if (connection.pending.length > 0) return;
    connection.exclusive = false;
    connection.sick = false;
    connection.idleFor = ageOf(clocks);
    if (closing || connection.ended) leave(connection);
    else connection.idle = setTimeout(() => leave(connection), idleMs).unref();
  }

  /** The call is over: nothing that is pending on it will be answered. */
  function broken(connection: Connection, fault: AppendFault): void {
    forget(connection);
    const pending = connection.pending.splice(0).filter(({ done }) => !done);
    const error = toError(fault);
    const passing = passes(error.code) || error.code === grpc.status.OK;
    for (const item of pending) {
      item.left();
      item.connection = undefined;
      if (!passing && pending.length === 1) settle(item, error);
      else if (item.attempts >= attemptsMax) settle(item, failure(grpc.status.UNAVAILABLE, error.message));
      else {
        if (!passing) item.alone = true;
        again(item, error);
      }
    }
  }

  function again(item: Item, error: AppendError): void {
    const pause = pauseMsFirst * 2 ** (item.attempts - 1) * (0.5 + Math.random() / 2);
    if (performance.now() + pause >= item.deadline)
      return settle(item, failure(grpc.status.UNAVAILABLE, error.message));
    later(item, pause);
  }

  function later(item: Item, pauseMs: number): void {
    setTimeout(() => {
      if (!item.done) void send(item);
    }, pauseMs);
  }

  /** No result in time. The connection is left: its further results could no more be told apart. */
  function expire(item: Item): void {
    const { connection } = item;
    settle(
      item,
      failure(grpc.status.DEADLINE_EXCEEDED, `BigQuery did not answer within ${item.request.deadlineMs} ms`),
    );
    if (connection === undefined || connection.ended) return;
    // One that was sent a moment ago, after another attempt, says nothing of where it was sent.
    const waitedMs = performance.now() - item.sentAt;
    if (waitedMs >= item.request.deadlineMs / 2) {
      // Nothing at all came back meanwhile: then it is the channel. Otherwise it is the table
      // that all here waited for.
      if (answeredAt < item.sentAt) channel.renew(connection.client);
      else remember(connection.pending[0]?.request.writeStream ?? item.request.writeStream);
    }
    const behind = connection.pending.splice(0).filter(({ done }) => !done);
    leave(connection);
    for (const other of behind) {
      other.left();
      other.connection = undefined;
      void send(other);
    }
  }

  function remember(writeStream: string): void {
    sick.set(writeStream, performance.now() + sickMs);
  }

  function leave(connection: Connection): void {
    forget(connection);
    connection.call.cancel();
  }

  function forget(connection: Connection): void {
    connection.ended = true;
    clearTimeout(connection.idle);
    connections.delete(connection);
  }

  function settle(item: Item, error: AppendError | undefined): void {
    if (item.done) return;
    item.done = true;
    item.left();
    clearTimeout(item.timer);
    items.delete(item);
    pendingBytes -= item.request.bytes.length;
    if (error === undefined) item.resolve();
    else item.reject(error);
    if (items.size === 0) emptied?.();
  }

  function isSick(writeStream: string): boolean {
    const until = sick.get(writeStream);
    if (until !== undefined && until < performance.now()) sick.delete(writeStream);
    return sick.has(writeStream);
  }

  async function close(): Promise<void> {
    closing = true;
    if (items.size > 0) await new Promise<void>((resolve) => (emptied = resolve));
    for (const connection of connections) leave(connection);
    channel.close();
  }

  return { append, close };
}

function toError({ code, message, storageCode, rows }: AppendFault): AppendError {
  return Object.assign(new Error(message), { code, storageCode, rows });
}

function failure(code: number, message: string): AppendError {
  return toError({ code, message, storageCode: 0, rows: [] });
}

/** @param writeStream of the append that is next in the order of results */
function readAnswer(bytes: Uint8Array, writeStream: string): Answer | { unclear: string } {
  try {
    const answer = readResponse(bytes);
    const named = tableIn(answer.writeStream);
    return named === undefined || named === tableIn(writeStream)
      ? answer
      : { unclear: `BigQuery answered for ${answer.writeStream}` };
  } catch (error) {
    return { unclear: `BigQuery's answer cannot be read: ${whyOf(error)}` };
  }
}

/** Dataset and table of a write stream. The rest has more spellings than one: the
 *  project's number, `/_default`. */
function tableIn(writeStream: string): string | undefined {
  return /\/datasets\/([^/]+\/tables\/[^/]+)/.exec(writeStream)?.[1];
}

function faultOf({ code, details, metadata }: grpc.StatusObject): AppendFault {
  const message = code === grpc.status.OK ? "BigQuery ended the connection" : details;
  const [detail] = metadata.get("grpc-status-details-bin");
  if (!(detail instanceof Uint8Array)) return { code, message, storageCode: 0, rows: [] };
  try {
    const { storageCode } = readStatus(detail);
    return { code, message, storageCode, rows: [] };
  } catch (error) {
    // What stands beside it is no more to be trusted: nobody is blamed with it.
    return failure(grpc.status.INTERNAL, `${message} (${whyOf(error)})`);
  }
}
