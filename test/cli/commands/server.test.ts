import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { afterclick, fakeAdmin, stopClock } from "../../support/cli.ts";

afterEach(() => void jest.restoreAllMocks());

describe("the server", () => {
  test("status leaves with 1 when a check fails", async () => {
    const json = {
      version: "0.1.0",
      collect_url: "http://localhost:8080",
      queue: { waiting: 3, oldest_received_at: stopClock() - 30_000 },
      dead_letters: { waiting: 10_000, at_least: true },
      streams: { total: 2, invalid: 1 },
      checks: [
        { name: "queue", ok: true },
        { name: "warehouse", ok: false, detail: "The disk is full." },
      ],
    };
    await using admin = await fakeAdmin({ "GET /v1/status": { json } });
    const { code, out } = await afterclick(["status"], { url: admin.url });
    expect(code).toBe(1);
    expect(out).toMatch(/^waiting hits +3, the oldest received 30 s ago/m);
    expect(out).toMatch(/^dead letters +more than 10000 waiting$/m);
    expect(out).toContain("FAILED  warehouse: The disk is full.");
  });

  test("status says that it cannot be told what a part that is down would have told", async () => {
    const json = {
      version: "0.1.0",
      queue: {},
      dead_letters: {},
      streams: {},
      checks: [{ name: "registry", ok: false, detail: "No answer in 5 s." }],
    };
    await using admin = await fakeAdmin({ "GET /v1/status": { json } });
    const { code, out } = await afterclick(["status"], { url: admin.url });
    expect(code).toBe(1);
    for (const fact of ["waiting hits", "dead letters", "streams"])
      expect(out).toMatch(new RegExp(`^${fact} +cannot be told$`, "m"));
  });

  test("openapi prints the document, backup names the whole path", async () => {
    await using admin = await fakeAdmin({
      "GET /openapi.json": { json: { openapi: "3.1.0", paths: {} } },
      "POST /v1/backup": {
        json: {
          directory: "/w/b",
          files: [{ name: "queue.sqlite", bytes: 4096 }],
        },
      },
    });
    expect(JSON.parse((await afterclick(["openapi"], { url: admin.url })).out)).toEqual({
      openapi: "3.1.0",
      paths: {},
    });
    const { out, err } = await afterclick(["backup", "b"], {
      url: admin.url,
      workingDir: "/w",
    });
    expect(admin.asked[1]?.body).toEqual({ directory: "/w/b" });
    expect(out).toContain("queue.sqlite |  4096");
    expect(err).toContain("/w/b");
  });
});
