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
  "programs on this machine are answered at %s",
  async (host) => expect(await ask({ host })).toBe(200),
);

test.each(["evil.example", "localhost.evil.example:8081", "", "evil.example, localhost:8081"])(
  "a Host that is not this machine is refused, whatever page asks: %j",
  async (host) => {
    expect(await ask({ host })).toBe("host_forbidden");
    expect(await ask({ host, origin: `http://${host}` })).toBe("host_forbidden");
  },
);
