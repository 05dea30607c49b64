import { expect, test } from "@jest/globals";
import { whoMayAsk } from "../../cli/api/api.ts";
import { bearerFor, type Identify } from "../../cli/api/credentials.ts";

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
