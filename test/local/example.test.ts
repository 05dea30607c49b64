import { expect, test } from "@jest/globals";
import { asProblem } from "../../functions/problem.ts";
import type { Request } from "../../functions/request.ts";
import { readConfig } from "../../infra/config.ts";
import { configSchema, type Config } from "../../infra/local/config.ts";
import { exampleStreamId } from "../../functions/streams/example.ts";
import { exampleFromHere, isForTrying } from "../../infra/local/example.ts";
import { request } from "../support/request.ts";

const path = `/ds/${exampleStreamId}`;
const own = "/ds/00000000-0000-4000-8000-000000000000";
const here = { path, remoteAddress: "127.0.0.1", headers: { host: "localhost:8080" } };

const ask = async (given: Partial<Omit<Request, "body">>, forTrying = true) => {
  try {
    return (await exampleFromHere(() => ({ status: 200 }), forTrying)(request({ ...here, ...given }))).status;
  } catch (error) {
    return asProblem(error).code;
  }
};

test.each(["POST", "PUT", "GET", "HEAD", "OPTIONS", "DELETE"])(
  "a %s of the example is answered to this machine alone, by that name alone",
  async (method) => {
    expect(await ask({ method })).toBe(200);
    expect(await ask({ method, path: path.toUpperCase().replace("/DS/", "/ds/") })).toBe(200);
    for (const host of ["[::1]:8080", "127.0.0.1", "LOCALHOST:80", "127.0.0.1:8080, localhost:8080"])
      expect(await ask({ method, remoteAddress: "::1", headers: { host } })).toBe(200);
    const elsewhere: Partial<Omit<Request, "body">>[] = [
      { remoteAddress: "192.0.2.1" },
      { remoteAddress: "172.17.0.1" },
      { remoteAddress: "" },
      { headers: {} },
      // Two of them: what the target names, as to a proxy, and what Host says.
      ...[
        "hits.example.com",
        "localhost.example.com",
        "192.168.0.2:8080",
        "",
        "hits.example.com, localhost:8080",
        "localhost:8080, hits.example.com",
        ", localhost:8080",
      ].map((host) => ({
        headers: { host },
      })),
      ...["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"].map(
        (name) => ({ headers: { ...here.headers, [name]: "" } }),
      ),
    ];
    for (const given of elsewhere)
      for (const shown of [path, path.replaceAll("e", "E")])
        expect([given, await ask({ method, path: shown, ...given })]).toEqual([given, "stream_not_found"]);
    expect(await ask({ method }, false)).toBe("stream_not_found");
    expect(await ask({ method, path: own, remoteAddress: "192.0.2.1" }, false)).toBe(200);
  },
);

test.each<[Record<string, string>, boolean]>([
  [{}, true],
  [{ HOST: "127.0.0.1" }, true],
  [{ HOST: "::" }, true],
  [{ HOST: "::1" }, true],
  [{ HOST: "192.168.0.2" }, false],
  [{ COLLECT_URL: "http://localhost:9000" }, true],
  [{ COLLECT_URL: "http://[::1]:9000/in" }, true],
  [{ COLLECT_URL: "https://hits.example.com" }, false],
  [{ COLLECT_URL: "https://localhost.example.com" }, false],
  [{ COLLECT_URL: "https://localhost@hits.example.com" }, false],
  [{ COLLECT_URL: "https://hits.example.com", HOST: "127.0.0.1" }, false],
])("with %j the example exists: %s", (env, exists) => {
  expect(isForTrying(readConfig<Config>(configSchema, env))).toBe(exists);
});
