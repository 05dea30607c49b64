import { tooLarge } from "../../functions/problems.ts";
import type { Request } from "../../functions/request.ts";

/** A request as the door would hand it over. */
export function request(
  given: Partial<Omit<Request, "body" | "stream">> & { body?: Uint8Array | string },
): Request {
  const { body = "", ...rest } = given;
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  return {
    method: "POST",
    path: "/",
    query: "",
    headers: {},
    remoteAddress: "127.0.0.1",
    gone: new AbortController().signal,
    closing: new AbortController().signal,
    hold: () => undefined,
    release: () => undefined,
    ...rest,
    async *stream(bytesMax) {
      if (bytes.length > bytesMax) throw tooLarge({ bytesMax, bytes: bytes.length });
      yield bytes;
    },
    body(bytesMax) {
      return bytes.length > bytesMax
        ? Promise.reject(tooLarge({ bytesMax, bytes: bytes.length }))
        : Promise.resolve(bytes);
    },
  };
}
