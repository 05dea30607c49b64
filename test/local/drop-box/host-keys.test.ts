import { afterEach, expect, jest, test } from "@jest/globals";
import ssh2 from "ssh2";
import { hostKeys } from "../../../infra/local/drop-box/host-keys.ts";

afterEach(() => void jest.restoreAllMocks());

test("a key that ssh2 wrote too short is not kept, since no door would ever open with it", async () => {
  const kept = new Map<string, string>();
  const secrets = {
    read: async (name: string) => kept.get(name),
    put: async (name: string, key: string) => void kept.set(name, key),
  };
  const { generateKeyPair } = ssh2.utils;
  let made = 0;
  jest.spyOn(ssh2.utils, "generateKeyPair").mockImplementation((type, options, done) =>
    generateKeyPair(type, options, (error, key) => {
      made += 1;
      const cut = { ...key, private: key.private.replace(/^.*\n.{40}/, (text) => text.slice(0, -8)) };
      done(error, made === 1 ? cut : key);
    }),
  );
  const { keys, fingerprints } = await hostKeys(secrets);
  expect(fingerprints.map(({ type }) => type)).toEqual(["ssh-ed25519", "ssh-rsa"]);
  expect([...kept.values()]).toEqual(keys);
  expect(made).toBeGreaterThanOrEqual(3);
});
