import { wrongUsage } from "./failure.ts";

/** The bearer token for the admin API, or undefined where none is sent. */
export async function bearerFor(
  url: URL,
  token: string | undefined,
): Promise<string | undefined> {
  if (token === undefined) return undefined;
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw wrongUsage(
      "The token holds blanks or characters that no header takes; give it as it was issued.",
    );
  }
  if (url.protocol === "http:" && !isLoopback(url)) {
    throw wrongUsage(
      `The token would travel to ${url.origin} unencrypted; name an https address, or leave the token out.`,
    );
  }
  return token;
}

/** Whether the server runs on this machine, as far as its address tells. */
export function isLoopback({ hostname }: URL): boolean {
  return (
    hostname === "localhost" ||
    hostname === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}
