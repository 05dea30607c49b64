import type { Disk, StatusPorts } from "../functions/activity/status.ts";
import type { KeptFiles, Scratch } from "../functions/files.ts";
import type { Send } from "../functions/hits/send-test.ts";
import type { Tail } from "../functions/hits/tail.ts";
import type { DropBoxGround } from "../functions/import/drop-box/ground.ts";
import type { Sharing } from "../functions/import/shared/grant.ts";
import type { Jobs } from "../functions/jobs.ts";
import type { LetterStore } from "../functions/letters/store.ts";
import type { Log } from "../functions/log.ts";
import type { OpenParquet } from "../functions/parquet.ts";
import { type PeoplePorts, reaches } from "../functions/people/person.ts";
import { thisMachine, type Who } from "../functions/people/who.ts";
import type { Backlog, Queue } from "../functions/queue.ts";
import type { Registry } from "../functions/registry.ts";
import type { Handler, Request } from "../functions/request.ts";
import type { Secrets } from "../functions/secrets.ts";
import type { Snapshots } from "../functions/snapshots.ts";
import type { Warehouse } from "../functions/warehouse.ts";

/** What the panel works with. */
export interface PanelPorts extends PeoplePorts {
  registry: Registry;
  queue: Queue;
  backlog: Backlog;
  warehouse: Warehouse;
  letters: LetterStore;
  jobs: Jobs;
  /** Only where hits can be followed. */
  tail?: Tail;
  /** What is wrong with a part whose answers do not show it; nothing where left out. */
  amiss?: NonNullable<StatusPorts["amiss"]>;
  /** Only where the data lies on a disk. */
  disk?: () => Disk;
  /** Only where a demo can be made: see functions/demo. */
  dropDataset?: (dataset: string) => Promise<void>;
  /** Only where whole files are offered. */
  snapshots?: Pick<Snapshots, "export">;
  /** Only where files of backend events can arrive. */
  uploads?: Uploads;
  /** Only where senders can connect by SFTP. */
  dropBoxes?: DropBoxGround;
  /** Only where senders put files into a bucket: its name. */
  bucket?: string;
  /** Only where tables that others own can be shared with import. */
  sharing?: Sharing;
  /** Only where JSON feeds are fetched: has what is asked for done. */
  feedAsked?: () => unknown;
  /** Only where the passwords of feeds can be kept. */
  secrets?: Secrets;
  /** Whether a link opens a page for somebody without an account: see functions/streams/developer-link.ts. */
  offersLinks?: boolean;
  /** Under which address the world reaches collect, without a slash at its end. */
  collectUrl: string;
  /** The dataset of a bare table name. */
  defaultDataset: string;
  /** The product's own dataset, for dead letters. */
  productDataset: string;
  /** Where deliver runs in this very process: writes what it has counted. */
  writeActivity?: (deadlineMs: number) => Promise<void>;
  /** How a test hit goes out. */
  send: Send;
  version: string;
  /** How many days back a hit is looked for; all of them where left out. */
  searchedDays?: number;
  /** Whoever asks for a page. @throws what keeps a stranger out */
  personOf: (request: Request) => Person | Promise<Person>;
  /** Under which origin people open the panel, where that is known. */
  panelOrigin?: string;
  log: Log;
}

/** What files of backend events arrive and are checked by. */
export interface Uploads {
  readonly keptFiles: KeptFiles;
  /** Has the next one worked on, soon. */
  readonly arrived: () => void;
  readonly parquet: OpenParquet;
  readonly scratch: Scratch;
}

/** Who uses the panel, and what they may do. */
export type Person = Who;

/** Whoever reaches the loopback address of a machine of one's own. */
export const atThisMachine: Person = thisMachine;

/** Whether a page offers what changes something. */
export const mayEdit = ({ role }: Person): boolean => reaches(role, "editor");

export interface CreatePanel {
  (ports: PanelPorts): Handler;
  /** What it answers, for whoever holds each of its pages against something. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
}
