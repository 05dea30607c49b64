import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createSign, generateKeyPairSync } from "node:crypto";
import { asProblem } from "../../functions/problem.ts";
import { readConfig } from "../../infra/config.ts";
import { openAdmin } from "../../infra/google/admin.ts";
import { configSchema, type AdminConfig } from "../../infra/google/config.ts";
import { startEmulator, withEmulators, type Emulator } from "../support/google/emulators.ts";
import { freshName } from "../support/google/google.ts";
import { request } from "../support/request.ts";

/** Admin as it is deployed, on Firestore's emulator, with keys of our own in the place of Google's. */
withEmulators(["firestore"], () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator("firestore");
  });
  afterAll(() => emulator.stop());

  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const keys = async () => ({ k: String(publicKey.export({ type: "spki", format: "pem" })) });
  const service = "https://afterclick-admin-1.europe-west1.run.app";
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  function tokenOf(email: string): string {
    const now = Math.floor(Date.now() / 1000);
    const text = `${part({ alg: "RS256", kid: "k" })}.${part({
      iss: "https://accounts.google.com",
      aud: service,
      email,
      email_verified: true,
      iat: now,
      exp: now + 600,
    })}`;
    return `${text}.${createSign("sha256").update(text).sign(privateKey, "base64url")}`;
  }

  async function opened(env: Record<string, string> = {}) {
    const project = freshName("project");
    const config = readConfig<AdminConfig>(configSchema("admin"), {
      FUNCTION_TARGET: "admin",
      PROJECT: project,
      LOCATION: "EU",
      TOPIC: `projects/${project}/topics/hits`,
      SUBSCRIPTION: `projects/${project}/subscriptions/deliver`,
      RETRY_SUBSCRIPTION: `projects/${project}/subscriptions/retried`,
      JOBS_TOPIC: `projects/${project}/topics/jobs`,
      COLLECT_URL: "https://hits.example.com",
      AUDIENCES: service,
      FIRESTORE_EMULATOR_HOST: emulator.address,
      // Nothing here asks it.
      PUBSUB_EMULATOR_HOST: "127.0.0.1:9",
      ...env,
    });
    const { handler, close } = await openAdmin(config, () => undefined, "1.2.3", { iap: keys, google: keys });
    const ask = async (method: string, path: string, headers: Record<string, string> = {}, body?: object) => {
      const json = body === undefined ? {} : { "content-type": "application/json" };
      const host = new URL(service).host;
      try {
        const reply = await handler(
          request({ method, path, headers: { host, ...json, ...headers }, body: JSON.stringify(body) ?? "" }),
        );
        return { status: reply.status, said: Buffer.from((reply.body ?? "") as Uint8Array).toString() };
      } catch (error) {
        const { status, code } = asProblem(error);
        return { status, said: code };
      }
    };
    return { ask, close };
  }
  const by = (mail: string) => ({ authorization: `Bearer ${tokenOf(mail)}` });

  test("the first admins are in from the start, add the others, and stay admins whatever a document says", async () => {
    const { ask, close } = await opened({ FIRST_ADMINS: "Ada@example.com,bob@example.com" });
    try {
      expect((await ask("GET", "/v1/me")).said).toBe("sign_in_needed");
      expect((await ask("GET", "/v1/me", by("maria@example.com"))).said).toBe("person_not_let_in");
      expect(JSON.parse((await ask("GET", "/v1/me", by("ada@example.com"))).said)).toMatchObject({
        role: "admin",
      });
      const maria = { name: "maria@example.com", role: "editor" };
      expect((await ask("POST", "/v1/people", by("ada@example.com"), maria)).status).toBe(201);
      expect(JSON.parse((await ask("GET", "/v1/me", by("maria@example.com"))).said)).toEqual({
        name: "maria@example.com",
        role: "editor",
        sees_payloads: false,
        how: "google",
      });
      const lesser = { role: "viewer", sees_payloads: false };
      const changed = await ask("PATCH", "/v1/people/bob@example.com", by("ada@example.com"), lesser);
      expect(changed.status).toBe(200);
      expect(JSON.parse((await ask("GET", "/v1/me", by("bob@example.com"))).said)).toMatchObject({
        role: "admin",
        sees_payloads: false,
      });
      expect((await ask("DELETE", "/v1/people/maria@example.com", by("bob@example.com"))).status).toBe(200);
      expect((await ask("GET", "/v1/me", by("maria@example.com"))).said).toBe("person_not_let_in");
      const { entries } = JSON.parse((await ask("GET", "/v1/audit", by("ada@example.com"))).said) as {
        entries: { who: string; what: string }[];
      };
      expect(entries.map(({ who, what }) => [who, what])).toEqual([
        ["bob@example.com", "person_removed"],
        ["ada@example.com", "person_changed"],
        ["ada@example.com", "person_added"],
      ]);
    } finally {
      await close();
    }
  });

  test("what says who asks and is not signed counts for nothing", async () => {
    const { ask, close } = await opened({ FIRST_ADMINS: "ada@example.com" });
    try {
      const stripped = tokenOf("ada@example.com").replace(/[^.]+$/, "SIGNATURE_REMOVED_BY_GOOGLE");
      const unsigned: Record<string, string>[] = [
        { authorization: `Bearer ${stripped}` },
        { "x-serverless-authorization": `Bearer ${tokenOf("ada@example.com")}` },
        { "x-goog-authenticated-user-email": "accounts.google.com:ada@example.com" },
      ];
      for (const headers of unsigned)
        expect((await ask("GET", "/v1/me", headers)).said).toBe("sign_in_needed");
    } finally {
      await close();
    }
  });

  test("on emulators, where nobody is named, everybody is let in, and nobody is where somebody is", async () => {
    const { ask, close } = await opened();
    try {
      expect(JSON.parse((await ask("GET", "/v1/me")).said)).toMatchObject({ how: "machine" });
    } finally {
      await close();
    }
  });
});
