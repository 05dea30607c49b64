/** What the product has to know in the clear and nobody else may: private keys, passwords for other people's
 *  doors. What only has to be recognised is kept as a hash, elsewhere.
 *  Drivers: a sealed file (infra/local), Secret Manager (infra/google). */
export interface Secrets {
  /** Replaces the one of this name; resolves once it would survive a crash.
   *  @param name 1 to 100 small letters, digits and hyphens; names are no secrets
   *  @param value 1 byte to 64 KiB of UTF-8
   *  @throws secret_refused, secrets_down */
  put(name: string, value: string): Promise<void>;
  /** Undefined where there is none.
   *  @throws secrets_down; secrets_sealed where the key is not the one that it was sealed by */
  read(name: string): Promise<string | undefined>;
  /** From then on there is none, and what it was cannot be had back. @throws secrets_down */
  retire(name: string): Promise<void>;
  /** By name, without what they are. @throws secrets_down */
  list(): Promise<KnownSecret[]>;
}

export interface KnownSecret {
  readonly name: string;
  /** When it was put last, in Unix ms. */
  readonly put_at: number;
}

const namePattern = /^[a-z0-9][a-z0-9-]{0,99}$/;
const valueBytesMax = 64 * 1024;

/** What is wrong with it, for a sentence; undefined where nothing is. */
export function secretFault(name: string, value = "-"): string | undefined {
  if (!namePattern.test(name))
    return `its name is ${JSON.stringify(name.slice(0, 120))}; allowed are 1 to 100 small letters, digits and hyphens, the first no hyphen`;
  const bytes = Buffer.byteLength(value);
  if (bytes === 0 || bytes > valueBytesMax) return `it has ${bytes} bytes; allowed are 1 to ${valueBytesMax}`;
  if (!value.isWellFormed()) return "it is no well-formed text";
  return undefined;
}
