import type { Documents } from "../documents.ts";
import type { Elapsed } from "../elapsed.ts";
import type { LetterStore } from "../letters/store.ts";
import type { Log } from "../log.ts";
import type { Identify } from "../people/identify.ts";
import type { PeoplePorts } from "../people/person.ts";
import type { Backlog, Queue } from "../queue.ts";
import type { Registry } from "../registry.ts";
import type { Snapshots } from "../snapshots.ts";
import type { Snippets } from "../snippets.ts";
import type { Tail } from "../hits/tail.ts";
import type { Warehouse } from "../warehouse.ts";

/** What the admin API works with. */
export interface AdminPorts extends PeoplePorts {
  /** Who asks. */
  identify: Identify;
  /** Under which origin people open the panel, where that is known. */
  panelOrigin?: string;
  registry: Registry;
  documents: Documents;
  queue: Queue;
  backlog: Backlog;
  warehouse: Warehouse;
  letters: LetterStore;
  tail: Tail;
  /** Where deliver runs in this very process: writes what it has counted. */
  writeActivity?: (deadlineMs: number) => Promise<void>;
  snippets: Snippets;
  /** What is wrong with a part whose answers do not show it, a sentence each; nothing where left out. */
  amiss?: () => ReadonlyMap<"queue" | "registry" | "warehouse", string>;
  /** Only on a machine of one's own. */
  snapshots?: Snapshots;
  /** Under which address the world reaches collect, without a slash at its end. */
  collectUrl: string;
  /** The dataset of a bare table name. */
  defaultDataset: string;
  /** The product's own dataset, for dead letters. */
  productDataset: string;
  /** How many days back a hit is looked for where nobody says; all of them where left out. */
  searchedDays?: number;
  version: string;
  /** For how long a request may take; the process's own clock where left out. */
  elapsed?: Elapsed;
  /** Makes the id of a new stream: a fresh UUID v4 where left out. */
  newId?: () => string;
  log: Log;
}
