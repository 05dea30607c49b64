import type { Documents } from "../documents.ts";
import { recording } from "../people/audit.ts";
import type { Who } from "../people/who.ts";
import { notHere, nothingToProve, secretRefused, secretsFull, secretUnknown } from "../problems.ts";
import type { Registry } from "../registry.ts";
import type { Secrets } from "../secrets.ts";
import { secretsOfStream, type StreamSecret, type StreamSecrets } from "./kept.ts";
import { type Letter, letters, secretName } from "./live-secrets.ts";
import { ensureSealKey } from "./sealed.ts";
import { generatedSecret, proofSecretFault } from "./proof/secret-fault.ts";
import { type Sender, slotsOf } from "./sender.ts";
import { aboutStream, findReading } from "../streams/change.ts";
import { readAll, type Reading } from "../streams/reading.ts";
import { type Datasets, senderIn } from "../streams/stream.ts";

/** The secrets of a stream's sender, as people put and retire them. What one is, nobody is told again. */

export interface StreamSecretPorts extends Datasets {
  registry: Pick<Registry, "list">;
  /** For the audit. */
  documents: Documents;
  now: () => number;
  /** Left out on a ground that has none. */
  secrets?: Secrets;
  /** Told of each change, so that collect need not wait for its copy to be old. */
  secretsChanged?: (streamId: string) => void;
}

/** @throws not_here, stream_unknown, registry_down, secrets_down */
export async function listStreamSecrets(ports: StreamSecretPorts, named: string): Promise<StreamSecrets> {
  const { id, sender } = await read(ports, named);
  return secretsOfStream(demandSecrets(ports), id, sender);
}

/** Beside the one that is live: both are taken until one is retired.
 *  @param given.value one is made where it is left out, and is in this answer alone
 *  @throws not_here, stream_unknown, nothing_to_prove, secret_refused, secrets_full, secrets_down,
 *  registry_down, documents_down */
export async function putStreamSecret(
  ports: StreamSecretPorts,
  who: Who,
  named: string,
  given: { slot?: string; value?: string },
): Promise<StreamSecret & { value?: string }> {
  const secrets = demandSecrets(ports);
  const { id, sender } = await read(ports, named);
  const slots = sender === undefined ? [] : slotsOf(sender);
  if (sender === undefined || slots.length === 0) throw nothingToProve();
  const slot = given.slot ?? slots[0]!;
  if (!slots.includes(slot))
    throw secretRefused({
      what: `nothing of this stream's sender uses ${JSON.stringify(slot)}; allowed are ${slots.join(", ")}`,
    });
  const value = given.value ?? generatedSecret(sender, slot);
  if (value === undefined) throw secretRefused({ what: "only the sender can make it; copy it from there" });
  const fault = proofSecretFault(sender, slot, value);
  if (fault !== undefined) throw secretRefused({ what: fault });
  const taken = (await secretsOfStream(secrets, id, sender)).secrets.filter((one) => one.slot === slot);
  const letter = letters.find((one) => taken.every((known) => known.letter !== one));
  if (letter === undefined) throw secretsFull({ slot });
  const told = { what: "sender_secret_put", about: aboutStream(id), after: { slot, letter } } as const;
  await recording(ports, who, told, async () => {
    await ensureSealKey(secrets);
    await secrets.put(secretName(id, slot, letter), value);
  });
  ports.secretsChanged?.(id);
  return { slot, letter, put_at: ports.now(), ...(given.value === undefined && { value }) };
}

/** @throws not_here, stream_unknown, secret_unknown, secrets_down, registry_down, documents_down */
export async function retireStreamSecret(
  ports: StreamSecretPorts,
  who: Who,
  named: string,
  { slot, letter }: { slot: string; letter: Letter },
): Promise<StreamSecrets> {
  const secrets = demandSecrets(ports);
  const { id, sender } = await read(ports, named);
  const before = await secretsOfStream(secrets, id, sender);
  if (before.secrets.every((one) => one.slot !== slot || one.letter !== letter))
    throw secretUnknown({ slot, letter: letter.toUpperCase() });
  const told = { what: "sender_secret_retired", about: aboutStream(id), before: { slot, letter } } as const;
  await recording(ports, who, told, () => secrets.retire(secretName(id, slot, letter)));
  ports.secretsChanged?.(id);
  return secretsOfStream(secrets, id, sender);
}

async function read(
  ports: StreamSecretPorts,
  named: string,
): Promise<{ id: string; sender: Sender | undefined; reading: Reading }> {
  const reading = findReading(readAll(await ports.registry.list(), ports), named);
  return { id: reading.id, sender: senderIn(reading.lookup), reading };
}

function demandSecrets({ secrets }: StreamSecretPorts): Secrets {
  if (secrets === undefined)
    throw notHere({
      what: "A store of secrets",
      instead: "leave auth empty (`[]`), so that the address is the key",
    });
  return secrets;
}
