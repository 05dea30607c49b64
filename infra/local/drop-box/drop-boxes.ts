import { join } from "node:path";
import { isAllowed } from "../../../functions/import/drop-box/addresses.ts";
import { listDropBoxes } from "../../../functions/import/drop-box/boxes.ts";
import type { ArrivalPorts } from "../../../functions/import/load/arrivals.ts";
import type { FilePorts, ToldFile } from "../../../functions/import/load/files.ts";
import type { DropBoxGround } from "../../../functions/import/drop-box/ground.ts";
import type { Log } from "../../../functions/log.ts";
import { asProblem } from "../../../functions/problem.ts";
import type { Secrets } from "../../../functions/secrets.ts";
import { besideFiles } from "../folder/page.ts";
import { openBox, type Box } from "./box/box.ts";
import { usualLimits, type BoxLimits } from "./box/files.ts";
import { wallClock, type Clock } from "./clock.ts";
import { openSftpDoor, type SftpDoor } from "./door.ts";
import { hostKeys, type HostKeys } from "./host-keys.ts";
import { layResult } from "./results.ts";
import { createTaking } from "./taking.ts";

/** All drop boxes of this machine, behind one port that is open while there is one. */

type GivenPorts = Omit<ArrivalPorts, "now"> &
  FilePorts & { readonly secrets: Pick<Secrets, "read" | "put">; readonly log: Log };

export interface DropBoxes extends DropBoxGround {
  /** What became of a file that came by a drop box. */
  told(told: ToldFile): Promise<void>;
  /** Resolves once what is settled is taken. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

interface How {
  /** Where senders connect. */
  readonly host: string;
  readonly port: number;
  readonly clock?: Clock;
  readonly limits?: BoxLimits;
}

const sweepMs = 60 * 60_000;

/** @param directory the data folder */
export async function startDropBoxes(
  directory: string,
  given: GivenPorts,
  { host, port, clock = wallClock, limits = usualLimits }: How,
): Promise<DropBoxes> {
  const ports = { ...given, now: clock.now };
  const { documents, log } = ports;
  const taking = createTaking(ports);
  const boxes = new Map<string, Box>();
  const imports = new Map<string, string | undefined>();
  let keys: HostKeys | undefined;
  let door: SftpDoor | undefined;
  let last: Promise<unknown> = Promise.resolve();

  /** Two that change something at once would open the port twice. */
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const mine = last.then(work);
    // Whoever asked for it hears of its failure; the next one only waits for its end.
    last = mine.catch(() => undefined);
    return mine;
  };

  async function openDoor(): Promise<void> {
    keys ??= await hostKeys(ports.secrets);
    door ??= await openSftpDoor({
      host,
      port,
      hostKeys: keys.keys,
      documents,
      clock,
      log,
      boxOf: (user) => boxes.get(user),
    });
  }

  async function open(user: string): Promise<Box> {
    const box: Box = await openBox(user, join(directory, besideFiles.dropBoxes, user), {
      documents,
      clock,
      limits,
      importName: () => imports.get(user),
      settled: (file) => taking.take(box, imports.get(user)!, file),
    });
    return box;
  }

  /** What stands in the documents holds. */
  async function adapt(): Promise<void> {
    const known = await listDropBoxes(ports);
    for (const user of [...boxes.keys()].filter((name) => !known.some((box) => box.user === name))) {
      door?.expel(user);
      // What its sender was told to be whole is imported all the same.
      boxes.get(user)!.settleAll(0);
      boxes.delete(user);
    }
    for (const { user, import_id, addresses } of known) {
      door?.expel(user, (address) => isAllowed(addresses, address));
      const isOther = imports.get(user) !== import_id;
      imports.set(user, import_id);
      if (!boxes.has(user)) boxes.set(user, await open(user));
      else if (isOther) boxes.get(user)!.settleAll();
    }
    if (boxes.size > 0) return openDoor();
    await door?.close();
    door = undefined;
  }

  try {
    await adapt();
  } catch (error) {
    // Hits are taken all the same. The next one who changes something of it hears why.
    log("ERROR", "Drop boxes are closed until this is fixed.", {
      event: "drop_boxes_closed",
      detail: asProblem(error).code === "internal" ? String(error) : asProblem(error).message,
    });
  }

  let callOff = clock.after(sweepMs, sweep);
  function sweep(): void {
    void inTurn(async () => {
      for (const box of boxes.values())
        await box.sweep().catch((error: unknown) =>
          log("WARNING", "Old files of a drop box could not be removed; it is tried again in an hour.", {
            event: "drop_box_failed",
            detail: String(error),
          }),
        );
    });
    callOff = clock.after(sweepMs, sweep);
  }

  return {
    ready: () => inTurn(openDoor),
    changed: () => inTurn(adapt),
    where: () => ({
      ...(door !== undefined && { port: door.port }),
      fingerprints: keys?.fingerprints ?? [],
    }),
    waiting: (user) => boxes.get(user)?.waiting() ?? 0,
    idle: taking.idle,
    async told(told) {
      if (told.source !== "sftp") return;
      for (const [user, box] of boxes)
        if (imports.get(user) === told.import_id) await layResult(ports, box, told);
    },
    async stop() {
      callOff();
      await inTurn(async () => {
        await door?.close();
        for (const box of boxes.values()) box.stop();
      });
      await taking.idle();
    },
  };
}
