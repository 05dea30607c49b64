import { createHash } from "node:crypto";
import { sshKeyRefused } from "../../problems.ts";

/** A public key of a sender, as a line of `authorized_keys` or an `id_….pub` file has it. */
export interface SshKey {
  readonly type: string;
  /** `SHA256:…`, as ssh-keygen -l shows it. */
  readonly fingerprint: string;
  /** In base64, as the line has it. */
  readonly blob: string;
  readonly comment: string;
}

const types = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"];
const rsaBitsMin = 3072;
const lineBytesMax = 16 * 1024;

/** @throws ssh_key_refused */
export function parseSshKey(line: string): SshKey {
  if (Buffer.byteLength(line) > lineBytesMax) throw sshKeyRefused({ what: "it is longer than 16 KiB" });
  const text = line.trim();
  if (/PRIVATE KEY/.test(text))
    throw sshKeyRefused({ what: "it is a private key, which nobody should ever send; give the .pub file" });
  const [type = "", blob = "", ...comment] = text.split(/[ \t]+/);
  if (/[\r\n]/.test(text)) throw sshKeyRefused({ what: "it has several lines; give one key" });
  if (!types.includes(type))
    throw sshKeyRefused({ what: `it begins with ${JSON.stringify(type.slice(0, 40))}` });
  const bytes = Buffer.from(blob, "base64");
  const parts = partsOf(bytes);
  if (bytes.toString("base64").replace(/=+$/, "") !== blob.replace(/=+$/, "") || parts === undefined)
    throw sshKeyRefused({ what: "what stands behind its type is cut off or no base64 of a key" });
  if (parts[0]!.toString("latin1") !== type)
    throw sshKeyRefused({ what: "what stands behind its type is a key of another type" });
  if (parts.length !== (type === "ssh-ed25519" ? 2 : 3))
    throw sshKeyRefused({ what: "it does not have the parts of a key of its type" });
  if (type === "ssh-rsa" && bitsOf(parts[2]!) < rsaBitsMin)
    throw sshKeyRefused({ what: `it is an RSA key of ${bitsOf(parts[2]!)} bits` });
  return {
    type,
    fingerprint: fingerprintOf(bytes),
    blob: bytes.toString("base64"),
    comment: comment.join(" "),
  };
}

/** @param blob a public key in the form of RFC 4253 */
export function fingerprintOf(blob: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** Length and bytes, one after the other; undefined where the last one is cut off. */
function partsOf(bytes: Buffer): Buffer[] | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + 4 > bytes.length) return undefined;
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return undefined;
    parts.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return parts.length === 0 ? undefined : parts;
}

function bitsOf(number: Buffer): number {
  const first = number.findIndex((byte) => byte !== 0);
  return first === -1 ? 0 : (number.length - first) * 8 - Math.clz32(number[first]!) + 24;
}
