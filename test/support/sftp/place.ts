import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDropBox } from "../../../functions/import/drop-box/boxes.ts";
import { listArrivals } from "../../../functions/import/load/arrivals.ts";
import { addImport } from "../../../functions/import/registered/imports.ts";
import { thisMachine } from "../../../functions/people/who.ts";
import type { Secrets } from "../../../functions/secrets.ts";
import { openBox } from "../../../infra/local/drop-box/box/box.ts";
import { startDropBoxes, type DropBoxes } from "../../../infra/local/drop-box/drop-boxes.ts";
import { usualLimits, type BoxLimits } from "../../../infra/local/drop-box/box/files.ts";
import { memoryDocuments } from "../doubles/memory-documents.ts";
import { memoryFiles } from "../doubles/memory-files.ts";
import { handClock } from "../hand-clock.ts";
import { connect, newKey, openSftp } from "./client.ts";

/** Drop boxes of a machine, with a clock that the test moves; what arrives is only kept. */

/** Making keys takes long: all places of a test file have the same, and the RSA one is a short one. */
const keys = new Map<string, string>();

async function secretsWithKeys(): Promise<Pick<Secrets, "read" | "put">> {
  for (const [type, options] of [
    ["ed25519", {}],
    ["rsa", { bits: 2048 }],
  ] as const)
    if (!keys.has(`sftp-host-key-${type}`))
      keys.set(`sftp-host-key-${type}`, (await newKey(type, options)).private);
  return { read: async (name) => keys.get(name), put: async (name, value) => void keys.set(name, value) };
}

export type Place = Awaited<ReturnType<typeof openPlace>>;

export async function openPlace({ limits = usualLimits }: { limits?: BoxLimits } = {}) {
  const directory = await mkdtemp(join(tmpdir(), "afterclick-test-"));
  const secrets = await secretsWithKeys();
  const clock = handClock();
  const documents = memoryDocuments();
  const keptFiles = memoryFiles();
  const said: unknown[] = [];
  const ports = {
    documents,
    keptFiles,
    now: clock.now,
    arrived: () => undefined,
    secrets,
    log: (...line: unknown[]) => void said.push(line),
    warehouse: { select: () => Promise.reject(new Error("nothing is asked of the warehouse")) },
    productDataset: "afterclick",
  };
  const start = () => startDropBoxes(directory, ports, { host: "127.0.0.1", port: 0, clock, limits });
  let boxes: DropBoxes = await start();
  const arrivals = async () => (await listArrivals(ports, { limit: 100 })).map(({ arrival }) => arrival.name);

  return {
    clock,
    documents,
    ports,
    said,
    keptFiles,
    folder: (user: string) => join(directory, "drop-boxes", user),
    boxes: () => boxes,
    port: () => boxes.where().port!,
    async box(importName?: string) {
      if (importName !== undefined)
        await addImport(ports, thisMachine, { name: importName, zone: "Europe/Amsterdam" });
      const { user, password } = await openDropBox(ports, thisMachine, { importName });
      await boxes.changed();
      return { user, username: user, password };
    },
    async sftp(login: { username: string; password: string }) {
      const client = await connect(boxes.where().port!, login);
      return { client, ...(await openSftp(client)) };
    },
    /** As after a crash or an end of the process. */
    async restart() {
      await boxes.stop();
      boxes = await start();
    },
    arrivals,
    /** What has arrived, once files that are due are taken. */
    async settled(ms = 5_000): Promise<string[]> {
      clock.forward(ms);
      await boxes.idle();
      return arrivals();
    },
    /** Once old files are gone whose hour has come. */
    swept: () => boxes.changed(),
    /** The box itself, beside what its sessions do. */
    open: (user: string) =>
      openBox(user, join(directory, "drop-boxes", user), {
        documents,
        clock,
        limits,
        importName: () => undefined,
        settled: () => undefined,
      }),
    /** What is kept of the newest one. */
    async content(): Promise<string> {
      const [newest] = (await listArrivals(ports, { limit: 100 })).slice(-1);
      return Buffer.from(keptFiles.files.get(newest!.id.slice(15))!).toString();
    },
    async close() {
      await boxes.stop();
      await rm(directory, { recursive: true });
    },
  };
}
