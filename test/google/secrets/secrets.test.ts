import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { openSecrets } from "../../../infra/google/secrets/secrets.ts";
import { secretsPromises } from "../../promises/secrets.ts";
import { startFakeSecretManager, type FakeSecretManager } from "../../support/doubles/cloud/fake-secrets.ts";

/** Secrets over a double of Secret Manager that answers as it does. */

let manager: FakeSecretManager;
let at = 0;
beforeAll(async () => {
  manager = await startFakeSecretManager();
});
beforeEach(() => {
  manager.secrets.clear();
  manager.calls.length = 0;
  manager.fault = () => undefined;
  at = Date.parse("2026-11-20T08:00:00Z");
  manager.now = () => at;
});
afterAll(() => manager.close());

const open = (more: { kmsKey?: string } = {}) =>
  openSecrets({
    project: manager.project,
    prefix: "afterclick_",
    location: "europe-west1",
    emulator: manager.address,
    now: () => at,
    ...more,
  });

secretsPromises("Secret Manager", async () => {
  // It is one for the whole file, as a project has one.
  manager.secrets.clear();
  return {
    secrets: open(),
    wait: (ms) => void (at += ms),
    reopen: async () => open(),
    close: async () => undefined,
  };
});

test("a value lies in the region that was said, under its key, and what it replaced is destroyed", async () => {
  const kmsKey = "projects/p1/locations/europe-west1/keyRings/r/cryptoKeys/k";
  const secrets = open({ kmsKey });
  await secrets.put("a", "first");
  await secrets.put("a", "second");
  const { replication, versions } = manager.secrets.get("afterclick_a")!;
  expect(replication).toEqual({
    userManaged: {
      replicas: [{ location: "europe-west1", customerManagedEncryption: { kmsKeyName: kmsKey } }],
    },
  });
  expect(versions.map(({ state }) => state)).toEqual(["DESTROYED", "ENABLED"]);
  expect(versions[0]).not.toHaveProperty("data");
});

test("what is read is remembered for a minute and no longer, and what is not there not at all", async () => {
  const [secrets, other] = [open(), open()];
  const reads = () => manager.calls.filter((call) => call.endsWith(":access")).length;
  expect(await other.read("a")).toBeUndefined();
  await secrets.put("a", "first");
  expect(await other.read("a")).toBe("first");
  await secrets.put("a", "second");
  at += 59_999;
  expect(await other.read("a")).toBe("first");
  expect(reads()).toBe(2);
  at += 1;
  expect(await other.read("a")).toBe("second");
  await secrets.retire("a");
  at += 60_000;
  expect(await other.read("a")).toBeUndefined();
});

test("where the service is away, nothing that was remembered longer than a minute is taken", async () => {
  const secrets = open();
  await secrets.put("a", "value-of-a");
  manager.fault = () => 403;
  expect(await secrets.read("a")).toBe("value-of-a");
  at += 60_000;
  const failures = await Promise.all(
    [
      secrets.read("a"),
      secrets.read("b"),
      secrets.put("a", "other"),
      secrets.list(),
      secrets.retire("a"),
    ].map((work) =>
      work.then(
        () => "done",
        (error: unknown) => error,
      ),
    ),
  );
  for (const failure of failures) {
    expect(failure).toMatchObject({
      code: "secrets_down",
      message: expect.stringContaining("PERMISSION_DENIED"),
    });
    expect(String(failure)).not.toContain("value-of-a");
  }
  manager.fault = () => undefined;
  expect(await secrets.read("a")).toBe("value-of-a");
});

test("a value that a change overtook while it was read is not remembered", async () => {
  const secrets = open();
  await secrets.put("a", "first");
  at += 60_000;
  let changed: Promise<void> | undefined;
  manager.fault = (call) => {
    // The answer is lost once; until the read asks again the secret is retired.
    if (!call.endsWith(":access") || changed !== undefined) return undefined;
    changed = secrets.retire("a");
    return "lost";
  };
  const read = await secrets.read("a");
  await changed;
  expect([undefined, "first"]).toContain(read);
  expect(await secrets.read("a")).toBeUndefined();
});

test("a service that is busy or away for a moment is asked again, and a lost answer loses nothing", async () => {
  const secrets = open();
  for (const fault of [429, 503, "lost"] as const) {
    const before = manager.calls.length;
    manager.fault = (_call, count) => (count === before + 1 ? fault : undefined);
    await secrets.put(`a-${fault}`, "value");
    expect(await open().read(`a-${fault}`)).toBe("value");
    // The one before a lost answer is destroyed with the rest.
    const { versions } = manager.secrets.get(`afterclick_a-${fault}`)!;
    expect(versions.filter(({ state }) => state === "ENABLED")).toHaveLength(1);
  }
});

test("a version that somebody has disabled is told, never taken for none; one that is destroyed is none", async () => {
  const secrets = open();
  await secrets.put("a", "value");
  const [version] = manager.secrets.get("afterclick_a")!.versions;
  version!.state = "DISABLED";
  await expect(open().read("a")).rejects.toMatchObject({
    code: "secrets_down",
    message: expect.stringContaining("disabled"),
  });
  expect((await secrets.list()).map(({ name }) => name)).toEqual(["a"]);
  version!.state = "DESTROYED";
  expect(await open().read("a")).toBeUndefined();
  expect(await secrets.list()).toEqual([]);
  await secrets.put("a", "another");
  expect(await open().read("a")).toBe("another");
});

test("a 404 that is none of Secret Manager's is no word about a secret", async () => {
  const secrets = open();
  manager.fault = () => "page";
  for (const work of [secrets.read("a"), secrets.put("a", "x"), secrets.retire("a")])
    await expect(work).rejects.toMatchObject({ code: "secrets_down" });
});

test("secrets of another installation, and those that are no names of ours, are not listed or touched", async () => {
  const other = openSecrets({
    project: manager.project,
    prefix: "afterclick-two_",
    location: "europe-west1",
    emulator: manager.address,
    now: () => at,
  });
  await other.put("x", "theirs");
  const secrets = open();
  await secrets.put("a", "1");
  manager.secrets.set("afterclick_By_Hand", { replication: {}, versions: [] });
  manager.secrets.set("my_afterclick_b", { replication: {}, versions: [] });
  // Made, and then its first version never came.
  manager.secrets.set("afterclick_empty", { replication: {}, versions: [] });
  expect(await secrets.list()).toEqual([{ name: "a", put_at: at }]);
  expect(await secrets.read("empty")).toBeUndefined();
  await secrets.put("empty", "now");
  expect((await secrets.list()).map(({ name }) => name)).toEqual(["a", "empty"]);
  expect(await other.read("x")).toBe("theirs");
});
