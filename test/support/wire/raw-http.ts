/** HTTP by hand: what a client library would never send, and every byte that comes back. */
import { connect, type Socket } from "node:net";
import { until } from "../until.ts";

export interface Answer {
  status: number;
  /** By lower-case name; a name that comes twice is an error. */
  headers: Record<string, string>;
  body: string;
}

export interface Line {
  readonly socket: Socket;
  /** Text is sent as latin1: one character, one byte. */
  send(...parts: (string | Uint8Array)[]): void;
  /** Waits until `count` final answers are complete; interim ones (1xx) are counted in `interim`. */
  answers(count: number): Promise<Answer[]>;
  /** Waits until the server has closed, then gives every answer. @throws Error where
   *  a byte belongs to none */
  closed(): Promise<Answer[]>;
  readonly interim: number;
  readonly text: string;
  hangUp(): void;
}

export async function dial(port: number, methods: readonly string[] = []): Promise<Line> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
  socket.on("end", () => socket.end());
  socket.on("error", () => {}); // a reset shows as a missing answer
  await new Promise((resolve) => socket.once("connect", resolve).once("close", resolve));
  return {
    socket,
    send: (...parts) => {
      for (const part of parts) {
        socket.write(typeof part === "string" ? Buffer.from(part, "latin1") : part);
      }
    },
    answers: async (count) => {
      await until(() => parse(text, methods).answers.length >= count || socket.destroyed);
      const { answers } = parse(text, methods);
      if (answers.length < count)
        throw new Error(`${answers.length} of ${count} answers, then closed: ${text}`);
      return answers;
    },
    closed: async () => {
      await until(() => socket.destroyed || socket.readableEnded);
      const { answers, rest } = parse(text, methods);
      if (rest !== "") throw new Error(`These bytes are no answer: ${JSON.stringify(rest.slice(0, 300))}`);
      return answers;
    },
    get interim() {
      return parse(text, methods).interim;
    },
    get text() {
      return text;
    },
    hangUp: () => socket.destroy(),
  };
}

/** Splits a stream of answers. @param methods of the requests, where one is HEAD: its answer has no body */
function parse(text: string, methods: readonly string[]) {
  const answers: Answer[] = [];
  let interim = 0;
  let rest = text;
  for (;;) {
    const headEnd = rest.indexOf("\r\n\r\n");
    if (headEnd === -1) break;
    const [first = "", ...lines] = rest.slice(0, headEnd).split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3}) [ -~]*$/.exec(first)?.[1]);
    if (Number.isNaN(status)) break;
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const colon = line.indexOf(": ");
      const name = line.slice(0, colon).toLowerCase();
      if (Object.hasOwn(headers, name)) throw new Error(`Twice: ${name}`);
      headers[name] = line.slice(colon + 2);
    }
    const after = rest.slice(headEnd + 4);
    if (status < 200) {
      interim += 1;
      rest = after;
      continue;
    }
    const body = bodyOf(after, headers, status, methods[answers.length]);
    if (body === undefined) break;
    answers.push({ status, headers, body: body.text });
    rest = after.slice(body.bytes);
  }
  return { answers, interim, rest };
}

function bodyOf(after: string, headers: Record<string, string>, status: number, method = "POST") {
  if (method === "HEAD" || status === 204) return { text: "", bytes: 0 };
  if (headers["transfer-encoding"] !== "chunked") {
    const bytes = Number(headers["content-length"]);
    if (Number.isNaN(bytes)) throw new Error("An answer without a length");
    return after.length < bytes ? undefined : { text: utf8(after.slice(0, bytes)), bytes };
  }
  let at = 0;
  let text = "";
  for (;;) {
    const lineEnd = after.indexOf("\r\n", at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(after.slice(at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (after.length < next) return undefined;
    text += after.slice(lineEnd + 2, lineEnd + 2 + size);
    at = next;
    if (size === 0) return { text: utf8(text), bytes: at };
  }
}

const utf8 = (latin1: string) => Buffer.from(latin1, "latin1").toString("utf8");
