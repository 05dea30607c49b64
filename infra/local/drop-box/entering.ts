import ssh2, { type Authentication } from "ssh2";
import { isAllowed } from "../../../functions/import/drop-box/addresses.ts";
import { enterByKey, enterByPassword, type Bans } from "../../../functions/import/drop-box/enter.ts";
import type { DropBox } from "../../../functions/import/drop-box/boxes.ts";
import type { AuditPorts } from "../../../functions/people/audit.ts";

/** How a client signs in: by a password, typed or given, or by a key. */

const methods = ["publickey", "password", "keyboard-interactive"];
/** RSA by SHA-1 alone is refused. */
const rsaHashes = ["sha256", "sha512"];
/** A client may offer so many keys and passwords on one connection. */
const triesMax = 20;

export interface Entering {
  readonly ports: Pick<AuditPorts, "documents" | "now">;
  readonly bans: Bans;
  readonly address: string;
  readonly entered: (box: DropBox) => void;
  /** Ends the connection. */
  readonly end: () => void;
  /** Somebody has what opens the box, and comes from where nobody may. */
  readonly strange: (box: DropBox) => Promise<void>;
  /** What nobody foresaw. */
  readonly failed: (error: unknown) => void;
}

/** @returns what decides each attempt of one connection */
export function createEntering({ ports, bans, address, entered, end, strange, failed }: Entering) {
  let tries = 0;

  /** The proof of a password counts; that of a key was tried by nobody who has not got it. */
  async function byPassword(user: string, password: string): Promise<DropBox | undefined> {
    if (bans.isBanned(address, user)) return undefined;
    const box = await fromHere(await enterByPassword(ports, user, password));
    if (box === undefined) bans.failed(address, user);
    else bans.entered(address, user);
    return box;
  }

  /** Whoever comes from elsewhere learns as little as from a wrong password. */
  async function fromHere(box: DropBox | undefined): Promise<DropBox | undefined> {
    if (box === undefined || isAllowed(box.addresses, address)) return box;
    await strange(box);
    return undefined;
  }

  async function decide(context: Authentication): Promise<DropBox | "offered" | undefined> {
    const { username } = context;
    switch (context.method) {
      case "password":
        return byPassword(username, context.password);
      case "keyboard-interactive": {
        const answers = await new Promise<readonly string[]>((resolve) =>
          context.prompt([{ prompt: "Password: ", echo: false }], (given) =>
            resolve(Array.isArray(given) ? (given as string[]) : []),
          ),
        );
        return byPassword(username, answers[0] ?? "");
      }
      case "publickey": {
        const { key, hashAlgo, signature, blob } = context;
        if (key.algo === "ssh-rsa" && !rsaHashes.includes(hashAlgo ?? "")) return undefined;
        const known = bans.isBanned(address, username)
          ? undefined
          : await enterByKey(ports, username, key.data);
        if (known === undefined) return undefined;
        if (signature === undefined || blob === undefined) return "offered";
        const parsed = ssh2.utils.parseKey(`${known.key.type} ${known.key.blob}`);
        return !(parsed instanceof Error) && parsed.verify(blob, signature, hashAlgo) === true
          ? fromHere(known.box)
          : undefined;
      }
      default:
        return undefined;
    }
  }

  return async (context: Authentication): Promise<void> => {
    tries += 1;
    if (tries > triesMax) return end();
    try {
      const found = await decide(context);
      if (found === undefined) return context.reject(methods);
      if (found !== "offered") entered(found);
      context.accept();
    } catch (error) {
      // Nobody gets in while it cannot be known who may.
      failed(error);
      context.reject(methods);
    }
  };
}
