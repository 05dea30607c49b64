import type { Hit } from "../hit.ts";
import type { Registered } from "../registry.ts";
import { asProblem } from "../problem.ts";
import type { Secrets } from "../secrets.ts";
import { createLiveSecrets } from "../senders/live-secrets.ts";
import { prove } from "../senders/proof/prove.ts";
import { openProof, readSealKey } from "../senders/sealed.ts";
import { type Datasets, readStream, senderIn } from "../streams/stream.ts";

export interface ProvePorts {
  /** Where secrets are kept; a ground without them proves nothing. */
  secrets?: Secrets;
  /** Under which address the world reaches collect. */
  collectUrl?: string;
}

/** Whether the proof of a hit that was kept apart holds by now, as of when the hit came.
 *  @returns the hit as one that nobody has to keep apart any more, or why not, in a sentence */
export async function proven(
  ports: ProvePorts & Datasets,
  hit: Hit,
  registered: Registered | undefined,
): Promise<{ hit: Hit; why?: undefined } | { hit?: undefined; why: string }> {
  const { secrets, collectUrl } = ports;
  if (secrets === undefined) return { why: "this installation has no store of secrets." };
  const { read, sender } = senderOfNow(ports, hit.stream_id, registered);
  if (!read) return { why: "the stream's document still cannot be read." };
  const { kept_apart: _apart, proof: _proof, ...free } = hit;
  // Its owner has decided since that the address is enough.
  if (sender === undefined || sender.auth.length === 0) return { hit: free };
  try {
    const key = await readSealKey(secrets);
    const evidence = key && openProof(key, hit, collectUrl);
    if (evidence === undefined)
      return { why: "what came with the hit to prove it was not kept, or does not open." };
    const live = createLiveSecrets(secrets);
    const found = await prove(sender.auth, evidence, (slot) => live.of(hit.stream_id, slot), hit.received_at);
    return found === "proved"
      ? { hit: free }
      : { why: "a secret of the stream is still missing, or cannot be read." };
  } catch (error) {
    return { why: asProblem(error).message };
  }
}

function senderOfNow(datasets: Datasets, streamId: string, registered: Registered | undefined) {
  if (registered === undefined) return { read: false, sender: undefined };
  const lookup = readStream(streamId, registered.document, datasets);
  const isUnread = lookup.kind === "invalid" && lookup.namesProof && lookup.sender === undefined;
  return { read: lookup.kind !== "missing" && !isUnread, sender: senderIn(lookup) };
}
