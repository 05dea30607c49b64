import type { Log } from "../log.ts";
import { isProblem } from "../problem.ts";
import { secretMissing, secretsDown, secretsSealed } from "../problems.ts";
import type { Reply, Request } from "../request.ts";
import type { Secrets } from "../secrets.ts";
import { deliveryNameAt } from "../senders/delivery.ts";
import { type Evidence, evidenceOf } from "../senders/evidence.ts";
import { greet } from "../senders/handshake.ts";
import { createLiveSecrets, type LiveSecrets } from "../senders/live-secrets.ts";
import { prove } from "../senders/proof/prove.ts";
import { readSealKey, sealProof } from "../senders/sealed.ts";
import type { Sender } from "../senders/sender.ts";
import { elapsedMs } from "../elapsed.ts";
import { createSparseLog } from "../sparse-log.ts";
import { streamRef } from "../stream-ref.ts";
import { within } from "../within.ts";

/** Asks requests where they come from, for the streams that want to know. */
export interface Origin {
  /** The answer to what is no hit but a question whether somebody is there.
   *  @throws token_wrong; secret_missing where the answer needs a secret that cannot be had */
  greet(stream_id: string, sender: Sender, evidence: Evidence): Promise<Reply | undefined>;
  /** @param sender undefined where nobody can read what is to be asked
   *  @throws what `prove` throws: the request is not this stream's sender's */
  ask(
    request: Request,
    stream_id: string,
    sender: Sender | undefined,
    came: { readonly evidence: Evidence; readonly received_at: number },
  ): Promise<Asked>;
  evidence(request: Request, body: Uint8Array): Evidence;
}

/** What became of it. */
export interface Asked {
  /** How the sender names its delivery, where it says it elsewhere than most do. */
  readonly name?: Uint8Array;
  /** Nobody could tell: the hit is kept apart, with what a later proof needs. */
  readonly apart?: Apart;
}

export interface Apart {
  seal(hit_id: string): string | undefined;
}

export interface OriginPorts {
  /** Left out on a ground that has none: nobody can prove anything there. */
  readonly secrets?: Pick<Secrets, "read"> | undefined;
  /** The process's own where left out: whoever puts secrets tells them to be read afresh. */
  readonly live?: LiveSecrets | undefined;
  /** Under which address the world reaches collect, where that is known. */
  readonly publicUrl?: string | undefined;
  readonly log?: Log | undefined;
}

/** A store that hangs holds up no hit for longer. */
const sealDeadlineMs = 1_000;

export function createOrigin({ secrets, live, publicUrl, log = () => undefined }: OriginPorts): Origin {
  const known = live ?? (secrets && createLiveSecrets(secrets));
  const sparseLog = createSparseLog(log, elapsedMs);
  let sealKey: Buffer | undefined;

  async function secretsOf(stream_id: string, slot: string) {
    if (known === undefined) throw secretMissing({ slot });
    return known.of(stream_id, slot);
  }

  /** Kept once it was read: it seals while the store is away. */
  async function sealKeyNow(): Promise<Buffer | undefined> {
    if (sealKey !== undefined || secrets === undefined) return sealKey;
    // Without it the hit is kept all the same; its proof is not.
    const read = readSealKey(secrets).catch(() => undefined);
    return (sealKey = await within(sealDeadlineMs, read, () => undefined));
  }

  return {
    evidence: ({ method, path, query, headers }, body) =>
      evidenceOf({ method, path, query, headers, body }, publicUrl),

    async greet(stream_id, { handshake }, evidence) {
      try {
        const reply = await greet(handshake, evidence, (slot) => secretsOf(stream_id, slot));
        if (reply !== undefined)
          sparseLog(stream_id, "INFO", "A sender checked the address of its stream.", {
            event: "sender_checked",
            stream: streamRef(stream_id),
          });
        return reply;
      } catch (error) {
        // What is wrong with the store is the operator's to know.
        if (isProblem(error, secretsDown, secretsSealed)) throw secretMissing({ slot: "all" }, error);
        throw error;
      }
    },

    async ask(request, stream_id, sender, { evidence, received_at }) {
      const found =
        sender === undefined
          ? "unreadable"
          : await prove(sender.auth, evidence, (slot) => secretsOf(stream_id, slot), received_at);
      const name = sender?.delivery && (await deliveryNameAt(sender.delivery, evidence));
      if (found === "proved") return name === undefined ? {} : { name };
      const stream = streamRef(stream_id);
      sparseLog(stream, "WARNING", "A hit is kept apart: nobody can tell who sent it.", {
        event: "proof_unreadable",
        stream,
      });
      const key = await sealKeyNow();
      const { method, path, query, headers } = request;
      const sent = { method, path, query, headers, body: evidence.body };
      const seal = (hit_id: string) => key && sealProof(key, hit_id, sent, sender?.auth);
      return { ...(name !== undefined && { name }), apart: { seal } };
    },
  };
}
