import { afterEach, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { inFolder } from "../support/folder.ts";
import { endAll, exampleStream, startProduct } from "../support/product.ts";
import { until } from "../support/until.ts";
import { makeSending, sha256, type Sending } from "./campaign/bodies.ts";
import { deliverAll } from "./campaign/evidence/delivered.ts";
import { readEvidence } from "./campaign/evidence/evidence.ts";
import { judge } from "./campaign/evidence/judge.ts";
import type { Acknowledged } from "./campaign/load.ts";
import { openWire, post, Unanswered, type Answer, type Wire } from "./campaign/wire.ts";

afterEach(endAll);

const rounds = 4;
const connections = 24;
const target = `/ds/${exampleStream}`;

interface Told {
  readonly acknowledged: Map<string, Acknowledged>;
  readonly sent: Set<string>;
  readonly broken: string[];
  /** Connections that ended without an answer. */
  unanswered: number;
  asked: number;
  answered: number;
  /** Connections that ended with an answer which said so. */
  closed: number;
}

/** Asks one time after the other, now and then three at once, until the product says that it closes. */
async function askOn(wire: Wire, told: Told): Promise<void> {
  while (wire.isOpen()) {
    const sendings = Array.from({ length: Math.random() < 0.2 ? 3 : 1 }, () =>
      makeSending(["form", "binary", "gzip", "large"][Math.floor(Math.random() ** 3 * 4)]!),
    );
    // Several at once stay within what the product reads in one piece.
    const chosen = sendings.length > 1 ? sendings.filter(({ body }) => body.length < 4_096) : sendings;
    if (chosen.length === 0) continue;
    told.asked += chosen.length;
    for (const { sha256 } of chosen) told.sent.add(sha256);
    let answers: Answer[];
    try {
      answers = await wire.ask(...chosen.map(({ headers, body }) => post(target, headers, body)));
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      told.asked -= chosen.length;
      told.unanswered += 1;
      return;
    }
    for (const [index, answer] of answers.entries()) note(told, chosen[index]!, answer);
    if (answers.at(-1)!.headers["connection"] === "close") told.closed += 1;
    // What the product said beside its answer, the end of the connection, is heard first.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function note(told: Told, { kind, sha256, contentType }: Sending, { status, headers, body }: Answer): void {
  told.answered += 1;
  const hitId = headers["afterclick-hit-id"];
  if (status === 200 && hitId !== undefined)
    told.acknowledged.set(hitId, {
      stream: exampleStream,
      kind,
      sha256,
      contentType,
    });
  else if (status !== 503 || headers["content-type"] !== "application/problem+json")
    told.broken.push(`answered ${status}: ${body.slice(0, 300)}`);
}

test(
  "SIGTERM under load: each request that was sent gets its answer, the connections are closed in words, every 200 is kept",
  () =>
    inFolder(async (directory) => {
      const told: Told = {
        acknowledged: new Map(),
        sent: new Set(),
        broken: [],
        unanswered: 0,
        asked: 0,
        answered: 0,
        closed: 0,
      };
      for (let round = 1; round <= rounds; round++) {
        const product = await startProduct(directory);
        const port = Number(new URL(product.collectUrl).port);
        const wires = await Promise.all(Array.from({ length: connections }, () => openWire(port)));
        // Each has been taken in once it has its first answer.
        for (const wire of wires) await wire.ask(post(target, {}, Buffer.alloc(0)));
        const { answered: before, unanswered } = told;
        const asking = wires.map((wire) => askOn(wire, told));
        await until(
          "every connection is in use",
          () => told.answered > before + connections * (1 + 4 * Math.random()),
        );
        const code = await product.end("SIGTERM");
        await Promise.all(asking);
        expect({
          round,
          code,
          output: code === 0 ? "" : product.output(),
        }).toEqual({ round, code: 0, output: "" });
        await expect(openWire(port)).rejects.toThrow("Nobody listens");
        // A disk that takes seconds for a sync may use up the time that the end has; then the log says so.
        if (!product.output().includes("requests_cut_off")) expect(told.unanswered).toBe(unanswered);
      }
      expect(told.broken).toEqual([]);
      expect(told.answered).toBe(told.asked);
      expect(told.closed + told.unanswered).toBe(rounds * connections);
      await deliverAll(directory);
      told.sent.add(sha256(new Uint8Array(0)));
      expect(judge(told, await readEvidence(directory)).wrongs).toEqual([]);
    }),
  600_000,
);

test(
  "SIGTERM: whoever has connected just before is answered too",
  () =>
    inFolder(async (directory) => {
      const product = await startProduct(directory);
      const port = Number(new URL(product.collectUrl).port);
      // Held still, the product finds the newcomers and the signal at the same time.
      process.kill(product.pid, "SIGSTOP");
      const wires = await Promise.all(Array.from({ length: connections }, () => openWire(port)));
      const answers = wires.map((wire) => wire.ask(post(target, {}, Buffer.from("late=1"))));
      for (const answer of answers) answer.catch(() => undefined); // judged below
      const ended = product.end("SIGTERM");
      process.kill(product.pid, "SIGCONT");
      for (const [answer] of await Promise.all(answers))
        expect(answer).toMatchObject({
          status: 200,
          headers: { connection: "close" },
        });
      expect(await ended).toBe(0);
    }),
  600_000,
);

test(
  "SIGTERM in the middle of uploads: what is sent on is answered, and an idle connection ends without an error",
  () =>
    inFolder(async (directory) => {
      const product = await startProduct(directory);
      const port = Number(new URL(product.collectUrl).port);
      const idle = await openWire(port);
      const id = randomUUID();
      await idle.ask(post(target, {}, Buffer.from(`first=${id}`)));
      const uploading = await Promise.all(Array.from({ length: 8 }, () => openWire(port)));
      const parts = uploading.map((_, index) => {
        const whole = post(target, {}, Buffer.from(`upload=${id}-${index}-${"x".repeat(200_000)}`));
        return {
          head: whole.subarray(0, 1_000 + index * 20_000),
          rest: whole.subarray(1_000 + index * 20_000),
        };
      });
      const answers = uploading.map((wire, index) =>
        wire.ask(parts[index]!.head).then(([answer]) => answer!),
      );
      for (const answer of answers) answer.catch(() => undefined); // judged below
      // An answer to this says that the heads before it have been read.
      await idle.ask(post(target, {}, Buffer.from(`second=${id}`)));
      const ended = product.end("SIGTERM");
      await until("the product has heard", () => product.output().includes("Stopping"));
      for (const [index, wire] of uploading.entries()) wire.write(parts[index]!.rest);
      for (const answer of await Promise.all(answers))
        expect(answer).toMatchObject({
          status: 200,
          headers: { connection: "close" },
        });
      expect(await ended).toBe(0);
      expect(idle.isOpen()).toBe(false);
      await deliverAll(directory);
      const { found } = await readEvidence(directory);
      expect(new Set(found.map(({ hitId }) => hitId)).size).toBe(2 + uploading.length);
    }),
  600_000,
);

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)(
  "a second signal, %s, ends it at once with %i, and what was acknowledged is kept",
  (second, status) =>
    inFolder(async (directory) => {
      const product = await startProduct(directory);
      const port = Number(new URL(product.collectUrl).port);
      const wire = await openWire(port);
      const [answer] = await wire.ask(post(target, {}, Buffer.from(`kept=${randomUUID()}`)));
      // Half a request holds the first one up.
      wire.ask(post(target, {}, Buffer.from("half=1")).subarray(0, -1)).catch(() => undefined);
      process.kill(product.pid, second === "SIGTERM" ? "SIGINT" : "SIGTERM");
      await until("the product has heard", () => product.output().includes("Stopping"));
      expect(await product.end(second)).toBe(status);
      expect(product.output()).not.toContain("Stopped.");
      await deliverAll(directory);
      const { found } = await readEvidence(directory);
      // What was written and not yet acknowledged came again.
      expect(new Set(found.map(({ hitId }) => hitId))).toEqual(
        new Set([answer!.headers["afterclick-hit-id"]]),
      );
    }),
);
