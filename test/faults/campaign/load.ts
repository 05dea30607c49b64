/** Senders that keep many connections busy and write down what they were told. */
import { randomUUID } from "node:crypto";
import { drawSending, sha256 as sha256Of, type Sending } from "./bodies.ts";
import { openWire, post, Unanswered, type Answer, type Wire } from "./wire.ts";

/** What a hit must be wherever it ends up. */
export interface Acknowledged {
  readonly stream: string;
  readonly kind: string;
  readonly sha256: string;
  readonly contentType: string | undefined;
}

interface Named extends Sending {
  readonly stream: string;
  /** The sender's name of this delivery; a retry has the same. */
  readonly delivery: string | undefined;
}

export interface Load {
  /** By hit_id: what a sender saw in a 200. */
  readonly acknowledged: Map<string, Acknowledged>;
  /** Hashes of everything sent, answered or not. */
  readonly sent: Set<string>;
  /** Answers by what they were: `200`, `503 queue_down`, `unanswered`, … */
  readonly answers: Map<string, number>;
  /** Deliveries that were sent again under their name. */
  resent(): number;
  /** Whether this hit was. */
  isResent(hit: { readonly hitId: string; readonly sha256: string }): boolean;
  /** Answers that break a promise, in words. */
  readonly broken: string[];
  /** @returns stops the senders once each has its answer, or its connection has ended */
  aim(port: number, options?: Partial<Aim>): () => Promise<void>;
}

export interface Aim {
  readonly connections: number;
  /** From 0 to 1: how many bodies have 0.2 to 2 MiB. */
  readonly largeShare: number;
}

/** Deliveries that were acknowledged and are sent again after a kill, as by a sender that
 *  never read its answer. */
const resentMax = 20;
const namedShare = 0.25;
const emptySha256 = sha256Of(new Uint8Array(0));
const retriesMax = 1_000;
/** What a product may answer when it cannot take a hit now. */
const refusals: ReadonlySet<string> = new Set(["queue_down", "registry_down", "overloaded"]);

/** @param streams where hits go, one after another */
export function createLoad(streams: readonly string[]): Load {
  const acknowledged = new Map<string, Acknowledged>();
  const sent = new Set<string>();
  const answers = new Map<string, number>();
  const broken: string[] = [];
  const hitOf = new Map<string, string>();
  const retries: Named[] = [];
  const lately: Named[] = [];
  const resentHits = new Set<string>();
  const resentNames = new Set<string>();
  const resentBodies = new Set<string>();
  let resent = 0;
  let turn = 0;

  const count = (what: string) => answers.set(what, (answers.get(what) ?? 0) + 1);

  function draw(largeShare: number): Named {
    const retry = retries.shift();
    if (retry !== undefined) {
      resent += 1;
      resentNames.add(retry.delivery!);
      resentBodies.add(retry.sha256);
      const hitId = hitOf.get(retry.delivery!);
      if (hitId !== undefined) resentHits.add(hitId);
      return retry;
    }
    const stream = streams[turn++ % streams.length]!;
    const sending = drawSending(largeShare);
    const isNamed = Math.random() < namedShare && sending.body.length < 4_096;
    sent.add(sending.sha256);
    return { ...sending, stream, delivery: isNamed ? randomUUID() : undefined };
  }

  function note(named: Named, answer: Answer): void {
    if (answer.status !== 200) return noteRefusal(named, answer);
    count("200");
    const hitId = String((JSON.parse(answer.body) as { hit_id: unknown }).hit_id);
    if (hitId !== answer.headers["afterclick-hit-id"]) broken.push(`two ids: ${answer.body}`);
    const { stream, kind, sha256, contentType, delivery } = named;
    if (delivery !== undefined && resentNames.has(delivery)) resentHits.add(hitId);
    if (delivery === undefined && acknowledged.has(hitId)) broken.push(`${hitId} was given twice`);
    acknowledged.set(hitId, { stream, kind, sha256, contentType });
    if (delivery === undefined) return;
    const before = hitOf.get(delivery);
    if (before !== undefined && before !== hitId) broken.push(`a retry of ${before} became ${hitId}`);
    hitOf.set(delivery, hitId);
    lately.push(named);
    if (lately.length > resentMax) lately.shift();
  }

  function noteRefusal(named: Named, { status, headers, body }: Answer): void {
    const isProblem = headers["content-type"] === "application/problem+json";
    const code = isProblem ? String((JSON.parse(body) as { code: unknown }).code) : "no problem+json";
    count(`${status} ${code}`);
    const isRefusal = status === 503 && refusals.has(code) && headers["retry-after"] !== undefined;
    // The time of a request goes on while the process stands still, or the sender on a busy machine.
    const isLate = status === 408 && code === "too_slow";
    if (!isRefusal && !isLate)
      broken.push(`answered ${status} ${JSON.stringify(headers)} ${body.slice(0, 300)}`);
    again(named);
  }

  function again(named: Named): void {
    if (named.delivery !== undefined && retries.length < retriesMax) retries.push(named);
  }

  function isResent({ hitId, sha256 }: { hitId: string; sha256: string }): boolean {
    return resentHits.has(hitId) || (sha256 !== emptySha256 && resentBodies.has(sha256));
  }

  async function send(wire: Wire, largeShare: number): Promise<void> {
    const named = draw(largeShare);
    const { stream, query, headers, body, delivery } = named;
    const target = `/ds/${stream}${query === "" ? "" : `?${query}`}`;
    const all = delivery === undefined ? headers : { ...headers, "webhook-id": delivery };
    try {
      const [answer] = await wire.ask(post(target, all, body));
      note(named, answer!);
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      count("unanswered");
      again(named);
    }
  }

  function aim(
    port: number,
    { connections = 32, largeShare = 0.02 }: Partial<Aim> = {},
  ): () => Promise<void> {
    let stopped = false;
    retries.push(...lately.splice(0));
    const one = async (): Promise<void> => {
      while (!stopped) {
        let wire: Wire;
        try {
          wire = await openWire(port);
        } catch (error) {
          if (!(error instanceof Unanswered)) throw error;
          return; // killed: this port is never used again
        }
        while (!stopped && wire.isOpen()) await send(wire, largeShare);
        wire.hangUp();
      }
    };
    const all = Promise.all(Array.from({ length: connections }, one));
    all.catch(() => undefined); // told to whoever stops
    return async () => {
      stopped = true;
      await all;
    };
  }

  return { acknowledged, sent, answers, resent: () => resent, isResent, broken, aim };
}
