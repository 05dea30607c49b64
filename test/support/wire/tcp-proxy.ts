import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A wire between a client and a server that can go silent, as a router does that forgot a connection. */
export interface Proxy {
  readonly address: string;
  /** Connections that were ever opened. */
  readonly opened: () => number;
  /** Nothing passes any more on the connections that are open; new ones work. Nobody is told. */
  silence(): void;
  /** Every connection breaks, and new ones do, until it is mended. */
  cut(): void;
  mend(): void;
  /** Bytes that came after the silence, and went nowhere. */
  readonly swallowed: () => number;
  close(): Promise<void>;
}

export async function startProxy(to: string): Promise<Proxy> {
  const { hostname, port } = new URL(`http://${to}`);
  const sockets = new Set<Socket>();
  const silent = new WeakSet<Socket>();
  let count = 0;
  let swallowed = 0;
  let isCut = false;
  const server = createServer((near) => {
    count++;
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(Number(port), hostname);
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk) => {
        if (silent.has(from)) swallowed += (chunk as Buffer).length;
        else into.write(chunk);
      });
      from.on("error", () => undefined);
      from.on("close", () => {
        sockets.delete(from);
        if (!silent.has(from)) into.destroy();
      });
    }
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    opened: () => count,
    swallowed: () => swallowed,
    silence: () => sockets.forEach((socket) => silent.add(socket)),
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend: () => void (isCut = false),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
