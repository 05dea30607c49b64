import ssh2 from "ssh2";
import { fingerprintOf } from "../../../functions/import/drop-box/ssh-key.ts";
import type { Secrets } from "../../../functions/secrets.ts";

/** By which senders know the server: made once, since every sender refuses one that has changed. */
export interface HostKeys {
  /** In OpenSSH's form. */
  readonly keys: readonly string[];
  readonly fingerprints: readonly { readonly type: string; readonly fingerprint: string }[];
}

const kinds = [
  { name: "sftp-host-key-ed25519", type: "ed25519", options: {} },
  { name: "sftp-host-key-rsa", type: "rsa", options: { bits: 3072 } },
] as const;

/** @throws secrets_down, secrets_sealed */
export async function hostKeys(secrets: Pick<Secrets, "read" | "put">): Promise<HostKeys> {
  const keys: string[] = [];
  for (const { name, type, options } of kinds) {
    const known = await secrets.read(name);
    const key = known ?? (await generate(type, options));
    if (known === undefined) await secrets.put(name, key);
    keys.push(key);
  }
  const fingerprints = keys.map((key) => {
    const parsed = ssh2.utils.parseKey(key);
    if (parsed instanceof Error) throw parsed;
    return { type: parsed.type, fingerprint: fingerprintOf(parsed.getPublicSSH()) };
  });
  return { keys, fingerprints };
}

/** ssh2 writes one Ed25519 key in 256 too short: it leaves out a first byte of the public key that is 0. */
async function generate(type: "ed25519" | "rsa", options: { bits?: number }): Promise<string> {
  for (;;) {
    const key = await new Promise<string>((resolve, reject) => {
      ssh2.utils.generateKeyPair(type, options, (error, made) =>
        error === null ? resolve(made.private) : reject(error),
      );
    });
    if (!(ssh2.utils.parseKey(key) instanceof Error)) return key;
  }
}
