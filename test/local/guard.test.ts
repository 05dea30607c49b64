import { expect, test } from "@jest/globals";
import { loopbackOnly } from "../../infra/local/guard.ts";
import { request } from "../support/request.ts";

const door = loopbackOnly(() => Promise.resolve({ status: 200 }));
const ask = async (headers: Record<string, string>) => {
  try {
    return (await door(request({ headers }))).status;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test.each(["localhost:8081", "127.0.0.1:8081", "[::1]:8081", "localhost"])(
  "programs on this machine are answered at %s, and so are pages that the admin API itself serves there",
  async (host) => {
    expect(await ask({ host })).toBe(200);
    expect(await ask({ host, origin: `http://${host}` })).toBe(200);
  },
);

test.each([
  "http://localhost:3000",
  "http://localhost",
  "http://localhost:80810",
  "https://localhost:8081",
  "http://127.0.0.1:8081",
  "localhost:8081",
  "https://evil.example",
  "http://localhost:8081.evil.example",
  "null",
  "",
])("a web page of %j is refused, also where it is on this machine", async (origin) => {
  const host = "localhost:8081";
  expect(await ask({ host, origin })).toBe("origin_forbidden");
});

test.each(["evil.example", "localhost.evil.example:8081", ""])(
  "a Host that is not this machine is refused: %j",
  async (host) => {
    const origin = `http://${host}`;
    expect(await ask({ host })).toBe("host_forbidden");
    expect(await ask({ host, origin })).toBe("host_forbidden");
  },
);
