import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { whoMayAsk } from "../../cli/api/api.ts";
import { inFolder } from "../support/folder.ts";
import { bearerFor, type Identify, whoAsks } from "../../cli/api/credentials.ts";

const identify: Identify = async (audience) => `identity for ${audience}`;
const bearer = (url: string, token?: string) => bearerFor(new URL(url), token, identify);

test("without a token, Google's credentials say who asks, to the very service that is asked", async () => {
  expect(await bearer("https://admin-abc-ew.a.run.app/v1")).toBe(
    "identity for https://admin-abc-ew.a.run.app",
  );
});

test("where the path names the function, it is the function that is told", async () => {
  const url = "https://europe-west1-p.cloudfunctions.net/afterclick-admin";
  expect(await bearer(`${url}/`)).toBe(`identity for ${url}`);
  expect(await bearer(url)).toBe(`identity for ${url}`);
});

test("a token that was given goes before Google's credentials", async () => {
  expect(await bearer("https://admin.example.com", "given")).toBe("given");
});

test.each([
  "http://127.0.0.1:8081",
  "http://localhost:8081",
  "https://localhost:8081",
  "https://127.9.9.9",
  "https://[::1]",
  "http://admin.example.com",
  "https://admin.example.com",
  "https://run.app.example.com",
  "https://notrun.app",
  "https://example.com/x.run.app",
  "http://admin-abc-ew.a.run.app",
])("nobody's identity is shown to %s", async (url) => {
  expect(await bearer(url)).toBeUndefined();
});

test("who has no Google credentials asks without", async () => {
  expect(
    await bearerFor(new URL("https://admin-abc-ew.a.run.app"), undefined, async () => undefined),
  ).toBeUndefined();
});

test.each([401, 403])(
  "a domain of one's own that answers %i is told from a missing role, in one line",
  (status) => {
    const own = new URL("https://admin.example.com/");
    const says = whoMayAsk(own, status, false);
    expect(says).toMatch(
      /^https:\/\/admin\.example\.com refuses this caller \(HTTP \d+\)\. No token was sent: .*--token or AFTERCLICK_TOKEN.*run\.app/,
    );
    expect(says).not.toContain("\n");
    expect(says).not.toContain("gcloud");
    // With one, the caller is known and lacks something.
    expect(whoMayAsk(own, status, true)).toContain("gcloud");
    const google = new URL("https://admin-abc-ew.a.run.app");
    expect(whoMayAsk(google, status, false)).toContain(
      status === 401
        ? "run gcloud auth application-default login, or give a token"
        : "needs the role Cloud Run Invoker",
    );
  },
);

test("Google's token goes twice: for Cloud Run, which takes the signature off, and whole for the admin API", async () => {
  const admin = new URL("https://admin-abc-ew.a.run.app");
  expect(await whoAsks(admin, undefined, "/nowhere", identify)).toEqual({
    authorization: `Bearer identity for ${admin.origin}`,
    "x-serverless-authorization": `Bearer identity for ${admin.origin}`,
  });
  const own = new URL("https://admin.example.com");
  expect(await whoAsks(own, "of gcloud".replace(" ", "-"), "/nowhere", identify)).toEqual({
    authorization: "Bearer of-gcloud",
    "x-serverless-authorization": "Bearer of-gcloud",
  });
});

test("a token of Afterclick's own is shown to the admin API alone; Cloud Run gets one of Google's beside it", async () => {
  const token = `afterclick_000000000000_${"x".repeat(43)}`;
  const admin = new URL("https://admin-abc-ew.a.run.app");
  expect(await whoAsks(admin, token, "/nowhere", identify)).toEqual({
    authorization: `Bearer ${token}`,
    "x-serverless-authorization": `Bearer identity for ${admin.origin}`,
  });
  for (const url of ["https://afterclick.example.com", "http://127.0.0.1:8081"])
    expect(await whoAsks(new URL(url), token, "/nowhere", identify)).toEqual({
      authorization: `Bearer ${token}`,
    });
});

test("what the data folder holds is shown to this machine alone, and only where it is a token", () =>
  inFolder(async (directory) => {
    const local = new URL("http://127.0.0.1:8081");
    expect(await whoAsks(local, undefined, directory, identify)).toEqual({});
    await writeFile(join(directory, "cli-token"), "m".repeat(43));
    expect(await whoAsks(local, undefined, directory, identify)).toEqual({
      authorization: `Bearer ${"m".repeat(43)}`,
    });
    expect(await whoAsks(local, "given", directory, identify)).toEqual({ authorization: "Bearer given" });
    for (const url of ["https://afterclick.example.com", "http://admin.example.com"])
      expect(await whoAsks(new URL(url), undefined, directory, identify)).toEqual({});
    await writeFile(join(directory, "cli-token"), "half a tok\r\nx: y");
    expect(await whoAsks(local, undefined, directory, identify)).toEqual({});
  }));
