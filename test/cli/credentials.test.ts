import { expect, test } from "@jest/globals";
import { bearerFor, type Identify } from "../../cli/credentials.ts";

const identify: Identify = async (audience) => `identity for ${audience}`;
const bearer = (url: string, token?: string) =>
  bearerFor(new URL(url), token, identify);

test("without a token, Google's credentials say who asks, to the very service that is asked", async () => {
  expect(await bearer("https://admin-abc-ew.a.run.app/v1")).toBe(
    "identity for https://admin-abc-ew.a.run.app",
  );
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
])("nobody's identity is shown to %s", async (url) => {
  expect(await bearer(url)).toBeUndefined();
});

test("who has no Google credentials asks without", async () => {
  expect(
    await bearerFor(
      new URL("https://admin.example.com"),
      undefined,
      async () => undefined,
    ),
  ).toBeUndefined();
});
