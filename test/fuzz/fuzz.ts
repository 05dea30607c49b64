import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import fc from "fast-check";
import { catalogue } from "../../functions/problems.ts";
import { templateOf, type OpenApi } from "../support/admin.ts";
import { declaredStatuses } from "../support/wire/bad-requests.ts";
import { exampleStream, startProduct, type Product } from "../support/product.ts";
import { dial, type Answer } from "../support/wire/raw-http.ts";
import { residentBytes } from "../support/machine/resident.ts";
import { forAdmin, forCollect, forDeliver, type Drawn } from "./requests.ts";
import { runSchemathesis } from "./schemathesis.ts";

/** How many requests go where; each half of them once, so that what a process holds can be compared. */
export interface Amounts {
  readonly collect: number;
  readonly deliver: number;
  readonly admin: number;
  /** Of schemathesis, for each operation; 0 leaves it out. */
  readonly examples: number;
  readonly seed: number;
}

export interface Report {
  /** Requests by where they went. */
  readonly requests: Record<string, number>;
  /** Answers by where they came from and their status. */
  readonly answers: Record<string, Record<number, number>>;
  /** Answers that nothing declares; the first ones in words. */
  readonly undeclared: string[];
  /** Resident memory in MiB after the first and after the second half. */
  readonly memory: Record<string, readonly [first: number, second: number]>;
}

/** What the second half of the requests may add to a process: chance, and no more. A hit kept for each of
 *  10,000 requests of 1 KiB and its objects would be twice as much. */
export const grownMiBMax = 48;

const atOnce = 32;
const undeclaredMax = 20;

type Declares = (method: string, path: string, status: number) => boolean;

interface Door {
  readonly name: string;
  readonly port: number;
  readonly declares: Declares;
}

/** Sends everything drawn to a fresh product and to a fresh deliver. @param directory an
 *  empty one, for their data */
export async function fuzz(
  directory: string,
  amounts: Amounts,
  say: (line: string) => void,
): Promise<Report> {
  const report: Report = { requests: {}, answers: {}, undeclared: [], memory: {} };
  const product = await startProduct(join(directory, "data"));
  const deliver = await startDeliver(exampleStream);
  try {
    const document = (await (await fetch(`${product.adminUrl}/openapi.json`)).json()) as OpenApi;
    const paths = Object.keys(document.paths).filter((path) => !/\/(tail|backup)$/.test(path));
    const usual: Declares = (_method, _path, status) => declaredStatuses.has(status);
    const first: Record<string, number> = {};
    for (const half of [0, 1]) {
      // The second half's: schemathesis finds streams, and closes some.
      const stream = await addStream(product, half);
      const doors = [
        { name: "collect", url: product.collectUrl, drawn: forCollect(stream), declares: usual },
        {
          name: "deliver",
          url: `http://127.0.0.1:${deliver.port}`,
          drawn: forDeliver(exampleStream),
          declares: usual,
        },
        { name: "admin", url: product.adminUrl, drawn: forAdmin(paths), declares: declaredBy(document) },
      ] as const;
      for (const { name, url, drawn, declares } of doors) {
        const count = Math.ceil(amounts[name] / 2);
        const door = { name, port: Number(new URL(url).port), declares };
        await sendAll(report, door, drawn, { count, seed: amounts.seed + half });
      }
      if (amounts.examples > 0) {
        const ran = await runSchemathesis(
          `${product.adminUrl}/openapi.json`,
          directory,
          Math.ceil(amounts.examples / 2),
        );
        count(report.requests, "admin, by its document", ran.requests);
        if (ran.failed || ran.requests === 0) report.undeclared.push(ran.output.slice(-20_000));
      }
      for (const [name, pid] of [
        ["collect and admin", product.pid],
        ["deliver", deliver.pid],
      ] as const) {
        const mebibytes = Math.round(residentBytes(pid) / 1024 / 1024);
        if (half === 0) first[name] = mebibytes;
        else report.memory[name] = [first[name]!, mebibytes];
      }
      say(
        `half ${half + 1} of 2: ${JSON.stringify(report.requests)}, resident MiB: ${JSON.stringify(report.memory)}`,
      );
    }
    const health = await fetch(`${product.collectUrl}/health`);
    if (health.status !== 200) report.undeclared.push(`In the end /health answers ${health.status}.`);
    for (const line of product.output().split("\n"))
      if (/ ERROR /.test(line)) report.undeclared.push(`The product logged: ${line.slice(0, 500)}`);
    return report;
  } finally {
    deliver.end();
    await product.end("SIGTERM");
  }
}

