import { expect, test } from "@jest/globals";
import { openAdmin } from "../support/admin.ts";

const local = "localhost:8081";
const cloud = "admin-x7.a.run.app";
const { ask } = await openAdmin();
const codeOf = async (method: string, path: string, headers: Record<string, string>, body?: unknown) => {
  const { status, json } = await ask(method, path, body, headers);
  return status < 300 ? status : json.code;
};
const list = (headers: Record<string, string>) => codeOf("GET", "/v1/streams", headers);

test("programs are answered, and so is the page that the admin API itself serves, on both grounds", async () => {
  for (const [host, origin] of [
    [local, `http://${local}`],
    ["127.0.0.1:8081", "http://127.0.0.1:8081"],
    ["[::1]:8081", "http://[::1]:8081"],
    ["Admin-x7.a.run.app", `https://${cloud}`],
    [cloud, `https://${cloud}`],
  ] as const) {
    expect(await list({ host })).toBe(200);
    expect(await list({ host, origin })).toBe(200);
    for (const site of ["same-origin", "none"])
      expect(await list({ host, "sec-fetch-site": site })).toBe(200);
  }
});

test.each([
  [local, "http://localhost:3000"],
  [local, "http://localhost"],
  [local, "http://localhost:80810"],
  [local, "https://localhost:8081"],
  [local, "http://127.0.0.1:8081"],
  [local, "localhost:8081"],
  [local, "https://evil.example"],
  [local, "http://localhost:8081.evil.example"],
  [local, "null"],
  [local, ""],
  [cloud, `http://${cloud}`],
  [cloud, `https://${cloud}:8443`],
  [cloud, "https://other-x7.a.run.app"],
  [cloud, `https://${cloud}, https://${cloud}`],
  [cloud, "null"],
  [cloud, ""],
])("at %s a web page of %j is refused, whatever it asks for", async (host, origin) => {
  const stream = { table: "crm.leads", offset: "UTC" };
  expect([
    await list({ host, origin }),
    await codeOf("POST", "/v1/streams", { host, origin }, stream),
  ]).toEqual(["origin_forbidden", "origin_forbidden"]);
});

test.each(["cross-site", "same-site", "", "none, cross-site", "None"])(
  "what a browser says to come from %j is refused, with and without an Origin",
  async (site) => {
    for (const [host, origin] of [
      [local, `http://${local}`],
      [cloud, `https://${cloud}`],
    ] as const) {
      expect(await list({ host, "sec-fetch-site": site })).toBe("origin_forbidden");
      expect(await list({ host, origin, "sec-fetch-site": site })).toBe("origin_forbidden");
    }
  },
);

test("a link or a sign-in that leads here opens in its own tab; in a frame, or to change something, it does not", async () => {
  const follows = { host: cloud, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  expect(await list({ ...follows, "sec-fetch-dest": "document" })).toBe(200);
  for (const dest of ["iframe", "object", "image", ""])
    expect(await list({ ...follows, "sec-fetch-dest": dest })).toBe("origin_forbidden");
  const sent = { ...follows, "sec-fetch-dest": "document" };
  expect(await codeOf("POST", "/v1/streams", sent, {})).toBe("origin_forbidden");
  expect(await list({ ...sent, "sec-fetch-mode": "no-cors" })).toBe("origin_forbidden");
});

test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "json"])(
  "a body that came as %j, as any page could send it, changes nothing",
  async (type) => {
    const before = (await ask("GET", "/v1/streams")).json.streams.length;
    const headers = { host: local, "content-type": type };
    const stream = { table: "crm.leads", offset: "UTC" };
    expect(await codeOf("POST", "/v1/streams", headers, stream)).toBe("unsupported_media_type");
    expect(await codeOf("DELETE", "/v1/streams/00000000-0000-4000-8000-000000000000", headers)).toBe(
      "unsupported_media_type",
    );
    expect((await ask("GET", "/v1/streams")).json.streams).toHaveLength(before);
  },
);

test("JSON is taken by its name, in whatever case and with its charset; what has no body needs none", async () => {
  for (const type of ["application/json", "Application/JSON", "application/json; charset=utf-8"])
    expect(
      await codeOf(
        "POST",
        "/v1/streams",
        { host: local, "content-type": type },
        { table: "a.b", offset: "UTC" },
      ),
    ).toBe(201);
  const gone = "/v1/streams/00000000-0000-4000-8000-000000000000";
  expect(await codeOf("DELETE", gone, { host: local })).toBe("stream_unknown");
  expect(await codeOf("DELETE", gone, { host: local, "content-length": "0" })).toBe("stream_unknown");
  expect(await codeOf("DELETE", gone, { host: local, "content-length": "2" })).toBe("unsupported_media_type");
  expect(await codeOf("DELETE", gone, { host: local, "transfer-encoding": "chunked" })).toBe(
    "unsupported_media_type",
  );
  expect(await list({ host: local, "content-type": "text/plain" })).toBe(200);
});
