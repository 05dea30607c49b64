/** The load: a process of its own, so that its CPU is not counted to the server. Raw sockets, one request at
 *  a time on each, since a client library would cost more than the server. Started by child.ts with an
 *  Order; sends a Result. */
import { connect, type Socket } from "node:net";

export interface Order {
  port: number;
  connections: number;
  /** Ends after so many requests, or after so many ms, whichever comes first. */
  requestsMax: number;
  msMax: number;
  /** Taken in turn. */
  paths: string[];
  bodies: { contentType: string; body: string }[];
}

export interface Result {
  /** Answered 2xx. */
  ok: number;
  /** Answered otherwise. */
  refused: number;
  /** Connections that broke with a request on them. */
  broken: number;
  ms: number;
  p50Ms: number;
  p99Ms: number;
  cpuMs: number;
}

const end = "\r\n\r\n";

function run(order: Order): Promise<Result> {
  // In tenths of a millisecond; the last one holds all above.
  const latencies = new Uint32Array(600_001);
  const counts = { ok: 0, refused: 0, broken: 0 };
  const requests = prepare(order);
  let sent = 0;
  let open = order.connections;
  const cpu = process.cpuUsage();
  const startedAt = performance.now();

  return new Promise((resolve) => {
    for (let n = 0; n < order.connections; n++) drive(connect(order.port, "127.0.0.1"));

    function drive(socket: Socket): void {
      let text = "";
      let at = 0;
      let waiting = false;
      const next = (): void => {
        waiting = sent < order.requestsMax && performance.now() - startedAt < order.msMax;
        if (!waiting) {
          socket.end();
          return;
        }
        at = performance.now();
        socket.write(requests[sent++ % requests.length]!);
      };
      socket.setNoDelay(true);
      socket.on("connect", next);
      socket.on("data", (chunk: Buffer) => {
        text = text === "" ? chunk.toString("latin1") : text + chunk.toString("latin1");
        const head = text.indexOf(end);
        if (head < 0) return;
        const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
        if (text.length < head + end.length + length) return;
        latencies[Math.min(600_000, Math.round((performance.now() - at) * 10))]!++;
        if (text.startsWith("HTTP/1.1 2")) counts.ok++;
        else counts.refused++;
        text = "";
        next();
      });
      socket.on("error", () => undefined);
      socket.on("close", () => {
        if (waiting) counts.broken++;
        if (--open === 0) resolve(result());
      });
    }

    function result(): Result {
      const ms = performance.now() - startedAt;
      const { user, system } = process.cpuUsage(cpu);
      return {
        ...counts,
        ms,
        p50Ms: quantile(0.5),
        p99Ms: quantile(0.99),
        cpuMs: (user + system) / 1000,
      };
    }

    function quantile(share: number): number {
      let left = (counts.ok + counts.refused) * share;
      for (let tenths = 0; tenths < latencies.length; tenths++) {
        left -= latencies[tenths]!;
        if (left <= 0) return tenths / 10;
      }
      return Number.NaN;
    }
  });
}

/** Whole requests, made once: every path with every body. */
function prepare({ paths, bodies }: Order): Buffer[] {
  const rounds = Math.max(paths.length, bodies.length);
  return Array.from({ length: rounds }, (_, n) => {
    const { contentType, body } = bodies[n % bodies.length]!;
    const head = `POST ${paths[n % paths.length]} HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${contentType}\r\n`;
    return Buffer.from(`${head}content-length: ${Buffer.byteLength(body)}${end}${body}`);
  });
}

process.on("message", (order: Order) => {
  void run(order).then((result) => process.send!(result, () => process.disconnect()));
});