function count<Key extends PropertyKey>(counts: Record<Key, number>, key: Key, by = 1): void {
  counts[key] = (counts[key] ?? 0) + by;
}

async function addStream(product: Product, half: number): Promise<string> {
  const document = { table: `fuzz.hits_${half}`, offset: "UTC" };
  return (await product.admin<{ id: string }>("POST", "/v1/streams", document)).id;
}

async function startDeliver(stream: string): Promise<{ port: number; pid: number; end(): void }> {
  const child = fork(join(import.meta.dirname, "deliver.server.ts"), [stream], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: [],
  });
  const end = () => void child.kill("SIGKILL");
  process.once("exit", end);
  const [port] = (await once(child, "message")) as [number];
  return { port, pid: child.pid!, end };
}

async function sendAll(
  report: Report,
  door: Door,
  drawn: fc.Arbitrary<Drawn>,
  { count: amount, seed }: { count: number; seed: number },
): Promise<void> {
  // Drawn in parts: all of them at once would be most of this process.
  for (let from = 0; from < amount; from += 1_000) {
    const waiting = fc.sample(drawn, { numRuns: Math.min(1_000, amount - from), seed: seed * 1_000 + from });
    const work = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        await sendOne(report, door, next);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }
}

async function sendOne(
  report: Report,
  { name, port, declares }: Door,
  { shape, parts }: Drawn,
): Promise<void> {
  const bytes = Buffer.concat(parts);
  count(report.requests, name);
  const connection = await dial(port);
  const complain = (what: string): void => {
    if (report.undeclared.length < undeclaredMax)
      report.undeclared.push(
        `${name}, ${shape}: ${what}: ${JSON.stringify(bytes.toString("latin1")).slice(0, 400)}`,
      );
  };
  try {
    for (const part of parts) {
      connection.send(part);
      await new Promise((resolve) => setImmediate(resolve));
    }
    connection.socket.end();
    // Where HEAD was asked, one cannot tell a body from the next answer: only that it ends.
    const answers = await connection.closed().catch((error: Error) => {
      if (!bytes.includes("HEAD ")) complain(error.message);
      return [];
    });
    const [, method = "", path = ""] = /^(\S+) ([^ ?]*)/.exec(bytes.toString("latin1")) ?? [];
    for (const [index, answer] of answers.entries()) {
      count((report.answers[name] ??= {}), answer.status);
      // What stands behind the first request of a connection is judged by what any request may be answered.
      const wrong = wrongIn(answer, index === 0 ? declares(method, path, answer.status) : true);
      if (wrong !== undefined) complain(wrong);
    }
  } finally {
    connection.hangUp();
  }
}

/** Why an answer is none that is declared. */
function wrongIn({ status, headers, body }: Answer, isDeclared: boolean): string | undefined {
  if (!isDeclared || status >= 500 !== (status === 503 || status === 501))
    return `answered ${status} ${body.slice(0, 200)}`;
  if (status < 400) return undefined;
  // deliver tells Pub/Sub to come again in plain words.
  if (headers["content-type"]?.startsWith("text/plain") === true && status === 503) return undefined;
  if (headers["content-type"] !== "application/problem+json")
    return `answered ${status} as ${headers["content-type"]}`;
  const { code } = JSON.parse(body) as { code: string };
  if (catalogue.get(code)?.status !== status) return `answered ${status} with the code ${code}`;
  return /\.ts:\d|node:internal/.test(body) ? `tells of our insides: ${body.slice(0, 200)}` : undefined;
}

/** Statuses of an operation of the document; elsewhere what any request may be answered. */
function declaredBy(document: OpenApi): Declares {
  return (method, path, status) => {
    const template = templateOf(document, method, path);
    if (template === undefined) return declaredStatuses.has(status) || status === 403;
    return document.paths[template]![method.toLowerCase()]!.responses[status] !== undefined;
  };
}
