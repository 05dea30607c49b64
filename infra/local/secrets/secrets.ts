import { randomBytes } from "node:crypto";
import { open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Problem } from "../../../functions/problem.ts";
import { secretRefused, secretsDown, secretsSealed } from "../../../functions/problems.ts";
import { secretFault, type Secrets } from "../../../functions/secrets.ts";
import { syncFolder } from "../folder/backup.ts";
import { secretsFile } from "../folder/page.ts";
import { seal, unseal } from "../../../functions/seal.ts";

/** The key lies beside, or is given: who copies the one file alone, as a backup does, has no secret. */
const keyFile = "secrets.key";

/** What the file holds: a name is told, a value is sealed. */
interface Sealed {
  readonly format: 1;
  readonly secrets: Readonly<Record<string, { readonly put_at: number; readonly sealed: string }>>;
}

const keyPattern = /^[0-9a-f]{64}$/i;

/** Secrets in a file of the data folder, for its owner alone. The files are made with the first secret.
 *  @param options.key 64 hex digits; of the file beside it where left out */
export function openSecrets(
  directory: string,
  { key: given, now }: { key?: string | undefined; now: () => number },
): Secrets {
  const file = join(directory, secretsFile);
  let last: Promise<unknown> = Promise.resolve();

  /** A change begins with what the one before it has written. */
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const mine = last.then(() => answered(work));
    // Whoever asked for it hears of its failure; the next one only waits for its end.
    last = mine.catch(() => undefined);
    return mine;
  };

  async function readSealed(): Promise<Sealed> {
    const text = await readFile(file, "utf8").catch(nothingThere);
    if (text === undefined) return { format: 1, secrets: {} };
    const found = parsed(text);
    if (found === undefined) throw secretsDown({ why: `${file} is not what this Afterclick writes` });
    return found;
  }

  const keyPath = join(directory, keyFile);
  async function readKey(): Promise<Buffer | undefined> {
    const text = given ?? (await readFile(keyPath, "utf8").catch(nothingThere))?.trim();
    if (text === undefined) return undefined;
    if (!keyPattern.test(text)) throw secretsDown({ why: `${keyPath} does not hold 64 hex digits` });
    return Buffer.from(text, "hex");
  }

  /** @throws secrets_sealed where there are secrets of a key that is gone: a new one would hide that */
  async function keyFor({ secrets }: Sealed): Promise<Buffer> {
    const key = await readKey();
    if (key !== undefined) return key;
    if (Object.keys(secrets).length > 0) throw secretsSealed({ why: `${keyPath} is not there` });
    const made = randomBytes(32);
    await writeWhole(keyPath, `${made.toString("hex")}\n`);
    return made;
  }

  const opened = (key: Buffer, name: string, sealed: string): string => {
    try {
      return unseal(key, name, sealed);
    } catch (error) {
      throw secretsSealed({ why: `${name} was sealed by another key, or its bytes were changed` }, error);
    }
  };

  return {
    async put(name, value) {
      const fault = secretFault(name, value);
      if (fault !== undefined) throw secretRefused({ what: fault });
      await inTurn(async () => {
        const before = await readSealed();
        const key = await keyFor(before);
        // One file has one key: what another one sealed would be lost without a word.
        const [known] = Object.entries(before.secrets);
        if (known !== undefined) opened(key, known[0], known[1].sealed);
        const secrets = {
          ...before.secrets,
          [name]: { put_at: now(), sealed: seal(key, name, value) },
        };
        await writeWhole(file, text({ format: 1, secrets }));
      });
    },

    read: (name) =>
      inTurn(async () => {
        const { secrets } = await readSealed();
        const known = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
        if (known === undefined) return undefined;
        const key = await readKey();
        if (key === undefined) throw secretsSealed({ why: `${keyPath} is not there` });
        return opened(key, name, known.sealed);
      }),

    retire: (name) =>
      inTurn(async () => {
        const before = await readSealed();
        if (!Object.hasOwn(before.secrets, name)) return;
        const { [name]: _retired, ...secrets } = before.secrets;
        await writeWhole(file, text({ format: 1, secrets }));
      }),

    list: () =>
      inTurn(async () => {
        const { secrets } = await readSealed();
        return Object.entries(secrets)
          .map(([name, { put_at }]) => ({ name, put_at }))
          .sort((one, other) => (one.name < other.name ? -1 : 1));
      }),
  };
}

/** Under its name only when all of it is on the disk. */
async function writeWhole(path: string, content: string): Promise<void> {
  const partial = `${path}.partial`;
  const handle = await open(partial, "w", 0o600);
  try {
    // One that lay there may have been open to others.
    await handle.chmod(0o600);
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(partial, path);
  await syncFolder(dirname(path));
}

function text(sealed: Sealed): string {
  return `${JSON.stringify(sealed, null, 2)}\n`;
}

/** Undefined where it is not what we write. */
function parsed(content: string): Sealed | undefined {
  let found: unknown;
  try {
    found = JSON.parse(content);
  } catch {
    return undefined;
  }
  const { format, secrets } = Object(found) as Partial<Sealed>;
  const isWhole =
    format === 1 &&
    typeof secrets === "object" &&
    Object.values(secrets).every(
      (one) => typeof Object(one).put_at === "number" && typeof Object(one).sealed === "string",
    );
  return isWhole ? (found as Sealed) : undefined;
}

async function answered<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw secretsDown({ why: (error as Error).message }, error);
  }
}

function nothingThere(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
