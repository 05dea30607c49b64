import { googleAuthLibrary, grpc, type ClientOptions } from "google-gax";
import { ageOf, bothClocks, type Clock } from "./age.ts";
import { within } from "../../functions/within.ts";

/** A channel to one Google service: what its client library makes (address, TLS, credentials), used call by
 *  call. The libraries' own methods retry for up to 10 minutes and hold what they send meanwhile; here every
 *  call has a deadline and the callers decide what is tried again. */
export interface Channel {
  /** Opens at the first call. Rejects where there are no credentials, or when they are not there in time: the
   *  metadata server can hang as well. The next call then tries again. */
  open(deadlineMs: number): Promise<grpc.Client>;
  /** Says that `client` did not answer: the next `open` is a connection of its own. A frozen instance or a
   *  router that forgot the connection looks like a silent server, and gRPC alone would wait on it for
   *  minutes. Calls that are under way on the old one go on. */
  renew(client: grpc.Client): void;
  close(): void;
}

interface GapicClient {
  /** Resolves with the gRPC client that carries the service. */
  initialize(): Promise<unknown>;
}

/** A connection that was quiet for so long may be forgotten on its way, and an instance without CPU between
 *  two requests has noticed nothing. Google's networks forget one after 10 minutes.
 *  Source: https://cloud.google.com/compute/docs/troubleshooting/general-tips */
const quietMs = 5 * 60_000;

/** @param make `new v1.SomethingClient(options)`
 *  @param emulator `host:port` without TLS and credentials; Google's own address where left out */
export function openChannel(
  make: (options: ClientOptions) => GapicClient,
  emulator: string | undefined,
  clocks: readonly Clock[] = bothClocks,
): Channel {
  let current: Promise<grpc.Client> | undefined;
  let client: grpc.Client | undefined;
  let quiet = ageOf(clocks);

  async function connect(): Promise<grpc.Client> {
    return (await make(clientOptions(emulator)).initialize()) as grpc.Client;
  }

  function open(deadlineMs: number): Promise<grpc.Client> {
    if (client !== undefined && quiet() >= quietMs) renew(client);
    quiet = ageOf(clocks);
    if (client !== undefined && current !== undefined) return current;
    const opening = (current ??= connect());
    return within(Math.max(1, deadlineMs), opening, noCredentials).then(
      (opened) => {
        if (current === opening) client = opened;
        return opened;
      },
      (error: unknown) => {
        if (current === opening) current = undefined;
        throw error;
      },
    );
  }

  function renew(silent: grpc.Client): void {
    if (silent !== client) return;
    client = undefined;
    current = undefined;
    // Closing ends no call that is under way.
    silent.close();
  }

  function close(): void {
    const closing = current;
    current = undefined;
    client = undefined;
    closing?.then(
      (opened) => opened.close(),
      () => undefined,
    );
  }

  return { open, renew, close };
}

function clientOptions(emulator: string | undefined): ClientOptions {
  const options: ClientOptions = {
    // Clients of one address would share a connection otherwise, and `renew` would change nothing.
    "grpc.use_local_subchannel_pool": 1,
    // Nothing is kept for retries by gRPC itself: then a write is told to be done when it has left, not
    // before.
    "grpc.per_rpc_retry_buffer_size": 0,
    "grpc.enable_retries": 0,
    // The library waits a second; a service that comes back should be found at once.
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 2_000,
    "grpc.keepalive_time_ms": 60_000,
    "grpc.keepalive_timeout_ms": 20_000,
  };
  if (emulator === undefined) return options;
  const { hostname, port } = new URL(`http://${emulator}`);
  return {
    ...options,
    servicePath: hostname,
    port: Number(port),
    sslCreds: grpc.credentials.createInsecure(),
    // Otherwise this machine's network is asked for credentials that no emulator wants.
    authClient: new googleAuthLibrary.PassThroughClient(),
  };
}

/** @throws DEADLINE_EXCEEDED, as a call would */
function noCredentials(): never {
  throw Object.assign(new Error("No credentials in time"), { code: grpc.status.DEADLINE_EXCEEDED });
}

/** Failures that pass by themselves: the same call may work later.
 *  Source: https://cloud.google.com/apis/design/errors#handling_errors */
const passing: ReadonlySet<number> = new Set([
  grpc.status.CANCELLED,
  grpc.status.UNKNOWN,
  grpc.status.DEADLINE_EXCEEDED,
  grpc.status.RESOURCE_EXHAUSTED,
  grpc.status.ABORTED,
  grpc.status.INTERNAL,
  grpc.status.UNAVAILABLE,
]);

export function passes(code: number): boolean {
  return passing.has(code);
}

/** The code of a failed call; UNKNOWN for what is no gRPC error, e.g. missing credentials. */
export function codeOf(error: unknown): number {
  if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "number")
    return error.code;
  return grpc.status.UNKNOWN;
}

/** For the log: what the service said, without its stack. */
export function whyOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}

/** The header by which Google routes a call to the right region, besides others of the same call. */
export function routed(params: Record<string, string>, others: Record<string, string> = {}): grpc.Metadata {
  const metadata = new grpc.Metadata();
  metadata.set("x-goog-request-params", new URLSearchParams(params).toString());
  for (const [name, value] of Object.entries(others)) metadata.set(name, value);
  return metadata;
}

type Unary = (
  request: object,
  metadata: grpc.Metadata,
  options: grpc.CallOptions,
  done: (error: grpc.ServiceError | null, answer: unknown) => void,
) => { cancel(): void };
type Streaming = (
  request: object,
  metadata: grpc.Metadata,
  options: grpc.CallOptions,
) => grpc.ClientReadableStream<unknown>;

/** How a call travels. */
export interface Sending {
  readonly metadata: grpc.Metadata;
  readonly deadlineMs: number;
  /** Aborted: the call ends at once, as CANCELLED. */
  readonly signal?: AbortSignal;
}

export function deadlineIn(deadlineMs: number): number {
  return Date.now() + Math.max(1, deadlineMs);
}

/** One call of the service by its name in camel case. */
export function unary<Answer>(
  client: grpc.Client,
  method: string,
  request: object,
  { metadata, deadlineMs, signal }: Sending,
): Promise<Answer> {
  const call = (client as unknown as Record<string, Unary>)[method]!;
  return new Promise((resolve, reject) => {
    const options = { deadline: deadlineIn(deadlineMs) };
    const begun = call.call(client, request, metadata, options, (error, answer) => {
      signal?.removeEventListener("abort", cancel);
      if (error === null) resolve(answer as Answer);
      else reject(error);
    });
    const cancel = () => begun.cancel();
    if (signal?.aborted === true) cancel();
    signal?.addEventListener("abort", cancel, { once: true });
  });
}

/** All that a call which answers in a stream has to say. */
export function collected<Answer>(
  client: grpc.Client,
  method: string,
  request: object,
  { metadata, deadlineMs }: Sending,
): Promise<Answer[]> {
  const call = (client as unknown as Record<string, Streaming>)[method]!;
  return new Promise((resolve, reject) => {
    const answers: Answer[] = [];
    call
      .call(client, request, metadata, {
        deadline: deadlineIn(deadlineMs),
      })
      .on("data", (answer: Answer) => answers.push(answer))
      .once("error", reject)
      .once("end", () => resolve(answers));
  });
}

/** Bytes are made and read by the drivers themselves. */
export function asTheyAre(bytes: Buffer): Buffer {
  return bytes;
}
