import type { Secrets } from "../secrets.ts";
import { type Letter, letters, secretPrefix } from "./live-secrets.ts";
import { type Sender, slotsOf } from "./sender.ts";

export interface StreamSecret {
  readonly slot: string;
  readonly letter: Letter;
  /** Unix ms. */
  readonly put_at: number;
}

/** Of one stream, without what they are. */
export interface StreamSecrets {
  readonly secrets: readonly StreamSecret[];
  /** Slots that the stream's sender needs and that have none: its hits are kept apart. */
  readonly missing: readonly string[];
}

/** @throws as `Secrets.list` */
export async function secretsOfStream(
  secrets: Pick<Secrets, "list">,
  id: string,
  sender: Sender | undefined,
): Promise<StreamSecrets> {
  const prefix = secretPrefix(id);
  const found = (await secrets.list()).flatMap(({ name, put_at }) => {
    if (!name.startsWith(prefix)) return [];
    const letter = letters.find((one) => name.endsWith(`-${one}`));
    return letter === undefined ? [] : [{ slot: name.slice(prefix.length, -2), letter, put_at }];
  });
  const missing = (sender === undefined ? [] : slotsOf(sender)).filter((slot) =>
    found.every((one) => one.slot !== slot),
  );
  return { secrets: found, missing };
}
