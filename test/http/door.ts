import { afterEach, expect } from "@jest/globals";
import type { Handler } from "../../functions/request.ts";
import { type Door, type DoorOptions, openDoor } from "../../infra/http.ts";
import { type Answer, type Line, dial } from "../support/wire/raw-http.ts";

export const logged: unknown[] = [];

const open: { doors: Door[]; lines: Line[] } = { doors: [], lines: [] };

/** A door with short times, so that a test of one ends soon. */
export async function door(handler: Handler, options: Partial<DoorOptions> = {}): Promise<Door> {
  const opened = await openDoor(handler, {
    host: "127.0.0.1",
    port: 0,
    log: (...line) => logged.push(line),
    connectionsCheckingIntervalMs: 20,
    lingerMs: 1000,
    drainMs: 3000,
    drainGraceMs: 100,
    ...options,
  });
  open.doors.push(opened);
  return opened;
}

export async function line(to: Door, methods?: readonly string[]): Promise<Line> {
  const opened = await dial(to.port, methods);
  open.lines.push(opened);
  return opened;
}

/** Sends text on a new connection that closes after the answers. */
export async function ask(to: Door, text: string, methods?: readonly string[]): Promise<Answer[]> {
  const opened = await line(to, methods);
  opened.send(text);
  opened.socket.end();
  return opened.closed();
}

afterEach(async () => {
  for (const { hangUp } of open.lines.splice(0)) hangUp();
  const doors = open.doors.splice(0);
  const log = logged.splice(0);
  await Promise.all(doors.map((opened) => opened.drain()));
  for (const opened of doors) expect(opened.stats()).toEqual({ connections: 0, requests: 0, bytes: 0 });
  expect(log).toEqual([]);
});

export const bodyBytesMax = 1000;

export const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

export const echo: Handler = async (request) => ({
  status: 200,
  body: text(await request.body(bodyBytesMax)),
});

export const where: Handler = (request) => ({
  status: 200,
  body: `${request.method} ${request.path} ${request.query}`,
});

export const host = "Host: localhost\r\n";

export const post = (body: string, headers = "") =>
  `POST /a HTTP/1.1\r\n${host}${headers}Content-Length: ${body.length}\r\n\r\n${body}`;

export const chunked = (chunks: string) =>
  `POST /a HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n${chunks}`;

export const get = (path = "/", headers = "") => `GET ${path} HTTP/1.1\r\n${host}${headers}\r\n`;

const codeOf = (answer: Answer | undefined) => (JSON.parse(answer?.body ?? "{}") as { code?: string }).code;

/** A promise and its key. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let key = () => {};
  const opened = new Promise<void>((resolve) => (key = resolve));
  return { opened, open: () => key() };
}

export const guarded = {
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
  "x-frame-options": "DENY",
};

export function expectRefusal(answer: Answer | undefined, status: number, code: string): void {
  expect({ status: answer?.status, code: codeOf(answer) }).toEqual({
    status,
    code,
  });
  expect(answer?.headers["content-type"]).toBe("application/problem+json");
  expect(answer?.headers["content-length"]).toBe(String(Buffer.byteLength(answer?.body ?? "")));
  expect(answer?.headers["server"]).toBeUndefined();
  expect(answer?.headers).toMatchObject(guarded);
  expect(JSON.parse(answer?.body ?? "")).toMatchObject({
    status,
    code,
    type: `/errors#${code}`,
  });
  expect(answer?.body).not.toMatch(/node|HPE_|\.ts\b|\n/i);
}

/** Events until nobody wants them. */
export async function* forever(gone: AbortSignal) {
  yield "first";
  if (!gone.aborted) await new Promise((resolve) => gone.addEventListener("abort", resolve, { once: true }));
}
