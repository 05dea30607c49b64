/** A keep-alive connection that knows, of each request it wrote, whether the whole answer came. */
import { connect } from "node:net";

export interface Answer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The connection ended before the answer was whole. */
export class Unanswered extends Error {}

export interface Wire {
  /** Writes all requests at once, resolves with their answers in order.
   *  @throws Unanswered */
  ask(...requests: Uint8Array[]): Promise<Answer[]>;
  /** Goes on with a request that was begun. */
  write(bytes: Uint8Array): void;
  /** Neither side has said that it ends. */
  isOpen(): boolean;
  hangUp(): void;
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** @throws Unanswered where nobody listens */
export async function openWire(port: number): Promise<Wire> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const waiting: Waiting[] = [];
  let received: Buffer[] = [];
  let open = true;

  function end(): void {
    open = false;
    for (const one of waiting.splice(0))
      one.reject(new Unanswered("The connection ended before the answer."));
  }
  function read(): void {
    let bytes = received.length === 1 ? received[0]! : Buffer.concat(received);
    for (;;) {
      const headEnd = bytes.indexOf("\r\n\r\n");
      if (headEnd === -1) break;
      const head = readHead(bytes.toString("latin1", 0, headEnd));
      const length = Number(head.headers["content-length"]);
      const whole = headEnd + 4 + length;
      if (bytes.length < whole) break;
      const body = bytes.toString("utf8", headEnd + 4, whole);
      bytes = bytes.subarray(whole);
      if (head.headers["connection"] === "close") open = false;
      waiting.shift()?.resolve({ ...head, body });
    }
    received = bytes.length > 0 ? [bytes] : [];
  }
  socket.on("data", (chunk) => {
    received.push(chunk as Buffer);
    read();
  });
  socket.on("error", () => undefined); // "close" follows
  socket.on("end", end);
  socket.on("close", end);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", () => resolve());
    socket.once("close", () => reject(new Unanswered("Nobody listens.")));
  });

  return {
    ask(...requests) {
      if (!open) return Promise.reject(new Unanswered("It has ended."));
      const answers = requests.map(
        () => new Promise<Answer>((resolve, reject) => waiting.push({ resolve, reject })),
      );
      socket.cork();
      for (const request of requests) socket.write(request);
      socket.uncork();
      return Promise.all(answers);
    },
    write: (bytes) => void socket.write(bytes),
    isOpen: () => open,
    hangUp: () => socket.destroy(),
  };
}

function readHead(text: string): Omit<Answer, "body"> {
  const [first = "", ...lines] = text.split("\r\n");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status: Number(first.split(" ")[1]), headers };
}

/** A POST as bytes. */
export function post(target: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Buffer {
  const lines = Object.entries({
    host: "localhost",
    ...headers,
    "content-length": String(body.byteLength),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST ${target} HTTP/1.1\r\n${lines.join("")}\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
}
