import { expect, test } from "@jest/globals";
import { guarded } from "../../infra/local/guard.ts";
import type { Request } from "../../functions/request.ts";
import { request } from "../support/request.ts";

const asker = (panelUrl?: string) => {
  const door = guarded(() => Promise.resolve({ status: 200 }), panelUrl);
  return async (headers: Record<string, string>, more: Partial<Omit<Request, "body">> = {}) => {
    try {
      return (await door(request({ headers, ...more }))).status;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
};
const ask = asker();
const askPanel = asker("https://afterclick.example.com");

test.each(["localhost:8081", "127.0.0.1:8081", "[::1]:8081", "localhost"])(
  "programs on this machine are answered at %s",
  async (host) => {
    expect(await ask({ host })).toBe(200);
    expect(await askPanel({ host })).toBe(200);
  },
);

test.each(["evil.example", "localhost.evil.example:8081", ""])(
  "a Host that is not this machine is refused, whatever page asks: %j",
  async (host) => {
    for (const asked of [ask, askPanel]) {
      expect(await asked({ host })).toBe("host_forbidden");
      expect(await asked({ host, origin: `http://${host}` })).toBe("host_forbidden");
    }
  },
);

/** What each proxy sends with its default settings for `curl https://afterclick.example.com/v1/streams`. */
const proxies: Record<string, [Record<string, string>, string?]> = {
  // reverse_proxy 127.0.0.1:8081
  Caddy: [
    {
      host: "afterclick.example.com",
      "user-agent": "curl/8.5.0",
      accept: "*/*",
      "accept-encoding": "gzip",
      "x-forwarded-for": "203.0.113.7",
      "x-forwarded-host": "afterclick.example.com",
      "x-forwarded-proto": "https",
      via: "2.0 Caddy",
    },
  ],
  "Caddy, told to send the Host of the upstream": [
    {
      host: "127.0.0.1:8081",
      "x-forwarded-for": "203.0.113.7",
      "x-forwarded-proto": "https",
      via: "1.1 Caddy",
    },
  ],
  // proxy_pass http://127.0.0.1:8081;
  "nginx before 1.29.7": [
    { host: "127.0.0.1:8081", connection: "close", "user-agent": "curl/8.5.0", accept: "*/*" },
    "1.0",
  ],
  // As in its packages' proxy_params, and in most guides.
  "nginx with proxy_params": [
    {
      host: "localhost",
      "x-real-ip": "203.0.113.7",
      "x-forwarded-for": "203.0.113.7",
      "x-forwarded-proto": "https",
      connection: "close",
    },
    "1.0",
  ],
  "one that follows RFC 7239": [{ host: "localhost", forwarded: "for=203.0.113.7;proto=https" }],
  "one that names itself alone": [{ host: "localhost", via: "1.1 squid" }],
  "Apache with ProxyPass": [
    { host: "localhost", "x-forwarded-for": "203.0.113.7", "x-forwarded-server": "afterclick.example.com" },
  ],
};

test.each(Object.keys(proxies))("without PANEL_URL nobody comes through %s", async (name) => {
  const [headers, httpVersion = "1.1"] = proxies[name]!;
  const refusal = headers["host"] === "afterclick.example.com" ? "host_forbidden" : "proxy_forbidden";
  expect(await ask(headers, { httpVersion })).toBe(refusal);
  // The Host alone is not what keeps them out.
  expect(await ask({ ...headers, host: "127.0.0.1:8081" }, { httpVersion })).toBe("proxy_forbidden");
  expect(await askPanel(headers, { httpVersion })).toBe(200);
});

test("programs of this machine that look a little like a proxy are answered", async () => {
  const host = "127.0.0.1:8081";
  expect(await ask({ host, connection: "close" }, { httpVersion: "1.1" })).toBe(200);
  expect(await ask({ host, connection: "keep-alive" }, { httpVersion: "1.0" })).toBe(200);
  expect(await ask({ host }, { httpVersion: "1.0" })).toBe(200);
});
