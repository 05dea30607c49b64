import { randomUUID } from "node:crypto";
import type { Documents, Stored } from "../documents.ts";
import type { Log } from "../log.ts";
import { isProblem } from "../problem.ts";
import { documentsConflict } from "../problems.ts";
import { type Incident, type IncidentBadge, step } from "./incident.ts";
import { lengthText } from "./sentence.ts";

/** Who is told of incidents: each once when it has lasted for 10 minutes, and once when it is over. */

/** A stream, as far as alerts are concerned. */
export interface Subject {
  /** What its incident is kept under. */
  readonly id: string;
  readonly name: string;
  readonly badge: IncidentBadge;
  readonly sentence: string;
  /** Unix ms. */
  readonly lastAt: number | undefined;
}

export interface Message {
  /** The same each time that it is sent: whoever takes it twice knows it by this. */
  readonly id: string;
  readonly type: "incident.opened" | "incident.over" | "test";
  /** Unix ms. */
  readonly at: number;
  readonly about: string;
  readonly badge: IncidentBadge;
  /** Unix ms. */
  readonly since: number;
  /** One line, for people. */
  readonly text: string;
}

/** A way to people. */
export interface Channel {
  readonly name: string;
  /** @throws Error with what went wrong, in words without secrets */
  send(message: Message): Promise<void>;
}

export interface AlertPorts {
  readonly documents: Pick<Documents, "read" | "list" | "commit">;
  readonly channels: readonly Channel[];
  /** Unix ms. */
  readonly now: () => number;
  readonly log: Log;
}

export interface Alerts {
  /** Takes note of how all are, and sends what is to be told.
   *  @param isUnread by id, of what nobody could look at: its incident stays as it is
   *  @throws documents_down */
  check(subjects: readonly Subject[], isUnread?: (id: string) => boolean): Promise<void>;
  /** Sends a message to each channel. @returns what went wrong, by channel */
  test(): Promise<readonly { readonly channel: string; readonly failure?: string }[]>;
}

interface Noted {
  readonly incident?: Incident;
  /** What is not sent yet. */
  readonly unsent?: readonly Unsent[];
}

interface Unsent extends Message {
  readonly channels: readonly string[];
  readonly tries: number;
  /** Unix ms: until then it is the business of who has claimed it. */
  readonly claimedUntil: number;
}

/** Longer than it takes to send one. */
const claimMs = 2 * 60_000;
/** Of 5 minutes each: most of a day. */
const triesMax = 200;
const listMax = 10_000;
const noteTriesMax = 5;

export function createAlerts(ports: AlertPorts): Alerts {
  const { documents, channels, now, log } = ports;

  async function checkOne(subject: Subject, stored: Stored | undefined): Promise<void> {
    const at = now();
    const noted = (stored?.document ?? {}) as Noted;
    const { id, badge, lastAt } = subject;
    const done = step(noted.incident, { badge }, { at, lastAt });
    const told = messageOf(subject, done, at);
    const waiting = [...(noted.unsent ?? []), ...(told === undefined || channels.length === 0 ? [] : [told])];
    const mine = waiting.filter(({ claimedUntil }) => claimedUntil <= at);
    const claimed = waiting.map((one) => (mine.includes(one) ? { ...one, claimedUntil: at + claimMs } : one));
    const next: Noted = {
      ...(done.incident !== undefined && { incident: done.incident }),
      ...(claimed.length > 0 && { unsent: claimed }),
    };
    if (mine.length === 0 && JSON.stringify(next) === JSON.stringify(noted)) return;
    // Whoever writes first sends: the other one meets another version, and looks again in 5 minutes.
    if (!(await keep(id, next, stored?.version ?? null))) return;
    if (mine.length === 0) return;
    const left = await Promise.all(mine.map(sendOne));
    const sent = new Map(mine.map((one, index) => [one.id, left[index]]));
    await noteSent(id, sent);
  }

  /** Where that cannot be noted, it is sent once more under the same id. */
  async function noteSent(id: string, sent: ReadonlyMap<string, Unsent | undefined>): Promise<void> {
    for (let tries = 0; tries < noteTriesMax; tries += 1) {
      const stored = await documents.read("incidents", id);
      if (stored === undefined) return;
      const { unsent = [], ...rest } = stored.document as Noted;
      const left = unsent.flatMap((one) => (sent.has(one.id) ? (sent.get(one.id) ?? []) : [one]));
      if (await keep(id, { ...rest, ...(left.length > 0 && { unsent: left }) }, stored.version)) return;
    }
  }

  async function keep(id: string, noted: Noted, ifVersion: string | null): Promise<boolean> {
    const isEmpty = noted.incident === undefined && noted.unsent === undefined;
    if (isEmpty && ifVersion === null) return true;
    try {
      const document = isEmpty ? null : (noted as Readonly<Record<string, unknown>>);
      await documents.commit([{ kind: "incidents", id, document, ifVersion }]);
      return true;
    } catch (error) {
      if (!isProblem(error, documentsConflict)) throw error;
      return false;
    }
  }

  /** @returns what is left to be sent, for the next check */
  async function sendOne(message: Unsent): Promise<Unsent | undefined> {
    const failed: string[] = [];
    for (const channel of channels) {
      if (!message.channels.includes(channel.name)) continue;
      const failure = await failureOf(channel, message);
      if (failure === undefined) continue;
      failed.push(channel.name);
      log("WARNING", `An alert could not be sent by ${channel.name}; it is tried again in 5 minutes.`, {
        event: "alert_not_sent",
        detail: failure,
      });
    }
    const tries = message.tries + 1;
    return failed.length === 0 || tries >= triesMax
      ? undefined
      : { ...message, channels: failed, tries, claimedUntil: 0 };
  }

  function messageOf(subject: Subject, done: ReturnType<typeof step>, at: number): Unsent | undefined {
    if (done.tell === undefined) return undefined;
    const { name, badge, sentence } = subject;
    const way = { channels: channels.map((channel) => channel.name), tries: 0, claimedUntil: 0 };
    const known = { id: randomUUID(), at, about: name, ...way };
    if (done.tell === "opened") {
      const { since } = done.incident;
      return { ...known, type: "incident.opened", badge, since, text: `${name}: ${badge}. ${sentence}` };
    }
    const { badge: was, since, goodSince = at } = done.of;
    const text = `${name}: over, ${was} for ${lengthText(goodSince - since)}. ${sentence}`;
    return { ...known, type: "incident.over", badge: was, since, text };
  }

  return {
    async check(subjects, isUnread = () => false) {
      const stored = new Map(
        (await documents.list("incidents", { limit: listMax })).map((one) => [one.id, one] as const),
      );
      for (const subject of subjects) await checkOne(subject, stored.get(subject.id));
      // Of what is there no more, nothing is told.
      const known = new Set(subjects.map(({ id }) => id));
      const gone = [...stored.values()].filter(({ id }) => !known.has(id) && !isUnread(id));
      if (gone.length > 0)
        await documents.commit(gone.map(({ id }) => ({ kind: "incidents", id, document: null })));
    },
    async test() {
      const at = now();
      const text = "This is a test: alerts of Afterclick come here.";
      const message: Message = {
        id: randomUUID(),
        type: "test",
        at,
        about: "Afterclick",
        badge: "healthy",
        since: at,
        text,
      };
      return Promise.all(
        channels.map(async (channel) => {
          const failure = await failureOf(channel, message);
          return { channel: channel.name, ...(failure !== undefined && { failure }) };
        }),
      );
    },
  };
}

async function failureOf(channel: Channel, message: Message): Promise<string | undefined> {
  try {
    await channel.send(message);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
